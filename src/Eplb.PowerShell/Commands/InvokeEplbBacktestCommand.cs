using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Replays a recording: plans on the past, judges each plan on the windows that come after, and says what planning anew was worth.</summary>
/// <remarks>
/// <para>A plan's balance on its own loads flatters. Here every plan is judged by traffic that it has not seen, as it would have been on the server: Balancedness is what the placement in force reached, UnchangedBalancedness what the first plan would have reached had it never been changed, OracleBalancedness what the same policy reaches when it knows the window, MovedSlotCount what the changes cost in weights.</para>
/// <para>All windows need the same layers. After windows without load the placement in force stays.</para>
/// <para>To learn how often to plan anew, run it with several values of Interval and WindowLength and compare the summaries. Where Balancedness is hardly above UnchangedBalancedness, planning anew is not worth the moves; where OracleBalancedness is far above both, the traffic changes faster than windows pass: plan on more windows, or give the cluster more replicas.</para>
/// </remarks>
/// <example>
/// <code>Import-ExpertLoad trace.npy -PerWindow |
///     Invoke-EplbBacktest -ReplicaCount 288 -GpuCount 32 -Policy Global</code>
/// <para>Plans on each window and judges on the next.</para>
/// </example>
/// <example>
/// <code>$trace = Import-ExpertLoad trace.npy -PerWindow
/// 1, 4, 16 | ForEach-Object {
///     $trace | Invoke-EplbBacktest 288 32 -Policy Global -WindowLength 2 -Interval $_ -Summary
/// }</code>
/// <para>Compares planning anew every window, every fourth and every sixteenth, each time on the last two windows.</para>
/// </example>
/// <example>
/// <code>$trace | Invoke-EplbBacktest 288 32 -Policy Global -Threshold 0.9 -Summary</code>
/// <para>Plans anew only after a window in which the balancedness was below 0.9.</para>
/// </example>
/// <example>
/// <code>$trace | Invoke-EplbBacktest 288 32 -Policy Global -Refine -MaxMove 10% -Summary</code>
/// <para>Changes at most a tenth of the slots each time.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "EplbBacktest", HelpUri = HelpPage)]
[OutputType(typeof(BacktestStep), typeof(BacktestSummary))]
public sealed class InvokeEplbBacktestCommand : PlanningCmdlet
{
    private readonly LoadCollector _loads = new();

    /// <summary>Recording to replay: <see cref="ExpertLoad"/> objects from Import-ExpertLoad -PerWindow, or rows with Layer, Expert, Load and Window. Loads of the same window and layer are added up.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSObject InputObject { get; set; } = null!;

    /// <summary>Windows of the past that each plan is made on; their loads are added up, unless plans are refined.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int WindowLength { get; set; } = 1;

    /// <summary>Windows from one chance to plan anew to the next.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Interval { get; set; } = 1;

    /// <summary>Plan anew only when the placement in force reached less than this balancedness in the last window, 0 to 1. Without it, plan at every chance.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double? Threshold { get; set; }

    /// <summary>Most slots of a layer that a new plan may write: a number, or a share of the slots such as 10%. It then changes the placement in force, as Get-EplbPlacement -CurrentPlacement does, instead of planning from scratch.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MaxMove { get; set; }

    /// <summary>How the server's dispatch shares the load of an expert over its replicas; see Measure-EplbBalance. With Refine, plans are made for it too, unless MaxMove has them change the placement in force.</summary>
    [Parameter]
    public DispatchRule Dispatch { get; set; } = DispatchRule.Even;

    /// <summary>What plans that are refined on several windows make as even as possible: the Mean balancedness over them, that of the Worst one, or that of their Sum. Plans for another dispatch than Even, and those within MaxMove, are made for the sum.</summary>
    [Parameter]
    public WindowGoal WindowGoal { get; set; } = WindowGoal.Mean;

    /// <summary>Emit one object for the whole back-test instead of one a window.</summary>
    [Parameter]
    public SwitchParameter Summary { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => TakeEach(InputObject, _loads.Add);

    /// <inheritdoc/>
    protected override void EndProcessing() => RunAtEnd(() =>
    {
        IReadOnlyList<ExpertLoad> loads = _loads.Complete();
        if (loads.Any(load => load.IsChronological == false))
            WriteWarning("The windows of this recording are not in time order (SGLang's recorder overwrites the oldest first), so that the past and the future are mixed up.");
        var backtest = new Backtest(loads, Shape, Policy, WindowLength)
        {
            Interval = Interval,
            Threshold = Threshold,
            Refine = Refine,
            MaxMoves = MaxMove is null ? null : MoveBudget.Parse(MaxMove, ReplicaCount),
            Dispatch = Dispatch,
            WindowGoal = WindowGoal,
        };
        if (PolicyRules.LeavesPackingOut(Policy, loads[0].ExpertCount, Shape, Refine)) WarnOfReplicateOnly(GroupCount, NodeCount);
        var steps = new List<BacktestStep>(backtest.StepCount);
        using ThrottledProgress progress = StartProgress("Replaying windows");
        foreach (BacktestStep step in backtest.Run(Cancellation))
        {
            steps.Add(step);
            if (!Summary) WriteObject(step);
            progress.Report(steps.Count, backtest.StepCount);
        }

        if (Summary) WriteObject(new BacktestSummary(steps, WindowLength, Interval));
    });
}
