using Eplb.Tests.Engines;

namespace Eplb.Tests.Views;

/// <summary>Heat strips in the table views.</summary>
[Collection(EngineTests.Name)]
public sealed class HeatTextTests(Engine engine)
{
    [Theory]
    [InlineData("1", "      │       ")]
    [InlineData("0.979", "     █│       ")]
    [InlineData("1.02", "      │█      ")]
    [InlineData("1.123", "      │███    ")]
    // The ends hold whatever lies beyond.
    [InlineData("0", "██████│       ")]
    [InlineData("50", "      │███████")]
    // All layers are idle.
    [InlineData("$null", "")]
    public void A_strip_grows_with_the_distance_from_the_mean(string ratio, string strip) =>
        Assert.Equal(strip, engine.Invoke($"[Eplb.Commands.HeatText]::Of({ratio}, $false)").Single().ToString());

    [Fact]
    public void Colour_is_only_around_the_blocks()
    {
        Assert.Equal("      │\u001b[38;5;221m██\u001b[0m     ", engine.Invoke("[Eplb.Commands.HeatText]::Of(1.06, $true)").Single().ToString());
        Assert.Equal("      │       ", engine.Invoke("[Eplb.Commands.HeatText]::Of(1, $true)").Single().ToString());
    }

    [Fact]
    public void A_host_without_colours_gets_none() => Assert.DoesNotContain(
        engine.Show("[Eplb.ExpertLoad]::new(0, [double[]](9, 1)) | Get-EplbPlacement 2 2 -Policy Global | Measure-EplbBalance -By Gpu", 80), line => line.Contains('\u001b'));
}
