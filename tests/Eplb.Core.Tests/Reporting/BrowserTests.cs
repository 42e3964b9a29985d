using System.Text.Json.Nodes;

namespace Eplb.Tests;

/// <summary>The page in a real browser. Skipped, and said so, where there is none.</summary>
public sealed class BrowserTests : IDisposable
{
    private const string Hostile = "<img src=x onerror=alert(1)> \"a\" 'b' & \u202Eabc";

    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "report ü #1.html");
    private readonly PlacementMap _before, _after;

    public BrowserTests()
    {
        LoadMatrix loads = TestData.Loads("dsv2lite-esft-law.json");
        _before = Planner.Plan(loads, new ClusterShape(80, 8, 2), PlacementPolicy.ReplicateOnly);
        _after = Planner.Plan(loads, new ClusterShape(80, 8, 2), PlacementPolicy.Global);
        File.WriteAllText(_file, new PlacementReport(_after, _before) { Title = Hostile, Sources = [Hostile], ExpertBytes = 1 << 20 }.Write(ReportFormat.Html));
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [SkippableFact]
    public async Task The_page_shows_the_figures_and_names_as_text_without_an_error_or_a_request()
    {
        await using Chromium page = await Chromium.Open(_file);
        PlanBalanceReport before = new BalanceEvaluator(_before).Summarize(), after = new BalanceEvaluator(_after).Summarize();
        Assert.Equal(FormattableString.Invariant($"{before.Balancedness:0.0000} → {after.Balancedness:0.0000}"), await page.Evaluate("document.querySelector('dd.value').innerText"));
        Assert.Equal(Hostile.Replace("\u202E", "[U+202E]"), await page.Evaluate("document.querySelector('h1').innerText"));
        Assert.Equal("0", await page.Evaluate("document.images.length"));
        Assert.Equal("2", await page.Evaluate("document.querySelectorAll('.cells').length"));
        AssertQuiet(page);
    }

    [SkippableFact]
    public async Task Keys_walk_over_the_cells_and_show_their_loads()
    {
        await using Chromium page = await Chromium.Open(_file);
        for (int i = 0; i < 40 && await page.Evaluate("document.activeElement.hasAttribute('data-cells')") != "true"; i++) await page.Press("Tab");
        await page.Press("ArrowRight");
        await page.Press("ArrowRight");
        await page.Press("ArrowDown");
        LayerGpuLoad layer = new BalanceEvaluator(_before).GpuLoads[1];
        Assert.Equal(FormattableString.Invariant($"layer 1, GPU 1: {layer.Gpu[1]:#,0} ({layer.Gpu[1] * 8 / layer.Total:0.000})"), await page.Evaluate("document.querySelector('.tip:not(:empty)').innerText"));
        await page.Press("Escape");
        Assert.Equal("null", await page.Evaluate("document.querySelector('.tip:not(:empty)')"));
        AssertQuiet(page);
    }

    [SkippableTheory]
    [InlineData(400, "light")]
    [InlineData(400, "dark")]
    [InlineData(1280, "dark")]
    public async Task Nothing_is_wider_than_the_window_and_text_stands_out(int width, string colours)
    {
        await using Chromium page = await Chromium.Open(_file, width, colours);
        Assert.Equal("0", await page.Evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        string expected = colours == "dark" ? "rgb(17, 21, 27)" : "rgb(255, 255, 255)";
        Assert.Equal(expected, await page.Evaluate("getComputedStyle(document.body).backgroundColor"));
        AssertQuiet(page);
    }

    [SkippableFact]
    public async Task The_page_prints()
    {
        await using Chromium page = await Chromium.Open(_file, colours: "dark");
        byte[] document = await page.Print();
        Assert.Equal("%PDF"u8.ToArray(), document[..4]);
        AssertQuiet(page);
    }

    private static void AssertQuiet(Chromium page)
    {
        string[] loud = ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Page.javascriptDialogOpening"];
        Assert.DoesNotContain(page.Events, message => loud.Contains(message["method"]!.GetValue<string>()));
        JsonNode request = Assert.Single(page.Events, message => message["method"]!.GetValue<string>() == "Network.requestWillBeSent");
        Assert.StartsWith("file:", request["params"]!["request"]!["url"]!.GetValue<string>());
    }
}
