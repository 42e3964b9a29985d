namespace Eplb;

/// <summary>How the balance grows with the slots, where clusters of several sizes were tried; null where none were.</summary>
internal static class SizingSection
{
    public static ReportSection? Of(PlacementReport report)
    {
        IReadOnlyList<SizingOption> options = report.Sizing;
        if (options.Count == 0) return null;
        int[] slots = [.. options.Select(option => option.ReplicaCount).Distinct().OrderBy(count => count)];
        return new ReportSection("sizing", "Size of the cluster",
        [
            new TextBlock("Balance that plans reach on clusters of several sizes. Smallest reaches the target with the fewest slots; no other cluster beats those marked as best in GPUs, slots a GPU and balance at once."),
            new LineBlock("Balancedness by slots", [.. slots.Select(count => Display.Count(count))],
                [.. options.GroupBy(option => (option.GpuCount, option.NodeCount)).Select(cluster => SeriesOf(cluster.Key.GpuCount, cluster.Key.NodeCount, cluster, slots))]),
            new TableBlock("Clusters tried",
                [new("GPUs"), new("Nodes"), new("Slots"), new("Slots a GPU"), new("Expert memory a GPU"), new("Balancedness"), new("Worst layer"), new("At most"), new("Limited by", IsText: true), new("Mark", IsText: true)],
                [.. options.Select(Row)]),
        ]);
    }

    private static LineSeries SeriesOf(int gpus, int nodes, IEnumerable<SizingOption> options, int[] slots)
    {
        Dictionary<int, SizingOption> bySlots = options.ToDictionary(option => option.ReplicaCount);
        return new LineSeries($"{Display.Count(gpus, "GPU")}, {Display.Count(nodes, "node")}",
            [.. slots.Select(count => bySlots.TryGetValue(count, out SizingOption? option) ? option.Balancedness : (double?)null)]);
    }

    private static string[] Row(SizingOption option) =>
    [
        Display.Count(option.GpuCount), Display.Count(option.NodeCount), Display.Count(option.ReplicaCount), Display.Count(option.SlotsPerGpu),
        option.GpuBytes is { } bytes ? Display.Bytes(bytes) : "–", Display.Balancedness(option.Balancedness), Display.Balancedness(option.WorstBalancedness),
        Display.Balancedness(option.BalancednessBound), Display.Limit(option.LimitedBy), Mark(option),
    ];

    private static string Mark(SizingOption option) => (option.IsSmallest, option.IsParetoOptimal) switch
    {
        (true, true) => "smallest, best",
        (true, false) => "smallest",
        (false, true) => "best",
        _ => "",
    };
}
