using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Says how evenly a placement loads the GPUs, how even it could be, and what stands in the way.</summary>
/// <remarks>
/// <para>Balancedness is the mean over the maximum of the GPU loads: the share of time that GPUs work instead of waiting for the most loaded one. Each expert's load is shared evenly by its replicas.</para>
/// <para>A placement is judged by the loads that it was made from, or by those given with -Load: tomorrow's traffic is never today's, so judge a plan on other loads before you trust it.</para>
/// <para>Bound is what the most loaded GPU carries at least, whatever the plan, within the policy's constraints; Gap is how far the plan is above it; LimitedBy names what would help. Idle layers are reported without a balancedness and left out of -Summary, -By Gpu and -By Node.</para>
/// </remarks>
/// <example>
/// <code>Import-ExpertLoad loads.json |
///     Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -Policy Global |
///     Measure-EplbBalance</code>
/// <para>Reports on each layer of a plan.</para>
/// </example>
/// <example>
/// <code>$plan = Import-ExpertLoad monday.json |
///     Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -Policy Global -AsMap
/// Measure-EplbBalance $plan -Load (Import-ExpertLoad tuesday.json) -Summary</code>
/// <para>Judges Monday's plan by Tuesday's loads.</para>
/// </example>
/// <example>
/// <code>$plan | Measure-EplbBalance -By Gpu | Where-Object ImbalanceRatio -gt 1.05</code>
/// <para>Lists the GPUs that carry over 5 % more than the mean.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Measure, "EplbBalance", DefaultParameterSetName = "By", HelpUri = HelpPage)]
[OutputType(typeof(BalanceReport), typeof(GpuBalanceReport), typeof(NodeBalanceReport), ParameterSetName = ["By"])]
[OutputType(typeof(PlanBalanceReport), ParameterSetName = ["Summary"])]
public sealed class MeasureEplbBalanceCommand : EplbCmdlet
{
    private readonly PlacementCollector _placements = new();

    /// <summary>Placement to judge: a <see cref="PlacementMap"/>, or <see cref="PhysicalExpert"/> objects or rows of whole layers.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>Loads to judge by, instead of those that the placement was made from: objects from Import-ExpertLoad, or rows with Layer, Expert and Load. Loads of the same layer are added up.</summary>
    [Parameter]
    public PSObject[]? Load { get; set; }

    /// <summary>What to report on: each Layer, each Gpu or each Node.</summary>
    [Parameter(ParameterSetName = "By")]
    public BalanceScope By { get; set; } = BalanceScope.Layer;

    /// <summary>Report on the whole placement in one object: means over the busy layers, and the worst layer.</summary>
    [Parameter(ParameterSetName = "Summary", Mandatory = true)]
    public SwitchParameter Summary { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (PSObject input in InputObject) RunOrReport(() => _placements.Add(input));
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => RunOrStop(() =>
    {
        LoadMatrix? loads = Load is null ? null : LoadMatrix.Combine(LoadCollector.Collect(Load));
        foreach (PlacementMap map in _placements.Complete())
        {
            var evaluator = new BalanceEvaluator(map, loads, Cancellation);
            if (Summary)
                WriteObject(evaluator.Summarize());
            else
                WriteObject(By switch { BalanceScope.Gpu => evaluator.ByGpu(), BalanceScope.Node => evaluator.ByNode(), _ => evaluator.ByLayer() }, enumerateCollection: true);
        }
    });
}
