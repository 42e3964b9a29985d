namespace Eplb;

/// <summary>What made the report: enough to make it again.</summary>
internal static class ProvenanceSection
{
    public static ReportSection Of(PlacementReport report)
    {
        var rows = new List<string[]>();
        if (report.Version is { } version) rows.Add(["Module", $"Eplb {version}"]);
        rows.Add(["Loads", report.HasOwnLoads ? "those that the placement was made from" : "given"]);
        rows.AddRange(report.Sources.Select(source => new[] { "Load file", source }));
        Describe(rows, report.Before is null ? "Placement" : "Placement after", report.After);
        if (report.Before is { } before) Describe(rows, "Placement before", before);
        rows.Add(["Dispatch", Display.Dispatch(report.Dispatch)]);
        if (report.ExpertBytes is { } bytes) rows.Add(["Bytes an expert", Display.Count(bytes)]);

        var blocks = new List<ReportBlock>();
        if (report.Command is { } command) blocks.Add(new CodeBlock(command));
        blocks.Add(new TableBlock("Inputs", [new("Input", IsText: true), new("Value", IsText: true)], rows));
        return new ReportSection("provenance", "How this report was made", blocks);
    }

    private static void Describe(List<string[]> rows, string name, JudgedPlacement placement)
    {
        rows.Add([name, $"{Shape(placement.Map)}; policy {placement.Map.Policy}"]);
        rows.Add([$"{name}, SHA-256", placement.Hash]);
    }

    /// <summary>The counts of a placement in one line.</summary>
    /// <param name="map">The placement.</param>
    public static string Shape(PlacementMap map) =>
        $"{Display.Count(map.Layer.Length, "layer")} of {Display.Count(map.ExpertCount[0].Length, "expert")}, {Display.Count(map.ReplicaCount, "slot")} on {Display.Count(map.GpuCount, "GPU")}{Excluded(map)} in {Display.Count(map.NodeCount, "node")}";

    private static string Excluded(PlacementMap map) => map.ExcludedGpu.Count == 0 ? "" : $" ({Display.Count(map.ExcludedGpu.Count)} of them excluded)";
}
