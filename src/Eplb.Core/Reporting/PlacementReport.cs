namespace Eplb;

/// <summary>A report for people on a placement, and on what it changes where another one is in force.</summary>
/// <remarks>The same inputs give the same bytes: a report holds no time and no name of a machine. Every text that it is given is data and is escaped.</remarks>
public sealed class PlacementReport
{
    /// <summary>Judges the placements.</summary>
    /// <param name="placement">Placement to report on.</param>
    /// <param name="reference">Placement in force before it; null for none.</param>
    /// <param name="loads">Loads to judge both by; null for those that <paramref name="placement"/> was made from.</param>
    /// <param name="dispatch">How the server's dispatch shares an expert's load over its replicas.</param>
    /// <param name="cancellationToken">Stops between layers.</param>
    /// <exception cref="EplbException">A layer without loads, loads for another number of experts, or a placement in force of other layers or experts.</exception>
    public PlacementReport(PlacementMap placement, PlacementMap? reference = null, LoadMatrix? loads = null,
        DispatchRule dispatch = DispatchRule.Even, CancellationToken cancellationToken = default)
    {
        if (placement is null) throw new ArgumentNullException(nameof(placement));
        if (reference is not null) PlacementComparison.CheckModel(reference, placement);
        HasOwnLoads = loads is null;
        Dispatch = dispatch;
        LoadMatrix? own = placement.Load is null ? null : LoadMatrix.Combine(placement.Load.Select((load, i) => new ExpertLoad(placement.Layer[i], load)));
        // Both by the same loads: by its own ones, each placement would look good.
        loads ??= own;
        After = new JudgedPlacement(placement, loads, dispatch, cancellationToken);
        // By now every layer of the placement is known to have loads.
        if (own is not null && !HasOwnLoads)
            OwnDrift = new DriftEvaluator(own, LoadMatrix.Combine(placement.Layer.Select(layer => new ExpertLoad(layer, loads!.Find(layer)!)))).ByLayer();
        if (reference is not null) Before = new JudgedPlacement(reference, loads, dispatch, cancellationToken);
    }

    /// <summary>Heading of the report.</summary>
    public string Title { get; init; } = "Expert placement";

    /// <summary>Size of one expert's weights in one layer, in bytes; null where it is not known.</summary>
    public long? ExpertBytes { get; init; }

    /// <summary>The command that made the report, word for word; null where it is not known.</summary>
    public string? Command { get; init; }

    /// <summary>Version of the module; null where it is not known.</summary>
    public string? Version { get; init; }

    /// <summary>Files that the loads came from.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>How far the loads have moved, one object a layer; null for the way from those that the placement was made from to those that it is judged by.</summary>
    public IReadOnlyList<LoadDrift>? Drift { get; init; }

    /// <summary>Steps of a back-test; empty where there was none.</summary>
    public IReadOnlyList<BacktestStep> Backtest { get; init; } = [];

    /// <summary>Clusters that were tried; empty where none were.</summary>
    public IReadOnlyList<SizingOption> Sizing { get; init; } = [];

    /// <summary>The way from the loads that the placement was made from to those that it is judged by; empty where one is not known.</summary>
    internal IReadOnlyList<LoadDrift> OwnDrift { get; } = [];

    /// <summary>The placement reported on.</summary>
    internal JudgedPlacement After { get; }

    /// <summary>The placement in force before it, or null.</summary>
    internal JudgedPlacement? Before { get; }

    /// <summary>True when the loads are those that the placement was made from.</summary>
    internal bool HasOwnLoads { get; }

    /// <summary>Dispatch rule that the placements are judged under.</summary>
    internal DispatchRule Dispatch { get; }

    /// <summary>The report as text.</summary>
    /// <param name="format">What to write it as.</param>
    public string Write(ReportFormat format)
    {
        ReportSection?[] all =
        [
            SummarySection.Of(this), HeatMapSection.Of(this), SpreadSection.Of(this), DispatchSection.Of(this), DriftSection.Of(this), BacktestSection.Of(this),
            SizingSection.Of(this), ExpertSection.Of(this), LayerSection.Of(this), ProvenanceSection.Of(this),
        ];
        ReportSection[] sections = [.. all.OfType<ReportSection>()];
        return format == ReportFormat.Html ? HtmlReport.Write(this, sections) : MarkdownReport.Write(this, sections);
    }
}
