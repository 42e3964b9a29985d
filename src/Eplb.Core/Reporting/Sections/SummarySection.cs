namespace Eplb;

/// <summary>The figures that one looks at first.</summary>
internal static class SummarySection
{
    public static ReportSection Of(PlacementReport report)
    {
        JudgedPlacement after = report.After;
        var figures = new List<Figure> { Balance(report), WorstLayer(report), Bound(after) };
        if (report.Before is { } before)
        {
            figures.Insert(2, SlowestGpu(before, after));
            // Slots of another cluster are other slots.
            if (before.Map.ReplicaCount == after.Map.ReplicaCount && before.Map.GpuCount == after.Map.GpuCount) figures.Add(Moves(report, before));
        }

        figures.Add(Duplicates(report));
        if (after.Summary.IdleLayerCount > 0)
            figures.Add(new Figure("Idle layers", Display.Count(after.Summary.IdleLayerCount), "layers without any load; left out of all means"));
        return new ReportSection("summary", "Summary", [new FigureBlock(figures), new TextBlock(Verdict(report))]);
    }

    private static Figure Balance(PlacementReport report) => new("Balancedness",
        Display.Change(report.Before is { } before ? Display.Balancedness(before.Summary.Balancedness) : null, Display.Balancedness(report.After.Summary.Balancedness)),
        $"mean over maximum of the GPU loads, averaged over {Display.Count(report.After.Summary.LayerCount, "busy layer")}; 1 is perfect");

    private static Figure WorstLayer(PlacementReport report)
    {
        PlanBalanceReport after = report.After.Summary;
        PlanBalanceReport? before = report.Before?.Summary;
        string which = before is not null && before.WorstLayer != after.WorstLayer
            ? $"balancedness of layer {before.WorstLayer} before, of layer {after.WorstLayer} after"
            : $"balancedness of layer {after.WorstLayer}";
        return new Figure("Worst layer",
            Display.Change(before is null ? null : Display.Balancedness(before.WorstBalancedness), Display.Balancedness(after.WorstBalancedness)),
            after.WorstLayer is null ? "no layer has any load" : which);
    }

    private static Figure SlowestGpu(JudgedPlacement before, JudgedPlacement after)
    {
        double was = before.Layers.Sum(layer => layer.MaxLoad), now = after.Layers.Sum(layer => layer.MaxLoad);
        double change = was == 0 ? 0 : (now / was) - 1;
        string sign = change < 0 ? "−" : "+";
        return new Figure("Load of the slowest GPU", sign + Display.Percent(Math.Abs(change)),
            $"{Display.Load(was)} → {Display.Load(now)}, the most loaded GPU of each layer added up: all others wait for it");
    }

    private static Figure Bound(JudgedPlacement after)
    {
        PlanBalanceReport summary = after.Summary;
        int limited = after.Layers.Count(layer => layer.LimitedBy is not null && layer.LimitedBy == summary.LimitedBy);
        string note = summary.LimitedBy is null
            ? "no layer has any load"
            : $"mean over the layers; most often limited by {Display.Limit(summary.LimitedBy)}, in {limited} of {summary.LayerCount}";
        return new Figure("Above the lower bound", Display.Percent(summary.Gap), note);
    }

    private static Figure Moves(PlacementReport report, JudgedPlacement before)
    {
        long slots = (long)report.After.Map.Layer.Length * report.After.Map.ReplicaCount;
        long moved = SlotWrites.Count(before.Map, report.After.Map);
        string share = $"{Display.Percent((double)moved / slots)} of {Display.Count(slots)} slots get an expert that their GPU does not hold";
        string size = report.ExpertBytes is { } bytes ? $": {Display.Bytes((double)moved * bytes)}" : "";
        long stored = SlotWrites.CountFromStorage(before.Map, report.After.Map);
        string storage = stored > 0 ? $"; {Display.Count(stored)} of them from storage, since no GPU that is left holds their experts" : "";
        return new Figure("Slots to move", Display.Count(moved), share + size + storage);
    }

    private static Figure Duplicates(PlacementReport report) => new("Useless replicas",
        Display.Change(report.Before is { } before ? Display.Count(before.Summary.DuplicateCount) : null, Display.Count(report.After.Summary.DuplicateCount)),
        "slots with an expert that the same GPU holds already");

    private static string Verdict(PlacementReport report)
    {
        if (report.After.Summary.ImbalanceRatio is not { } after) return "No layer has any load: there is nothing to balance.";
        string now = $"In the average layer the most loaded GPU carries {Display.Percent(after - 1)} more than the mean";
        return report.Before?.Summary.ImbalanceRatio is { } before
            ? $"{now}; before it was {Display.Percent(before - 1)}."
            : $"{now}; all others wait for it.";
    }
}
