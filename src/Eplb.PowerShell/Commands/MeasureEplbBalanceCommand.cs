using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Says how evenly a placement loads the GPUs, how even it could be, and what stands in the way.</summary>
/// <remarks>
/// <para>Balancedness is the mean over the maximum of the GPU loads: the share of time that GPUs work instead of waiting for the most loaded one.</para>
/// <para>A placement is judged by the loads that it was made from, or by those given with -Load: tomorrow's traffic is never today's, so judge a plan on other loads before you trust it.</para>
/// <para>How the replicas of an expert share its load is up to the server's dispatch, -Dispatch: Even for SGLang's dynamic dispatch and for vLLM; SGLangStatic and SGLangStaticNew for SGLang with --ep-dispatch-algorithm static until and since mid 2026, which look for a near replica first, so that NodeCount matters; VllmAscend for vllm-ascend; Optimal for the best that any dispatch could make of the placement. Static rules can cost a tenth to a third of the balance that the plan promises.</para>
/// <para>-Metric gives the balance in the figures that servers and benchmarks report, to compare a log with a forecast. With mean and max over the GPU loads of a layer: Eplb is the mean over busy layers of mean / max; SGLang the mean over all layers of (mean + 1e-5) / (max + 1e-5), idle ones counting as 1; Vllm takes the mean and the maximum over layers for each GPU and divides the sums over GPUs, so that a GPU which is hot in every layer reads 1 (its issues 36304 and 51784), while VllmFixed divides the sum over layers of mean by that of max; TensorRTLLM is the mean over busy layers of max / mean - 1, where 0 is perfect; Adrs divides sums of mean and max over the loads of physical experts instead of GPUs.</para>
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
/// <example>
/// <code>'Even', 'SGLangStatic', 'SGLangStaticNew', 'VllmAscend', 'Optimal' |
///     ForEach-Object { $plan | Measure-EplbBalance -Summary -Dispatch $_ }</code>
/// <para>Shows what the dispatch of each server makes of one plan.</para>
/// </example>
/// <example>
/// <code>$plan | Measure-EplbBalance -Metric SGLang, Vllm, VllmFixed -Load $today</code>
/// <para>Forecasts the figures that SGLang and vLLM log, for today's loads.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Measure, "EplbBalance", DefaultParameterSetName = "By", HelpUri = HelpPage)]
[OutputType(typeof(BalanceReport), typeof(GpuBalanceReport), typeof(NodeBalanceReport), ParameterSetName = ["By"])]
[OutputType(typeof(PlanBalanceReport), ParameterSetName = ["Summary"])]
[OutputType(typeof(MetricReport), ParameterSetName = ["Metric"])]
public sealed class MeasureEplbBalanceCommand : EplbCmdlet
{
    private readonly PlacementCollector _placements = new();

    /// <summary>Placement to judge: a <see cref="PlacementMap"/>, or <see cref="PhysicalExpert"/> objects or rows of whole layers.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    public PSObject InputObject { get; set; } = null!;

    /// <summary>Loads to judge by, instead of those that the placement was made from: objects from Import-ExpertLoad, or rows with Layer, Expert and Load. Loads of the same layer are added up.</summary>
    [Parameter]
    [ValidateNotNull]
    public PSObject[]? Load { get; set; }

    /// <summary>What to report on: each Layer, each Gpu or each Node.</summary>
    [Parameter(ParameterSetName = "By")]
    public BalanceScope By { get; set; } = BalanceScope.Layer;

    /// <summary>Report on the whole placement in one object: means over the busy layers, and the worst layer.</summary>
    [Parameter(ParameterSetName = "Summary", Mandatory = true)]
    public SwitchParameter Summary { get; set; }

    /// <summary>Report the balance of the whole placement in the figures of servers and benchmarks, one object each.</summary>
    [Parameter(ParameterSetName = "Metric", Mandatory = true)]
    public BalanceMetric[] Metric { get; set; } = [];

    /// <summary>How the server's dispatch shares the load of an expert over its replicas.</summary>
    [Parameter]
    public DispatchRule Dispatch { get; set; } = DispatchRule.Even;

    /// <inheritdoc/>
    protected override void ProcessRecord() => TakeEach(InputObject, _placements.Add);

    /// <inheritdoc/>
    protected override void EndProcessing() => RunAtEnd(() =>
    {
        LoadMatrix? loads = Load is null ? null : LoadMatrix.Combine(LoadCollector.Collect(Load));
        ForEach(_placements, map =>
        {
            var evaluator = new BalanceEvaluator(map, loads, Dispatch, Cancellation);
            WarnOfLeftOut(map.Layer, loads);
            WriteVerbose($"Dispatch {Dispatch}, {(loads is null ? "the loads of the plan" : "loads of -Load")}: {evaluator.GpuLoads.Count} layers, {evaluator.GpuLoads.Count(layer => layer.IsIdle)} of them idle.");
            WriteEach(Report(evaluator));
        });
    });

    private IEnumerable<object> Report(BalanceEvaluator evaluator) => ParameterSetName switch
    {
        "Summary" => [evaluator.Summarize()],
        "Metric" => Metric.Select(evaluator.Measure),
        _ => By switch { BalanceScope.Gpu => evaluator.ByGpu(), BalanceScope.Node => evaluator.ByNode(), _ => evaluator.ByLayer() },
    };
}
