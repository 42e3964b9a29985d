namespace Eplb;

/// <summary>One cluster that was tried: how many slots it has, what they cost in memory, and what balance they reach.</summary>
public sealed class SizingOption
{
    /// <summary>Physical experts (slots) of one layer over the whole cluster.</summary>
    public int ReplicaCount { get; init; }

    /// <summary>Slots beyond the number of logical experts.</summary>
    public int RedundantCount { get; init; }

    /// <summary>GPUs (ranks).</summary>
    public int GpuCount { get; init; }

    /// <summary>Nodes.</summary>
    public int NodeCount { get; init; }

    /// <summary>Slots of one layer on each GPU; on those with the most where they do not divide evenly.</summary>
    public int SlotsPerGpu { get; init; }

    /// <summary>Bytes of expert weights on each GPU: SlotsPerGpu times layers that carry load times bytes of one expert; null where the bytes of an expert are not known.</summary>
    public long? GpuBytes { get; init; }

    /// <summary>Policy that made the plan.</summary>
    public PlacementPolicy Policy { get; init; }

    /// <summary>Mean over the busy layers of mean / max of the GPU loads: 1 is perfect.</summary>
    public double Balancedness { get; init; }

    /// <summary>Balancedness of the worst layer.</summary>
    public double WorstBalancedness { get; init; }

    /// <summary>Balancedness that no plan for this cluster can exceed: the mean over the busy layers of the mean GPU load over its lower bound.</summary>
    public double BalancednessBound { get; init; }

    /// <summary>What limits most layers, and so what would help.</summary>
    public LoadLimit LimitedBy { get; init; }

    /// <summary>True when the balancedness reaches the target.</summary>
    public bool MeetsTarget { get; init; }

    /// <summary>True for the one option that reaches the target with the fewest slots; of several, the one with the fewest GPUs, then nodes.</summary>
    public bool IsSmallest { get; internal set; }

    /// <summary>True when no other option has as few GPUs, as few slots a GPU and as good a balance, and is better in one of them.</summary>
    public bool IsParetoOptimal { get; internal set; }

    /// <summary>Whether another option is at least as good in every respect and better in one.</summary>
    /// <param name="other">The other option.</param>
    internal bool IsDominatedBy(SizingOption other) =>
        other.GpuCount <= GpuCount && other.SlotsPerGpu <= SlotsPerGpu && other.Balancedness >= Balancedness
        && (other.GpuCount < GpuCount || other.SlotsPerGpu < SlotsPerGpu || other.Balancedness > Balancedness);
}
