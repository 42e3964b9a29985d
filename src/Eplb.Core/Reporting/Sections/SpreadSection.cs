namespace Eplb;

/// <summary>How the GPU loads spread in each layer.</summary>
internal static class SpreadSection
{
    public static ReportSection Of(PlacementReport report)
    {
        LayerSpread[] spreads = [.. report.After.GpuLoads.Select((load, i) => (load, i)).Where(layer => !layer.load.IsIdle).Select(layer => SpreadOf(report, layer.i))];
        string legend = report.Before is null ? "" : " Grey: before.";
        return new ReportSection("spread", "Spread in each layer",
        [
            new TextBlock("From the least to the most loaded GPU of each layer, over the mean; the thick part holds the middle half of the GPUs, the tick is the lower bound of the maximum." + legend),
            new SpreadBlock("GPU load over the mean, by layer", spreads),
        ]);
    }

    private static LayerSpread SpreadOf(PlacementReport report, int position)
    {
        LayerGpuLoad load = report.After.GpuLoads[position];
        BalanceReport layer = report.After.Layers[position];
        int reference = report.Before?.Find(load.Placement.Layer) ?? -1;
        return new LayerSpread(load.Placement.Layer, layer.Bound!.Value / layer.MeanLoad, Quartiles.Of(load),
            reference < 0 ? null : Quartiles.Of(report.Before!.GpuLoads[reference]));
    }
}
