using System.Xml.Linq;
using Eplb.Tests.Engines;

namespace Eplb.Tests.Views;

/// <summary>What an operator sees.</summary>
[Collection(EngineTests.Name)]
public sealed class ViewTests(Engine engine)
{
    public static TheoryData<string> Types => Samples.Types;

    [Fact]
    public void Every_type_that_a_cmdlet_emits_has_a_view_live_and_deserialized()
    {
        string[] viewed = [.. XDocument.Load(Path.Combine(Repository.Root, "module", "Eplb.Format.ps1xml")).Descendants("ViewSelectedBy").Elements("TypeName").Select(type => type.Value)];
        Assert.Equal(viewed.Distinct().Count(), viewed.Length);
        Assert.Empty(Samples.EmittedTypes(engine).Except(viewed));
    }

    [Fact]
    public void Every_type_that_a_cmdlet_emits_is_looked_at_here() => Assert.Empty(Samples.EmittedTypes(engine).Except(Samples.Names));

    [Theory]
    [MemberData(nameof(Types))]
    public void Nothing_is_cut_off_at_80_columns(string type)
    {
        string[] lines = engine.Show(Samples.ScriptOf(type), 79);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 79));
        Assert.DoesNotContain(lines, line => line.Contains('…', StringComparison.Ordinal));
        Assert.Equal(Signs(engine.Show(Samples.ScriptOf(type), 200)), Signs(lines));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_heading_is_a_word(string type) => Assert.DoesNotContain(engine.Show(Samples.ScriptOf(type), 100)[..2], line => line.Contains('$', StringComparison.Ordinal));

    [Fact]
    public void A_layer_reads_at_a_glance() => Assert.Equal(
        """
        Layer Balanced 0            1       Max    Mean HotGpu  Dup     Gap LimitedBy
        ----- -------- --------------       ---    ---- ------  ---     --- ---------
            3   0.8571 █████████████···   5,833   5,000      0    1  16.67% GpuPacking
        """.Split('\n'),
        engine.Show("$loads = [Eplb.ExpertLoad]::new(3, [double[]](8000, 1000, 500, 500)); $loads | Get-EplbPlacement 6 2 -Policy Global | Measure-EplbBalance", 80));

    // A sentence in the last column may go on below.
    private static string Signs(string[] lines) => string.Concat(lines).Replace(" ", "", StringComparison.Ordinal);
}
