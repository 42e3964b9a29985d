using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Writes a report for people on a placement, and on what it changes: one self-contained page, or Markdown for a ticket.</summary>
/// <remarks>
/// <para>The page holds the headline figures (balancedness, worst layer, load of the slowest GPU, distance to the lower bound, slots to move), a heat map of every GPU in every layer, the spread in each layer, the balance under each server's dispatch, drift, back-test and sizing where they are given, the hottest experts with their replicas and where they live, every figure of every layer, and how the report was made. With -ReferencePlacement it shows before and after, on one colour scale and by the same loads.</para>
/// <para>The page needs no network and no script: it prints, follows the browser's dark mode, and reads well to a screen reader. A small script inside it adds tooltips for mouse and arrow keys. The same inputs give the same bytes. Names of files and the title are shown as text, whatever they hold.</para>
/// <para>Placements are judged by -Load, else by the loads that the placement was made from: judge by other loads than those, since a plan flatters itself on its own.</para>
/// </remarks>
/// <returns>With -PassThru, the file.</returns>
/// <example>
/// <code>Import-ExpertLoad loads.json |
///     Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -Policy Global |
///     Export-EplbReport report.html</code>
/// <para>Plans, and writes a page on the plan.</para>
/// </example>
/// <example>
/// <code>$today = Import-ExpertLoad today.json
/// $new = $today | Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -Policy Global -AsMap
/// $change = @{ ReferencePlacement = $current; Load = $today; ExpertBytes = 42MB }
/// Export-EplbReport change.html $new @change -Title 'DeepSeek-V3, cluster A'</code>
/// <para>Shows what the new plan would change against the one in force, by today's loads, with the bytes to be moved.</para>
/// </example>
/// <example>
/// <code>$new | Export-EplbReport change.md -ReferencePlacement $current -PassThru</code>
/// <para>Writes the same as Markdown, to paste into a ticket, and emits the file.</para>
/// </example>
[Cmdlet(VerbsData.Export, "EplbReport", SupportsShouldProcess = true, HelpUri = HelpPage)]
[OutputType(typeof(FileInfo))]
public sealed class ExportEplbReportCommand : EplbCmdlet
{
    private readonly PlacementCollector _placements = new();

    /// <summary>File to write. Its directory must exist; wildcards are not expanded.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("LiteralPath", "PSPath")]
    public string Path { get; set; } = "";

    /// <summary>Placement to report on: one <see cref="PlacementMap"/>, or <see cref="PhysicalExpert"/> objects or rows of whole layers.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    public PSObject InputObject { get; set; } = null!;

    /// <summary>Placement in force before it, to compare with: one <see cref="PlacementMap"/>, or <see cref="PhysicalExpert"/> objects or rows of whole layers.</summary>
    [Parameter]
    [ValidateNotNull]
    public PSObject[]? ReferencePlacement { get; set; }

    /// <summary>Loads to judge by, instead of those that the placement was made from: objects from Import-ExpertLoad, or rows with Layer, Expert and Load. Loads of the same layer are added up.</summary>
    [Parameter]
    [ValidateNotNull]
    public PSObject[]? Load { get; set; }

    /// <summary>How the server's dispatch shares the load of an expert over its replicas.</summary>
    [Parameter]
    public DispatchRule Dispatch { get; set; } = DispatchRule.Even;

    /// <summary>Size of one expert's weights in one layer, in bytes (42MB for DeepSeek-V3 in FP8), to say how much a change moves.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long? ExpertBytes { get; set; }

    /// <summary>Drift to show: <see cref="LoadDrift"/> objects of Compare-ExpertLoad. Without it, the drift from the loads that the placement was made from to those of -Load.</summary>
    [Parameter]
    [ValidateNotNull]
    public PSObject[]? Drift { get; set; }

    /// <summary>Back-test to show: <see cref="BacktestStep"/> objects of Invoke-EplbBacktest.</summary>
    [Parameter]
    [ValidateNotNull]
    public PSObject[]? Backtest { get; set; }

    /// <summary>Sizes of clusters to show: <see cref="SizingOption"/> objects of Find-EplbReplicaCount.</summary>
    [Parameter]
    [ValidateNotNull]
    public PSObject[]? Sizing { get; set; }

    /// <summary>Heading of the report.</summary>
    [Parameter]
    public string Title { get; set; } = "Expert placement";

    /// <summary>What to write: Html or Markdown. By default what the file's extension says: Markdown for .md, else Html.</summary>
    [Parameter]
    public ReportFormat? Format { get; set; }

    /// <summary>Replace the file even where it is read-only.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Keep a file that is there already: writing is an error then.</summary>
    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Emit the file, with -WhatIf too.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => TakeEach(InputObject, _placements.Add);

    /// <inheritdoc/>
    protected override void EndProcessing() => RunAtEnd(() =>
    {
        string file = this.ResolveLiteralPath(Path);
        LoadMatrix? loads = Load is null ? null : LoadMatrix.Combine(LoadCollector.Collect(Load));
        PlacementMap map = One(_placements, "a report is on one; give the other with -ReferencePlacement");
        var report = new PlacementReport(map, Reference(), loads, Dispatch, Cancellation)
        {
            Title = Title,
            ExpertBytes = ExpertBytes,
            Drift = Drift is null ? null : ReportConverter.Read<LoadDrift>(Drift),
            Backtest = ReportConverter.Read<BacktestStep>(Backtest),
            Sizing = ReportConverter.Read<SizingOption>(Sizing),
            Command = CommandText.Of(MyInvocation),
            Version = MyInvocation.MyCommand.Module?.Version.ToString(),
            Sources = loads?.Sources ?? [],
        };
        WarnOfLeftOut(map.Layer, loads);
        ReportFormat format = Format ?? (file.EndsWith(".md", StringComparison.OrdinalIgnoreCase) ? ReportFormat.Markdown : ReportFormat.Html);
        string text = report.Write(format);
        ExistingFile existing = NoClobber ? ExistingFile.Keep : Force ? ExistingFile.ReplaceReadOnly : ExistingFile.Replace;
        AtomicFile.Check(file, existing);
        if (ShouldProcess(file, $"Export report as {format}")) AtomicFile.WriteText(file, text, existing);
        if (PassThru) WriteObject(new FileInfo(file));
    });

    private PlacementMap? Reference()
    {
        if (ReferencePlacement is null) return null;
        var collector = new PlacementCollector();
        foreach (PSObject input in ReferencePlacement) collector.Add(input);
        return One(collector, "there is one placement in force");
    }

    private static PlacementMap One(PlacementCollector placements, string rule)
    {
        PlacementMap[] maps = [.. placements.Complete()];
        return maps.Length == 1 ? maps[0] : throw new EplbException(EplbError.PlacementInvalid, $"{maps.Length} placements came in, but {rule}.");
    }
}
