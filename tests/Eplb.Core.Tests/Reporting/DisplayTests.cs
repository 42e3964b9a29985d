namespace Eplb.Tests;

/// <summary>What a report shows is in words, and what cannot be seen is spelt out.</summary>
public class DisplayTests
{
    [Fact]
    public void Every_limit_and_every_dispatch_rule_has_words_of_its_own()
    {
        string[] limits = [.. Enum.GetValues<LoadLimit>().Select(limit => Display.Limit(limit)).Append(Display.Limit(null))];
        string[] rules = [.. Enum.GetValues<DispatchRule>().Select(Display.Dispatch)];
        Assert.Equal(Enum.GetValues<LoadLimit>().Length + 1, limits.Distinct().Count());
        Assert.Equal(Enum.GetValues<DispatchRule>().Length, rules.Distinct().Count());
        Assert.DoesNotContain(limits, text => Enum.TryParse<LoadLimit>(text, out _));
        Assert.DoesNotContain(rules, text => Enum.TryParse<DispatchRule>(text, out _));
    }

    [Theory]
    [InlineData("Größe 🙂", "Größe 🙂", false)]
    [InlineData("a\tb\nc", "a[U+0009]b[U+000A]c", false)]
    [InlineData("a\tb\nc\r", "a\tb\nc[U+000D]", true)]
    [InlineData("\u202Ea\u200B\u2028", "[U+202E]a[U+200B][U+2028]", true)]
    public void Only_what_can_be_seen_is_shown_as_it_is(string text, string visible, bool lines) => Assert.Equal(visible, Display.Visible(text, lines));

    [Fact]
    public void Half_a_character_is_spelt_out() => Assert.Equal("a[U+D83D]b", Display.Visible("a\uD83Db"));

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1023, "1023 bytes")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(1e30, "867361737988.4 EiB")]
    public void Bytes_are_in_the_largest_unit_that_they_fill(double bytes, string text) => Assert.Equal(text, Display.Bytes(bytes));
}
