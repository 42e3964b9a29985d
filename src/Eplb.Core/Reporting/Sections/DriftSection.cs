namespace Eplb;

/// <summary>How far the loads have moved, where that is known; null where it is not.</summary>
internal static class DriftSection
{
    private const int Shown = 10;

    public static ReportSection? Of(PlacementReport report)
    {
        IReadOnlyList<LoadDrift> drifts = report.Drift ?? report.OwnDrift;
        // The same loads given again have nothing to say.
        if (drifts.Count == 0 || (report.Drift is null && drifts.All(drift => drift.JensenShannon is null or 0))) return null;
        LoadDrift[] furthest = [.. drifts.OrderByDescending(drift => drift.JensenShannon ?? -1).Take(Shown)];
        string shown = furthest.Length < drifts.Count ? $" The {Shown} layers that moved furthest, of {drifts.Count}." : "";
        return new ReportSection("drift", "Drift of the loads",
        [
            new TextBlock("How far the loads have moved from those they are compared with. Jensen-Shannon is 0 for the same proportions and 1 for none in common; the overlap is the share of the hottest experts that are the same." + shown),
            new TableBlock("Drift by layer", [new("Layer"), new("Jensen-Shannon"), new("Cosine"), new("Overlap of the hottest"), new("Load compared with"), new("Load")],
                [.. furthest.Select(Row)]),
        ]);
    }

    private static string[] Row(LoadDrift drift) =>
    [
        drift.Layer is { } layer ? Display.Count(layer) : "all", Display.Balancedness(drift.JensenShannon), Display.Balancedness(drift.Cosine),
        Display.Percent(drift.HottestOverlap), Display.Load(drift.ReferenceTotal), Display.Load(drift.DifferenceTotal),
    ];
}
