namespace Eplb;

/// <summary>The hottest experts, their replicas and where these live.</summary>
internal static class ExpertSection
{
    private const int Shown = 20;

    public static ReportSection Of(PlacementReport report)
    {
        HotExpert[] hottest =
        [
            .. report.After.GpuLoads.Where(layer => !layer.IsIdle).SelectMany(ExpertsOf)
                .OrderByDescending(expert => expert.OverMean).ThenBy(expert => expert.Layer.Placement.Layer).ThenBy(expert => expert.Expert).Take(Shown),
        ];
        TableColumn[] columns = report.Before is null
            ? [new("Layer"), new("Expert"), new("Load"), new("Over mean"), new("Replicas"), new("On GPUs", IsText: true)]
            : [new("Layer"), new("Expert"), new("Load"), new("Over mean"), new("Replicas"), new("On GPUs", IsText: true), new("Before on GPUs", IsText: true)];
        return new ReportSection("experts", "Hottest experts",
        [
            new TextBlock($"The {hottest.Length} experts with the highest load over the mean of their layer, and the GPUs that hold their replicas."),
            new TableBlock("Hottest experts", columns, [.. hottest.Select(expert => Row(report, expert))]),
        ]);
    }

    private static IEnumerable<HotExpert> ExpertsOf(LayerGpuLoad layer)
    {
        double mean = layer.Total / layer.Load.Length;
        // No layer needs to offer more than are shown in all.
        return layer.Load.Select((load, expert) => new HotExpert(layer, expert, load / mean)).OrderByDescending(expert => expert.OverMean).Take(Shown);
    }

    private static string[] Row(PlacementReport report, HotExpert expert)
    {
        LayerPlacement placement = expert.Layer.Placement;
        int reference = report.Before?.Find(placement.Layer) ?? -1;
        LayerPlacement? before = reference < 0 ? null : report.Before!.Map.Layers[reference];
        string[] row =
        [
            Display.Count(placement.Layer), Display.Count(expert.Expert), Display.Load(expert.Layer.Load[expert.Expert]), Display.Ratio(expert.OverMean),
            Display.Change(before is null ? null : Display.Count(before.ExpertCount[expert.Expert]), Display.Count(placement.ExpertCount[expert.Expert])),
            GpusOf(placement, expert.Expert, report.After.Map.Shape),
        ];
        return report.Before is null ? row : [.. row, before is null ? "–" : GpusOf(before, expert.Expert, report.Before.Map.Shape)];
    }

    private static string GpusOf(LayerPlacement placement, int expert, ClusterShape shape) => string.Join(", ",
        placement.PhysicalToLogical.Select((held, slot) => (held, slot)).Where(slot => slot.held == expert).GroupBy(slot => shape.GpuOf(slot.slot))
            .Select(gpu => gpu.Count() == 1 ? $"{gpu.Key}" : $"{gpu.Key} ×{gpu.Count()}"));

    private sealed record HotExpert(LayerGpuLoad Layer, int Expert, double OverMean);
}
