using Eplb.Tests.Engines;

namespace Eplb.Tests.Views;

/// <summary>Loads in the table views.</summary>
[Collection(EngineTests.Name)]
public sealed class LoadTextTests(Engine engine)
{
    [Theory]
    // Counts of tokens are exact as long as that fits.
    [InlineData("0", "0")]
    [InlineData("7", "7")]
    [InlineData("1000", "1,000")]
    [InlineData("999999", "999,999")]
    // Then come units, and the digits never spill into an eighth character.
    [InlineData("999999.5", "1.000M")]
    [InlineData("12345678", "12.35M")]
    [InlineData("999949999", "999.9M")]
    [InlineData("999950000", "1.000G")]
    [InlineData("1234567890123", "1.235T")]
    [InlineData("999.94e15", "999.9P")]
    [InlineData("3.4e38", "3.40e38")]
    // Shares of a load and means have fractions.
    [InlineData("3.5", "3.500")]
    [InlineData("999.94", "999.9")]
    [InlineData("999.96", "1,000")]
    [InlineData("56789.5", "56,790")]
    [InlineData("0.00390625", "0.0039")]
    [InlineData("0.00001", "1.0e-5")]
    public void A_load_takes_seven_characters_at_most(string load, string text)
    {
        Assert.Equal(text, engine.Invoke($"[Eplb.Commands.LoadText]::Of({load})").Single().ToString());
        Assert.InRange(text.Length, 1, 7);
    }
}
