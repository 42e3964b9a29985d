namespace Eplb;

/// <summary>Where the load is: each GPU in each layer.</summary>
internal static class HeatMapSection
{
    public static ReportSection Of(PlacementReport report)
    {
        var blocks = new List<ReportBlock>
        {
            new TextBlock("Each cell is one GPU in one layer, coloured by its load over the mean of its layer. Orange GPUs make the others wait; blue ones wait."),
            new ColourLegendBlock(),
        };
        if (report.Before is { } before) blocks.Add(new HeatMapBlock("Before", before));
        blocks.Add(new HeatMapBlock(report.Before is null ? "GPU load by layer" : "After", report.After));
        return new ReportSection("heat", "Load of each GPU", blocks);
    }
}
