using System.Management.Automation;
using Eplb.Tests.Engines;
using Eplb.Tests.Views;

namespace Eplb.Tests.Binding;

/// <summary>Objects after a job, a remote session or Export-Clixml.</summary>
[Collection(EngineTests.Name)]
public sealed class SerializationTests(Engine engine)
{
    // What goes back into a cmdlet comes back to life; a report stays a bag of properties.
    private static readonly string[] Revived = ["Eplb.ExpertLoad", "Eplb.PhysicalExpert", "Eplb.PlacementMap"];

    public static TheoryData<string> Types => Samples.Types;

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_object_keeps_its_type_name_and_its_values(string type)
    {
        PSObject live = engine.Invoke(Samples.ScriptOf(type))[0];
        PSObject back = engine.Invoke($"[Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize(@({Block(type)})[0]))").Single();

        Assert.Equal(Revived.Contains(type) ? type : $"Deserialized.{type}", back.TypeNames[0]);
        Assert.All(live.Properties.Where(property => property.Value is ValueType or string or null), property =>
            Assert.Equal(LanguagePrimitives.ConvertTo<string>(property.Value), LanguagePrimitives.ConvertTo<string>(back.Properties[property.Name].Value)));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_object_looks_the_same_afterwards(string type) => Assert.Equal(
        engine.Show(Samples.ScriptOf(type), 100),
        engine.Show($"{Block(type)} | ForEach-Object {{ [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($_)) }}", 100));

    [Fact]
    public void A_plan_that_came_back_is_judged_as_before() => Assert.Equal(
        engine.Show($"{Block("Eplb.PlacementMap")} | Measure-EplbBalance", 100),
        engine.Show($"[Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize(({Block("Eplb.PlacementMap")}))) | Measure-EplbBalance", 100));

    private static string Block(string type) => $"& {{ {Samples.ScriptOf(type)} }}";
}
