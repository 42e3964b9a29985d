using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Tells a runbook whether it is time for a new plan: true when one would gain enough over the placement in force.</summary>
/// <remarks>
/// <para>Plans anew for the loads of now, on the cluster of the placement in force, and compares the two. The gain is what the new plan would have brought on these very loads; what it brings on the traffic to come is less, which Invoke-EplbBacktest measures. Set MinimumGain accordingly.</para>
/// <para>With -Detailed the figures come too: the balance now and planned, how far the loads have drifted from those that the placement was made from, what has to be moved, how long that takes, and how long the new plan has to last to pay for it.</para>
/// </remarks>
/// <returns>True or false; with -Detailed, one object with the figures.</returns>
/// <example>
/// <code>if ($current | Test-EplbRebalance -Load $today -MinimumGain 0.1) { 'plan anew' }</code>
/// <para>Plans anew only for a gain of 10 %.</para>
/// </example>
/// <example>
/// <code>Test-EplbRebalance $current $today -Refine -ExpertBytes 42MB -Bandwidth 40GB -Detailed</code>
/// <para>Shows what a refined plan would gain on DeepSeek-V3 and what its weights cost over links of 40 GB a second.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "EplbRebalance", HelpUri = HelpPage)]
[OutputType(typeof(bool), typeof(RebalanceAdvice))]
public sealed class TestEplbRebalanceCommand : EplbCmdlet
{
    private readonly PlacementCollector _placements = new();

    /// <summary>Placement in force: a <see cref="PlacementMap"/>, or <see cref="PhysicalExpert"/> objects or rows of whole layers.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    public PSObject CurrentPlacement { get; set; } = null!;

    /// <summary>Loads of now: objects from Import-ExpertLoad, or rows with Layer, Expert and Load. Loads of the same layer are added up.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public PSObject[] Load { get; set; } = [];

    /// <summary>Least gain in balancedness that is worth a new plan, 0 to 1: 0.05 for 5 %.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double MinimumGain { get; set; } = 0.05;

    /// <summary>How the new plan replicates and packs experts. Without it, as the placement in force.</summary>
    [Parameter]
    public PlacementPolicy? Policy { get; set; }

    /// <summary>Improve the new plan as Get-EplbPlacement -Refine does; a placement with speeds, or with more slots on some GPUs than on others, implies it.</summary>
    [Parameter]
    public SwitchParameter Refine { get; set; }

    /// <summary>Most slots of a layer that a new plan may write: a number, or a share of the slots such as 10%. It then changes the placement in force, as Get-EplbPlacement -CurrentPlacement does, instead of planning from scratch.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MaxMove { get; set; }

    /// <summary>How the server's dispatch shares the load of an expert over its replicas; see Measure-EplbBalance. With Refine, the new plan is made for it too, unless MaxMove has it change the placement in force.</summary>
    [Parameter]
    public DispatchRule Dispatch { get; set; } = DispatchRule.Even;

    /// <summary>Bytes of one expert's weights in one layer, to say how many bytes a new plan moves: 42MB for DeepSeek-V3 in FP8.</summary>
    [Parameter]
    [ValidateRange(1L, 1L << 40)]
    public long? ExpertBytes { get; set; }

    /// <summary>Bytes a second at which one GPU receives weights, to say how long the moves take.</summary>
    [Parameter]
    [ValidateRange(1.0, double.MaxValue)]
    public double? Bandwidth { get; set; }

    /// <summary>Emit the figures instead of true or false.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => TakeEach(CurrentPlacement, _placements.Add);

    /// <inheritdoc/>
    protected override void EndProcessing() => RunAtEnd(() =>
    {
        if (Bandwidth is not null && ExpertBytes is null)
            throw new EplbException(EplbError.ParameterMissing, "How long moves take follows from their bytes: with Bandwidth, give ExpertBytes too.");
        LoadMatrix loads = LoadMatrix.Combine(LoadCollector.Collect(Load));
        ForEach(_placements, current =>
        {
            var gate = new RebalanceGate
            {
                MinimumGain = MinimumGain,
                Policy = Policy,
                Refine = Refine,
                MaxMoves = MaxMove is null ? null : MoveBudget.Parse(MaxMove, current.ReplicaCount),
                Dispatch = Dispatch,
                ExpertBytes = ExpertBytes,
                Bandwidth = Bandwidth,
            };
            RebalanceAdvice advice = gate.Weigh(current, loads, Cancellation);
            if (gate.LeavesPackingOut(current)) WarnOfReplicateOnly(current.GroupCount, current.NodeCount);
            WarnOfLeftOut(current.Layer, loads);
            WriteVerbose(advice.Reason);
            WriteObject(Detailed ? advice : advice.IsWorthwhile);
        });
    });
}
