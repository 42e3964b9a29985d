using System.Xml.Linq;
using Eplb.HelpBuilder;

namespace Eplb.Tests.Help;

/// <summary>Documentation elements as the paragraphs of the help.</summary>
public sealed class DocTextTests
{
    [Theory]
    // Line breaks of the source are spaces, paragraphs are paragraphs.
    [InlineData("One\n            sentence.", "One sentence.")]
    [InlineData("<para>One.</para>\n<para>Two.</para>", "One.|Two.")]
    [InlineData("Before <para>inside</para> after.", "Before|inside|after.")]
    // References are called as a user calls them.
    [InlineData("<see cref=\"T:Eplb.Commands.GetEplbPlacementCommand\"/> plans.", "Get-EplbPlacement plans.")]
    [InlineData("<see cref=\"T:Eplb.Commands.ConvertToEplbMetricCommand\"/> writes.", "ConvertTo-EplbMetric writes.")]
    [InlineData("One <see cref=\"T:Eplb.PlacementMap\"/>, its <see cref=\"P:Eplb.PlacementMap.GpuCount\"/>.", "One PlacementMap, its GpuCount.")]
    [InlineData("A multiple of <paramref name=\"gpuCount\"/> or <see langword=\"null\"/>.", "A multiple of gpuCount or null.")]
    [InlineData("See <see href=\"https://example.org\">the page</see>, <c>-Force</c>.", "See the page, -Force.")]
    // A list is one paragraph with a line for each item.
    [InlineData("Either:<list type=\"bullet\"><item>this</item><item><term>that</term><description>with a word</description></item></list>", "Either:|- this\n- that: with a word")]
    [InlineData("<list type=\"number\"><item><description>first</description></item><item><description>then</description></item></list>", "1. first\n2. then")]
    // Code keeps its lines and what they are indented by beyond the element.
    [InlineData("Type:\n    <code>Get-It |\n        Use-It</code>\n    Done.", "Type:|Get-It |\n    Use-It|Done.")]
    public void Become_paragraphs(string xml, string paragraphs) =>
        Assert.Equal(paragraphs, string.Join('|', DocText.Paragraphs(XElement.Parse($"<remarks>{xml}</remarks>", LoadOptions.PreserveWhitespace))));

    [Fact]
    public void A_missing_element_has_none() => Assert.Empty(DocText.Paragraphs(null));
}
