namespace Eplb;

/// <summary>The formulas of <see cref="BalanceMetric"/> over the GPU loads of all layers of a placement.</summary>
internal static class MetricFormulas
{
    // SGLang's own guard against division by zero; it shows in its figure where loads are tiny.
    private const double SGLangGuard = 1e-5;

    /// <summary>The value of one figure.</summary>
    /// <param name="metric">Which figure.</param>
    /// <param name="layers">All layers; at least one of them busy.</param>
    public static double Evaluate(BalanceMetric metric, IReadOnlyList<LayerGpuLoad> layers) => metric switch
    {
        BalanceMetric.Eplb => layers.Where(layer => !layer.IsIdle).Average(layer => Mean(layer) / Max(layer)),
        BalanceMetric.SGLang => layers.Average(layer => (Mean(layer) + SGLangGuard) / (Max(layer) + SGLangGuard)),
        BalanceMetric.Vllm => AcrossLayers(layers),
        BalanceMetric.VllmFixed => layers.Sum(Mean) / layers.Sum(Max),
        BalanceMetric.TensorRTLLM => layers.Where(layer => !layer.IsIdle).Average(layer => (Max(layer) / Mean(layer)) - 1),
        BalanceMetric.Adrs => layers.Sum(layer => layer.Total / layer.Placement.ExpertCount.Sum()) / layers.Sum(layer => layer.Slot.Max()),
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "No such metric."),
    };

    private static double Mean(LayerGpuLoad layer) => layer.Mean;

    private static double Max(LayerGpuLoad layer) => layer.Gpu[layer.HottestGpu];

    private static double AcrossLayers(IReadOnlyList<LayerGpuLoad> layers)
    {
        double mean = 0, max = 0;
        for (int gpu = 0; gpu < layers[0].Gpu.Length; gpu++)
        {
            mean += layers.Average(layer => layer.Gpu[gpu]);
            max += layers.Max(layer => layer.Gpu[gpu]);
        }

        return mean / max;
    }
}
