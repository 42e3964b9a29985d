using System.ComponentModel;
using System.Diagnostics;

namespace Eplb.Tests;

public class PrometheusTextTests
{
    private static readonly PlacementMap Map = Planner.Plan(
        LoadMatrix.Combine([new ExpertLoad(3, [60, 30, 10, 20]), new ExpertLoad(5, [0, 0, 0, 0])]), new ClusterShape(6, 2, 2), PlacementPolicy.Global);

    [Fact]
    public void A_placement_gives_the_figures_of_its_reports()
    {
        var evaluator = new BalanceEvaluator(Map);
        var text = new PrometheusText();
        text.AddPlacement(Map, evaluator);
        IReadOnlyDictionary<string, double> samples = Exposition.Parse(text.Lines()).Samples;

        string hash = PlacementHash.Of(Map)[..12];
        BalanceReport layer = evaluator.ByLayer().First();
        GpuBalanceReport gpu = evaluator.ByGpu().Last();
        Assert.Equal(layer.Balancedness, samples[$"eplb_layer_balancedness_ratio{{layer=3,placement={hash}}}"]);
        Assert.Equal(layer.MaxLoad, samples[$"eplb_layer_gpu_load_max_tokens{{layer=3,placement={hash}}}"]);
        Assert.Equal(gpu.Load, samples[$"eplb_gpu_load_tokens{{gpu=1,node=1,placement={hash}}}"]);
        Assert.Equal(1, samples[$"eplb_placement_idle_layers{{placement={hash},policy=Global}}"]);
        Assert.Equal(evaluator.ByNode().First().Load, samples[$"eplb_node_load_tokens{{node=0,placement={hash}}}"]);
    }

    [Fact]
    public void An_idle_layer_has_loads_but_no_balancedness()
    {
        var text = new PrometheusText();
        foreach (BalanceReport report in new BalanceEvaluator(Map).ByLayer()) text.Add(report);
        IReadOnlyDictionary<string, double> samples = Exposition.Parse(text.Lines()).Samples;
        Assert.False(samples.ContainsKey("eplb_layer_balancedness_ratio{layer=5}"));
        Assert.Equal(0, samples["eplb_layer_gpu_load_max_tokens{layer=5}"]);
    }

    [Theory]
    [InlineData("a\"b\\c\nd")]
    [InlineData("{x=\"1\"}")]
    [InlineData("\\n")]
    [InlineData("モデル")]
    [InlineData("")]
    public void Any_label_value_survives(string value)
    {
        var text = new PrometheusText([new("model", value)]);
        text.Add(new BalanceReport { Layer = 0, MaxLoad = 1.0 / 3 });
        Assert.Equal(1.0 / 3, Exposition.Parse(text.Lines()).Samples[$"eplb_layer_gpu_load_max_tokens{{layer=0,model={value}}}"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1model")]
    [InlineData("__model")]
    [InlineData("a-b")]
    [InlineData("model\n")]
    // The module's own.
    [InlineData("layer")]
    [InlineData("placement")]
    public void A_label_name_that_does_not_fit_is_told(string name)
    {
        EplbException broken = Assert.Throws<EplbException>(() => new PrometheusText([new(name, "x")]));
        Assert.Equal((EplbError.LabelInvalid, (object)name), (broken.Error, broken.Target));
    }

    [Fact]
    public void A_series_has_one_value()
    {
        var text = new PrometheusText();
        text.AddPlacement(Map, new BalanceEvaluator(Map));
        text.Add(new BalanceReport { Layer = 0 });
        Assert.Equal(EplbError.MetricDuplicate, Assert.Throws<EplbException>(() => text.AddPlacement(Map, new BalanceEvaluator(Map))).Error);
        Assert.Equal(EplbError.MetricDuplicate, Assert.Throws<EplbException>(() => text.Add(new BalanceReport { Layer = 0 })).Error);
        Exposition.Parse(text.Lines());
    }

    [SkippableFact]
    public void Promtool_finds_nothing_to_say()
    {
        var text = new PrometheusText([new("model", "a\"b\\c\nd")]);
        text.AddPlacement(Map, new BalanceEvaluator(Map));
        using Process promtool = StartPromtool();
        foreach (string line in text.Lines()) promtool.StandardInput.Write(line + "\n");
        promtool.StandardInput.Close();
        string findings = promtool.StandardOutput.ReadToEnd() + promtool.StandardError.ReadToEnd();
        promtool.WaitForExit();
        Assert.Equal("", findings);
        Assert.Equal(0, promtool.ExitCode);
    }

    private static Process StartPromtool()
    {
        try
        {
            return Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception)
        {
            throw new SkipException("promtool is not installed (Debian: apt-get install prometheus).");
        }
    }
}
