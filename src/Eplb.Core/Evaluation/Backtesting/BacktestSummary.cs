namespace Eplb;

/// <summary>A whole back-test: means over its windows, what planning anew gained, and what it cost.</summary>
public sealed class BacktestSummary
{
    /// <summary>Sums the steps of one back-test up. Idle windows are left out of the means.</summary>
    /// <param name="steps">Steps, in the order of their windows.</param>
    /// <param name="windowLength">Windows that each plan was made on.</param>
    /// <param name="interval">Windows from one chance to plan anew to the next.</param>
    public BacktestSummary(IReadOnlyCollection<BacktestStep> steps, int windowLength, int interval)
    {
        if (steps is null) throw new ArgumentNullException(nameof(steps));
        WindowLength = windowLength;
        Interval = interval;
        StepCount = steps.Count;
        ReplanCount = steps.Count(step => step.IsReplanned);
        MovedSlotCount = steps.Sum(step => step.MovedSlotCount);
        Balancedness = steps.Average(step => step.Balancedness);
        UnchangedBalancedness = steps.Average(step => step.UnchangedBalancedness);
        OracleBalancedness = steps.Average(step => step.OracleBalancedness);
        BacktestStep? worst = steps.Where(step => step.Balancedness is not null).OrderBy(step => step.Balancedness).FirstOrDefault();
        WorstWindow = worst?.Window;
        WorstBalancedness = worst?.Balancedness;
    }

    /// <summary>Windows that each plan was made on.</summary>
    public int WindowLength { get; }

    /// <summary>Windows from one chance to plan anew to the next.</summary>
    public int Interval { get; }

    /// <summary>Windows that were judged.</summary>
    public int StepCount { get; }

    /// <summary>Plans that came into force, the first one among them.</summary>
    public int ReplanCount { get; }

    /// <summary>Mean balancedness of the placements in force; null when all windows are idle.</summary>
    public double? Balancedness { get; }

    /// <summary>Mean balancedness of the first plan, never changed; null when all windows are idle.</summary>
    public double? UnchangedBalancedness { get; }

    /// <summary>Mean balancedness of plans made on each window itself: what knowing the future would give; null when all windows are idle.</summary>
    public double? OracleBalancedness { get; }

    /// <summary>What planning anew gained over the first plan: Balancedness over UnchangedBalancedness, minus 1; null when all windows are idle.</summary>
    public double? Gain => (Balancedness / UnchangedBalancedness) - 1;

    /// <summary>Slots whose weights had to come from another GPU, over all new plans.</summary>
    public long MovedSlotCount { get; }

    /// <summary>Window with the lowest balancedness, the earliest on ties; null when all windows are idle.</summary>
    public int? WorstWindow { get; }

    /// <summary>Balancedness in that window; null when all windows are idle.</summary>
    public double? WorstBalancedness { get; }
}
