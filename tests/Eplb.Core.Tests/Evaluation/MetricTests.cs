namespace Eplb.Tests.Evaluation;

public class MetricTests
{
    // Two GPUs of two slots and four experts: GPU loads 60 and 20, 50 and 30, and an idle layer.
    private static readonly PlacementMap Map = new(
        [
            LayerPlacement.Create(0, [0, 1, 2, 3], 4, [40, 20, 15, 5]),
            LayerPlacement.Create(1, [0, 1, 2, 3], 4, [25, 25, 20, 10]),
            LayerPlacement.Create(2, [0, 1, 2, 3], 4, [0, 0, 0, 0]),
        ],
        new ClusterShape(4, 2), PlacementPolicy.Global);

    [Theory]
    [InlineData(BalanceMetric.Eplb, ((40.0 / 60) + (40.0 / 50)) / 2)]
    [InlineData(BalanceMetric.SGLang, ((40.00001 / 60.00001) + (40.00001 / 50.00001) + 1) / 3)]
    // Per GPU over the three layers: means 110/3 and 50/3, maxima 60 and 30.
    [InlineData(BalanceMetric.Vllm, (160.0 / 3) / 90)]
    [InlineData(BalanceMetric.VllmFixed, 80.0 / 110)]
    [InlineData(BalanceMetric.TensorRTLLM, ((60.0 / 40) + (50.0 / 40) - 2) / 2)]
    [InlineData(BalanceMetric.Adrs, (20.0 + 20) / (40 + 25))]
    public void A_metric_follows_its_formula(BalanceMetric metric, double expected) =>
        Assert.Equal(expected, new BalanceEvaluator(Map).Measure(metric).Value!.Value, 1e-12);

    [Fact]
    public void A_gpu_that_is_hot_in_every_layer_reads_as_perfect_in_vllm_as_shipped()
    {
        LayerPlacement[] layers = [.. Enumerable.Range(0, 4).Select(layer => LayerPlacement.Create(layer, [0, 1], 2, [30, 10]))];
        var evaluator = new BalanceEvaluator(new PlacementMap(layers, new ClusterShape(2, 2), PlacementPolicy.Global));
        Assert.Equal(1, evaluator.Measure(BalanceMetric.Vllm).Value);
        Assert.Equal(2.0 / 3, evaluator.Measure(BalanceMetric.VllmFixed).Value!.Value, 1e-12);
    }

    [Fact]
    public void A_placement_without_any_load_has_no_value()
    {
        var idle = new PlacementMap([Map.Layers[2]], Map.Shape, Map.Policy);
        Assert.All(Enum.GetValues<BalanceMetric>(), metric => Assert.Null(new BalanceEvaluator(idle).Measure(metric).Value));
    }
}
