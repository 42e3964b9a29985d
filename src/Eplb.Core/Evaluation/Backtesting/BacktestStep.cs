namespace Eplb;

/// <summary>One step of a back-test: what a plan made on the past delivered in one window.</summary>
/// <remarks>Balancedness is the mean over the window's busy layers of mean / max of the GPU loads.</remarks>
public sealed class BacktestStep
{
    /// <summary>Window that the step is judged on.</summary>
    public int Window { get; init; }

    /// <summary>First window of the past that the placement in force was planned on.</summary>
    public int FirstPlanWindow { get; init; }

    /// <summary>Last window of the past that the placement in force was planned on.</summary>
    public int LastPlanWindow { get; init; }

    /// <summary>True when a new plan came into force with this window.</summary>
    public bool IsReplanned { get; init; }

    /// <summary>Balancedness that the placement in force reached in the window; null when the window is idle.</summary>
    public double? Balancedness { get; init; }

    /// <summary>Balancedness that the first plan, never changed, would have reached; null when the window is idle.</summary>
    public double? UnchangedBalancedness { get; init; }

    /// <summary>Balancedness of an oracle: a plan made with the same policy on the window itself; null when the window is idle.</summary>
    public double? OracleBalancedness { get; init; }

    /// <summary>Slots whose weights had to come from another GPU for the new plan; 0 without one, and for the first plan.</summary>
    public long MovedSlotCount { get; init; }
}
