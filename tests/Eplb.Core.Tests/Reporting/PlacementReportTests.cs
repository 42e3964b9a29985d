using System.Xml.Linq;

namespace Eplb.Tests;

public class PlacementReportTests
{
    private const string Hostile = "<script>alert('1')</script> \"quoted\" & \u202Eabc\u0000`|*_[x](y)";

    private static readonly LoadMatrix Loads = LoadMatrix.Combine(
        [new ExpertLoad(3, [60, 30, 10, 20, 5, 5, 0, 70]), new ExpertLoad(5, new double[8]), new ExpertLoad(9, [1, 2, 3, 4, 5, 6, 7, 8])]);

    private static readonly PlacementMap Before = Planner.Plan(Loads, new ClusterShape(12, 4, 2), PlacementPolicy.ReplicateOnly);
    private static readonly PlacementMap After = Planner.Plan(Loads, new ClusterShape(12, 4, 2), PlacementPolicy.Global);

    [Theory]
    [InlineData(ReportFormat.Html)]
    [InlineData(ReportFormat.Markdown)]
    public void Equal_inputs_give_equal_bytes(ReportFormat format) =>
        Assert.Equal(new PlacementReport(After, Before).Write(format), new PlacementReport(After, Before).Write(format));

    [Fact]
    public void Figures_are_those_of_the_evaluator()
    {
        PlanBalanceReport before = new BalanceEvaluator(Before).Summarize(), after = new BalanceEvaluator(After).Summarize();
        string page = new PlacementReport(After, Before).Write(ReportFormat.Html);
        Assert.Contains(FormattableString.Invariant($"<dt>Balancedness</dt><dd class=\"value\">{before.Balancedness:0.0000} → {after.Balancedness:0.0000}</dd>"), page);
        Assert.Contains(PlacementHash.Of(After), page);
        Assert.Contains(PlacementHash.Of(Before), page);
    }

    [Fact]
    public void Both_placements_are_judged_by_the_same_loads()
    {
        // The one before was made from other loads and would look better by those.
        PlacementMap before = Planner.Plan(LoadMatrix.Combine([new ExpertLoad(3, [0, 0, 0, 0, 0, 0, 0, 9]), new ExpertLoad(5, new double[8]), new ExpertLoad(9, [9, 9, 9, 9, 9, 9, 9, 9])]),
            new ClusterShape(12, 4, 2), PlacementPolicy.Global);
        var report = new PlacementReport(After, before);
        Assert.Equal(new BalanceEvaluator(before, Loads).Summarize().Balancedness, report.Before!.Summary.Balancedness);
    }

    [Fact]
    public void The_page_is_well_formed_and_what_it_is_given_is_text()
    {
        string page = new PlacementReport(After, Before) { Title = Hostile, Sources = [Hostile], Command = Hostile + "\n" + Hostile, Version = Hostile }.Write(ReportFormat.Html);
        XElement root = ParseAsXml(page);
        Assert.Single(root.Descendants("script"));
        string shown = "<script>alert('1')</script> \"quoted\" & [U+202E]abc[U+0000]`|*_[x](y)";
        Assert.Equal(shown, root.Descendants("h1").Single().Value);
        Assert.Equal(shown, root.Descendants("title").First().Value);
        Assert.Equal(shown + "\n" + shown, root.Descendants("pre").Single().Value);
        Assert.Equal(2, root.Descendants("td").Count(cell => cell.Value.Contains(shown)));
    }

    [Fact]
    public void A_lost_GPU_is_told_and_has_no_cell()
    {
        PlacementMap left = Planner.Plan(Loads, new ClusterShape(12, 4, 2, excludedGpus: [1]), PlacementPolicy.Global);
        string page = new PlacementReport(left, Before).Write(ReportFormat.Html);
        Assert.Contains("12 slots on 4 GPUs (1 of them excluded) in 2 nodes", page);
        XElement cells = ParseAsXml(page).Descendants("g").Last(group => (string?)group.Attribute("class") == "cells");
        Assert.Equal(["layer 3, GPU 0", "layer 3, GPU 2", "layer 3, GPU 3"], cells.Elements().First().Descendants("title").Select(title => title.Value.Split(':')[0]));
    }

    [Fact]
    public void Every_GPU_of_every_busy_layer_has_a_cell_with_its_load()
    {
        XElement root = ParseAsXml(new PlacementReport(After, Before).Write(ReportFormat.Html));
        XElement[] maps = [.. root.Descendants("g").Where(group => (string?)group.Attribute("class") == "cells")];
        Assert.Equal(2, maps.Length);
        LayerGpuLoad layer = new BalanceEvaluator(After).GpuLoads[0];
        string[] cells = [.. maps[1].Elements().First().Elements().Select(cell => cell.Value)];
        Assert.Equal(layer.Gpu.Select((load, gpu) => FormattableString.Invariant($"layer 3, GPU {gpu}: {Display.Load(load)} ({load * 4 / layer.Total:0.000})")), cells);
        Assert.Equal("layer 5: idle", Assert.Single(maps[1].Elements().ElementAt(1).Elements()).Value);
    }

    [Fact]
    public void Markdown_takes_names_for_text()
    {
        string text = new PlacementReport(After, Before) { Title = Hostile, Sources = [Hostile], Command = "a ```` b" }.Write(ReportFormat.Markdown);
        Assert.StartsWith("# \\<script\\>alert('1')\\</script\\> \"quoted\" \\& \\[U+202E\\]abc\\[U+0000\\]\\`\\|\\*\\_\\[x\\](y)\n", text);
        Assert.Contains("\n`````powershell\na ```` b\n`````\n", text);
        // Every table row has as many cells as its heading.
        foreach (string table in text.Split("\n\n").Where(block => block.StartsWith('|')))
            Assert.Single(table.TrimEnd('\n').Split('\n').Select(row => row.Replace("\\|", "").Count(character => character == '|')).Distinct());
    }

    [Fact]
    public void A_placement_of_which_every_layer_is_idle_has_a_report()
    {
        PlacementMap idle = Planner.Plan(LoadMatrix.Combine([new ExpertLoad(0, new double[4])]), new ClusterShape(4, 2), PlacementPolicy.Global);
        Assert.Contains("there is nothing to balance", new PlacementReport(idle, idle).Write(ReportFormat.Html));
        Assert.Contains("there is nothing to balance", new PlacementReport(idle).Write(ReportFormat.Markdown));
    }

    [Fact]
    public void A_placement_may_change_its_cluster_but_not_its_layers()
    {
        ExpertLoad[] loads = [.. After.Layer.Select((layer, i) => new ExpertLoad(layer, After.Load![i]))];
        PlacementMap small = Planner.Plan(LoadMatrix.Combine(loads), new ClusterShape(8, 2), PlacementPolicy.Global);
        string page = new PlacementReport(After, small).Write(ReportFormat.Html);
        Assert.Contains("8 slots on 2 GPUs in 1 node", page);
        Assert.DoesNotContain("Slots to move", page);
        PlacementMap part = Planner.Plan(LoadMatrix.Combine(loads.Take(1)), new ClusterShape(8, 2), PlacementPolicy.Global);
        Assert.Equal(EplbError.LayerMissing, Assert.Throws<EplbException>(() => new PlacementReport(After, part)).Error);
    }

    [Fact]
    public void The_largest_page_is_under_two_megabytes()
    {
        var random = new Random(1);
        LoadMatrix loads = LoadMatrix.Combine(Enumerable.Range(0, 61).Select(
            layer => new ExpertLoad(layer, [.. Enumerable.Range(0, 256).Select(_ => Math.Floor(1e7 * Math.Exp(2 * random.NextDouble())))])));
        var shape = new ClusterShape(432, 144, 18);
        string page = new PlacementReport(Planner.Plan(loads, shape, PlacementPolicy.Global), Planner.Plan(loads, shape, PlacementPolicy.ReplicateOnly)).Write(ReportFormat.Html);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(page), 1_000_000, 2_000_000);
    }

    [Fact]
    public void Drift_back_test_and_sizes_are_shown_where_they_are_known()
    {
        LoadMatrix today = LoadMatrix.Combine([new ExpertLoad(3, [1, 2, 3, 4, 5, 6, 7, 8]), new ExpertLoad(5, new double[8]), new ExpertLoad(9, [8, 7, 6, 5, 4, 3, 2, 1])]);
        BacktestStep[] steps =
        [
            new() { Window = 1, Balancedness = 0.8125, UnchangedBalancedness = 0.75, OracleBalancedness = 1, IsReplanned = true, MovedSlotCount = 7 },
            // An idle window is a gap.
            new() { Window = 2 },
        ];
        IReadOnlyList<SizingOption> options = new ReplicaSizing(Loads, 0.9) { Policy = PlacementPolicy.Global, ExpertBytes = 1024 }.Sweep([2, 4], [1], [8, 12]);
        var report = new PlacementReport(After, Before, today) { Backtest = steps, Sizing = options };
        XElement root = ParseAsXml(report.Write(ReportFormat.Html));
        Assert.Equal(new DriftEvaluator(Loads, today).ByLayer().Select(drift => $"{drift.Layer}").Order(), RowsOf(root, "drift").Select(row => row[0]).Order());
        Assert.Equal(["1", "0.8125", "0.7500", "1.0000", "on window 0", "7"], RowsOf(root, "backtest")[0]);
        Assert.Equal(4, RowsOf(root, "sizing").Count);
        Assert.Equal("GPUs", Assert.Single(root.Descendants("section"), section => (string?)section.Attribute("id") == "sizing").Descendants("th").First().Value);
        Assert.Contains(root.Descendants("title"), title => title.Value == "2: idle");
        Assert.DoesNotContain("id=\"drift\"", new PlacementReport(After, Before).Write(ReportFormat.Html));
        Assert.DoesNotContain("id=\"drift\"", new PlacementReport(After, Before, Loads).Write(ReportFormat.Html));
    }

    [Fact]
    public void Slots_to_write_are_those_whose_expert_their_GPU_does_not_hold()
    {
        PlacementMap before = Map(0, 1, 2, 3), swapped = Map(1, 0, 3, 2), crossed = Map(0, 2, 1, 3);
        Assert.Equal((0, 0, 2), (SlotWrites.Count(before, before), SlotWrites.Count(before, swapped), SlotWrites.Count(before, crossed)));
        // A second replica is a copy of what the GPU has.
        PlacementMap single = Map(0, 1, 2, 3, 1, 2), twice = Map(0, 1, 1, 3, 2, 2);
        Assert.Equal(0, SlotWrites.Count(single, twice));
        static PlacementMap Map(params int[] slots) => new([LayerPlacement.Create(0, slots, 4)], new ClusterShape(slots.Length, 2), PlacementPolicy.Global);
    }

    private static List<string[]> RowsOf(XElement root, string section) =>
        [.. root.Descendants("section").Single(element => (string?)element.Attribute("id") == section).Descendants("tbody").Single().Elements().Select(row => row.Elements().Select(cell => cell.Value).ToArray())];

    // HTML that our writer makes is XML but for its first line, its unclosed meta elements and what a style or script holds.
    private static XElement ParseAsXml(string page)
    {
        string xml = page["<!DOCTYPE html>\n".Length..];
        xml = System.Text.RegularExpressions.Regex.Replace(xml, "<(meta [^>]*)>", "<$1/>");
        xml = System.Text.RegularExpressions.Regex.Replace(xml, "<(style|script)>.*?</\\1>", "<$1/>", System.Text.RegularExpressions.RegexOptions.Singleline);
        return XElement.Parse(xml, LoadOptions.PreserveWhitespace);
    }
}
