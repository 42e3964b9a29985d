namespace Eplb;

/// <summary>Whether a new plan is worth its moves under the loads of now, and the figures behind that.</summary>
public sealed class RebalanceAdvice
{
    /// <summary>True when the gain reaches the minimum.</summary>
    public bool IsWorthwhile { get; init; }

    /// <summary>What decided, in one sentence.</summary>
    public string Reason { get; init; } = "";

    /// <summary>PlannedBalancedness over Balancedness, minus 1: how much more the GPUs get done; null when all layers are idle.</summary>
    public double? Gain { get; init; }

    /// <summary>Gain from which on a new plan is worthwhile.</summary>
    public double MinimumGain { get; init; }

    /// <summary>Balancedness of the placement in force under the loads of now; null when all layers are idle.</summary>
    public double? Balancedness { get; init; }

    /// <summary>Balancedness that a new plan for the loads of now reaches on them; null when all layers are idle.</summary>
    public double? PlannedBalancedness { get; init; }

    /// <summary>Mean Jensen-Shannon divergence, in bits, of the loads of now from those that the placement was made from; null where these are not known.</summary>
    public double? JensenShannon { get; init; }

    /// <summary>Slots whose expert their GPU does not hold yet, so that the new plan moves its weights; slots that their GPU fills from another of its slots are not among them.</summary>
    public long MovedSlotCount { get; init; }

    /// <summary>Bytes of weights that the new plan moves; null where the bytes of an expert are not known.</summary>
    public long? MovedBytes { get; init; }

    /// <summary>Seconds that the GPU which receives most takes for its weights; null where the bytes of an expert or the bandwidth are not known.</summary>
    public double? TransferSeconds { get; init; }

    /// <summary>Seconds of serving after which the gain has paid for the transfer, were serving to stop during it; null where the transfer's seconds are not known or nothing is gained.</summary>
    public double? PaybackSeconds { get; init; }
}
