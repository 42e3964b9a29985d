namespace Eplb.Tests.Formats;

/// <summary>What a file holds reaches the screen through errors: it must neither command the terminal nor fill it.</summary>
public sealed class ErrorTextTests
{
    [Theory]
    // clear the screen, set the title, write from right to left, start a line
    [InlineData("\u001B[2J", @"\u001B[2J")]
    [InlineData("\u009D0;title\u0007", @"\u009D0;title\u0007")]
    [InlineData("\u202Egpj.exe", @"\u202Egpj.exe")]
    [InlineData("a\u2028b\u2029c", @"a\u2028b\u2029c")]
    [InlineData("a\r\nb\tc", "a b c")]
    [InlineData("é 専門家 \U0001F600", "é 専門家 \U0001F600")]
    public void A_name_in_an_error_is_text_and_nothing_else(string name, string shown)
    {
        Assert.Equal($"The key '{shown}' is unknown.", new EplbException(EplbError.FormatInvalid, $"The key '{name}' is unknown.").Message);
        Assert.Equal($"{shown}: {shown}", new EplbException(EplbError.FormatInvalid, name).At(name, null).Message);
    }

    [Fact]
    public void Halves_of_a_character_are_spelled_out() =>
        Assert.Equal(@"a\uD800b\uDC00", new EplbException(EplbError.FormatInvalid, "a\uD800b\uDC00").Message);

    [Fact]
    public void An_error_that_quotes_a_long_text_keeps_its_start_and_its_end()
    {
        string message = new EplbException(EplbError.FormatInvalid, $"/data/a.json: '{new string('x', 1 << 20)}' is no number.").Message;
        Assert.InRange(message.Length, 1000, 5000);
        Assert.StartsWith("/data/a.json: 'xxx", message, StringComparison.Ordinal);
        Assert.EndsWith("xxx' is no number.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cannot_send_commands_to_the_terminal()
    {
        using var file = new TempFile("""{"a\u001b]0;title\u0007": 1}""");
        Assert.DoesNotContain(Assert.Throws<EplbException>(() => ExpertLoadReader.Read(file.Path)).Message, char.IsControl);
        Assert.DoesNotContain(Assert.Throws<EplbException>(() => PlacementReader.Read(file.Path)).Message, char.IsControl);
    }
}
