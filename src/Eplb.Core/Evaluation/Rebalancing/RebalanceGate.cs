using System.Globalization;

namespace Eplb;

/// <summary>Decides whether to replace the placement in force: plans anew for the loads of now and weighs the gain against the moves.</summary>
public sealed class RebalanceGate
{
    /// <summary>Least gain that is worth a new plan, 0 or higher.</summary>
    public double MinimumGain { get; init; } = 0.05;

    /// <summary>How experts are replicated and packed in the new plan; null for the policy of the placement in force.</summary>
    public PlacementPolicy? Policy { get; init; }

    /// <summary>True to refine the new plan; a placement with speeds, or with more slots on some GPUs than on others, implies it.</summary>
    public bool Refine { get; init; }

    /// <summary>Most slots of a layer that the new plan may write, 0 or more: it then changes the placement in force. Null to plan from scratch.</summary>
    public int? MaxMoves { get; init; }

    /// <summary>How the server's dispatch shares the load of an expert over its replicas. A refined plan is made for it, unless it changes the placement in force.</summary>
    public DispatchRule Dispatch { get; init; } = DispatchRule.Even;

    /// <summary>Bytes of one expert's weights in one layer; null where they are not known.</summary>
    public long? ExpertBytes { get; init; }

    /// <summary>Bytes a second at which one GPU receives weights; null where they are not known.</summary>
    public double? Bandwidth { get; init; }

    /// <summary>Weighs a new plan against the placement in force.</summary>
    /// <param name="current">Placement in force.</param>
    /// <param name="loads">Loads of now. Layers that the placement does not have are left out.</param>
    /// <param name="cancellationToken">Stops between layers.</param>
    /// <exception cref="EplbException">The loads do not fit the placement, or its counts not the policy.</exception>
    public RebalanceAdvice Weigh(PlacementMap current, LoadMatrix loads, CancellationToken cancellationToken = default)
    {
        if (current is null) throw new ArgumentNullException(nameof(current));
        if (loads is null) throw new ArgumentNullException(nameof(loads));
        // Fails on loads that do not fit before anything is planned for them.
        double? balancedness = Judge(current, loads, cancellationToken);
        loads = LoadMatrix.Combine(current.Layers.Select(layer => new ExpertLoad(layer.Layer, loads.Find(layer.Layer)!)));
        bool isRefined = IsRefined(current);
        var options = new PlanOptions
        {
            Refine = isRefined,
            Dispatch = isRefined && MaxMoves is null ? Dispatch : DispatchRule.Even,
            Current = MaxMoves is null ? null : current,
            MaxMoves = MaxMoves,
        };
        PlacementMap planned = Planner.Plan(loads, current.Shape, Policy ?? current.Policy, options, cancellationToken: cancellationToken);
        double? plannedBalancedness = Judge(planned, loads, cancellationToken);
        double? gain = (plannedBalancedness / balancedness) - 1;
        long[] written = SlotWrites.CountByGpu(current, planned, cancellationToken);
        double? seconds = written.Max() * (double?)ExpertBytes / Bandwidth;
        return new RebalanceAdvice
        {
            IsWorthwhile = gain >= MinimumGain,
            Reason = Reason(gain),
            Gain = gain,
            MinimumGain = MinimumGain,
            Balancedness = balancedness,
            PlannedBalancedness = plannedBalancedness,
            JensenShannon = Drift(current, loads),
            MovedSlotCount = written.Sum(),
            MovedBytes = written.Sum() * ExpertBytes,
            TransferSeconds = seconds,
            PaybackSeconds = gain > 0 ? seconds / gain : null,
        };
    }

    // The policies of the reference know neither speeds nor uneven slots.
    private bool IsRefined(PlacementMap current) => Refine || current.GpuSpeed is not null || current.ReplicaCount % current.GpuCount != 0;

    /// <summary>Whether the new plan leaves out the packing onto GPUs, as the policy Auto can.</summary>
    /// <param name="current">Placement in force.</param>
    internal bool LeavesPackingOut(PlacementMap current) =>
        PolicyRules.LeavesPackingOut(Policy ?? current.Policy, current.ExpertCount[0].Length, current.Shape, IsRefined(current) || MaxMoves is not null);

    private double? Judge(PlacementMap map, LoadMatrix loads, CancellationToken cancellationToken) =>
        new BalanceEvaluator(map, loads, Dispatch, cancellationToken).Measure(BalanceMetric.Eplb).Value;

    private static double? Drift(PlacementMap map, LoadMatrix loads) => map.Load is null
        ? null
        : new DriftEvaluator(LoadMatrix.Combine(map.Layers.Select(layer => new ExpertLoad(layer.Layer, layer.Load!))), loads).Summarize().JensenShannon;

    private string Reason(double? gain) => gain is null
        ? "All layers are idle: there is nothing to balance."
        : string.Format(CultureInfo.InvariantCulture, gain >= MinimumGain
            ? "A new plan gains {0:0.0} %, at least the {1:0.0} % that are asked for."
            : "A new plan gains {0:0.0} %, less than the {1:0.0} % that are asked for.", gain * 100, MinimumGain * 100);
}
