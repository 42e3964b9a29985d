namespace Eplb;

/// <summary>Every figure of every layer.</summary>
internal static class LayerSection
{
    public static ReportSection Of(PlacementReport report)
    {
        TableColumn[] columns =
        [
            new("Layer"), .. report.Before is null ? Array.Empty<TableColumn>() : [new("Balancedness before")], new("Balancedness"),
            new("Max load"), new("Mean load"), new("Min load"), new("Hottest GPU"), new("Bound"), new("Above bound"), new("Useless replicas"), new("Limited by", IsText: true),
        ];
        return new ReportSection("layers", "Layers", [new TableBlock("Balance of each layer", columns, [.. report.After.Layers.Select(layer => Row(report, layer))])]);
    }

    private static string[] Row(PlacementReport report, BalanceReport layer)
    {
        int reference = report.Before?.Find(layer.Layer!.Value) ?? -1;
        string[] before = report.Before is null ? [] : [Display.Balancedness(reference < 0 ? null : report.Before.Layers[reference].Balancedness)];
        return
        [
            Display.Count(layer.Layer!.Value), .. before, Display.Balancedness(layer.Balancedness),
            Display.Load(layer.MaxLoad), Display.Load(layer.MeanLoad), Display.Load(layer.MinLoad), layer.HottestGpu is { } gpu ? Display.Count(gpu) : "–",
            layer.Bound is { } bound ? Display.Load(bound) : "–", Display.Percent(layer.Gap), Display.Count(layer.DuplicateCount),
            layer.Balancedness is null ? "idle" : Display.Limit(layer.LimitedBy),
        ];
    }
}
