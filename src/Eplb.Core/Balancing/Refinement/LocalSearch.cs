namespace Eplb;

/// <summary>Improves an assignment until the slowest GPU is at the bound, nothing helps any more, or the work limit is reached.</summary>
/// <remarks>
/// Always works on the slowest GPU: exchanges one slot, then two, then shifts a replica between experts; where speeds differ it shifts
/// before it exchanges two, as the sizes of replicas must differ too. Where none of these lowers its time, a few changes at random, from
/// a fixed seed, lead to another start; a start that ends worse is taken back. Work is counted in looked-at changes, not in time, so
/// that the result is the same on every machine.
/// </remarks>
internal sealed class LocalSearch
{
    // Relative distance from the bound that counts as reached: far below what loads can tell, and finer for small plans, where it costs little.
    private const double TolerancePerSlot = 1e-7;
    private const double MaxTolerance = 1e-4;

    private const int WorkPerSlot = 1000;
    private const int LeastWork = 200_000;

    // As many times the work may go into the way down from the first start, where every step is progress.
    private const int FirstDescent = 10;
    private const double MaxThreshold = 0.05;
    private const double ThresholdTimesSquaredSlots = 3;
    private const int KickTries = 64;

    private readonly GpuAssignment _plan;
    private readonly SlotExchange _exchange;
    private readonly ReplicaShift? _shift;
    private readonly DuplicateShift? _duplicates;
    private readonly bool _shiftsFirst;
    private readonly int[] _currentExpert;
    private readonly int[] _bestExpert;
    private StepRandom _random;
    private long _lostTries;

    /// <summary>Makes the search of a plan, which it changes.</summary>
    /// <param name="plan">Plan to change.</param>
    /// <param name="fixedCounts">True when the number of replicas of each expert is not to change.</param>
    /// <param name="repeats">True when a GPU may get a second replica of an expert where nothing else helps.</param>
    public LocalSearch(GpuAssignment plan, bool fixedCounts = false, bool repeats = false)
    {
        _plan = plan;
        _exchange = new SlotExchange(plan);
        if (!fixedCounts) _shift = new ReplicaShift(plan);
        if (!fixedCounts && (repeats || DuplicateShift.Fits(plan))) _duplicates = new DuplicateShift(plan);
        _shiftsFirst = Array.Exists(plan.Speed, speed => speed != plan.Speed[0]);
        _currentExpert = new int[plan.SlotCount];
        _bestExpert = new int[plan.SlotCount];
    }

    private long Work => _exchange.Work + (_shift?.Work ?? 0) + (_duplicates?.Work ?? 0) + _lostTries;

    /// <summary>Time of the slowest GPU that counts as having reached a bound.</summary>
    /// <param name="bound">The bound.</param>
    public double GoalOf(double bound) => bound * (1 + Math.Min(MaxTolerance, TolerancePerSlot * _plan.SlotCount));

    /// <summary>Improves the plan.</summary>
    /// <param name="bound">Time that no plan can go below; the search stops there.</param>
    /// <param name="cancellationToken">Stops between two changes.</param>
    public void Improve(double bound, CancellationToken cancellationToken) => ImproveTo(GoalOf(bound), cancellationToken);

    /// <summary>Improves the plan.</summary>
    /// <param name="goal">Time of the slowest GPU at which to stop.</param>
    /// <param name="cancellationToken">Stops between two changes.</param>
    public void ImproveTo(double goal, CancellationToken cancellationToken)
    {
        long work = Math.Max(LeastWork, (long)WorkPerSlot * _plan.SlotCount), limit = Work + work;
        _random = default;
        _exchange.Restart();
        double current = Descend(goal, Work + (FirstDescent * work), cancellationToken), best = current;
        Keep(_bestExpert);
        Keep(_currentExpert);
        long start = Work;
        // A descent that took all the work leaves as much again for other starts.
        if (start >= limit) limit = start + work;
        double threshold = Math.Min(MaxThreshold, ThresholdTimesSquaredSlots / _plan.SlotCount / _plan.SlotCount);
        while (best > goal && Work < limit)
        {
            Kick();
            double time = Descend(goal, limit, cancellationToken);
            if (time > current * (1 + (threshold * (limit - Work) / (limit - start))))
            {
                _plan.Assign(_currentExpert);
                continue;
            }

            current = time;
            Keep(_currentExpert);
            if (time >= best) continue;
            best = time;
            Keep(_bestExpert);
        }

        _plan.Assign(_bestExpert);
    }

    private void Keep(int[] experts) => _plan.Expert.AsSpan().CopyTo(experts);

    private double Descend(double goal, long limit, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int hottest = _plan.HottestGpu();
            if (_plan.Time[hottest] <= goal || Work >= limit) return _plan.Time[hottest];
            if (!TryImprove(hottest)) return _plan.Time[hottest];
        }
    }

    private bool TryImprove(int gpu) =>
        _exchange.TryImprove(gpu, 1)
        || (_shiftsFirst ? TryShift(gpu) || _exchange.TryImprove(gpu, 2) : _exchange.TryImprove(gpu, 2) || TryShift(gpu))
        || _duplicates?.TryImprove() == true;

    private bool TryShift(int gpu) => _shift?.TryImprove(gpu) == true;

    // One to three changes; half of them give a replica to another expert, the others exchange slots; both keep replicas apart.
    private void Kick()
    {
        for (int changes = 1 + _random.Below(4); changes > 0; changes--)
        {
            bool shift = _shift is not null && _random.Below(2) == 0;
            int tries = KickTries;
            while (tries > 0 && !(shift ? TryRandomShift() : TryRandomSwap())) tries--;
            // Where few changes keep replicas apart, looking for one is most of the work.
            if (tries == 0) _lostTries += KickTries;
        }
    }

    private bool TryRandomShift()
    {
        int slot = _random.Below(_plan.SlotCount), expert = _plan.Expert[_random.Below(_plan.SlotCount)];
        if (_plan.Count[_plan.Expert[slot]] < 2 || _plan.Holds(_plan.GpuOf[slot], expert)) return false;
        _plan.Rewrite(slot, expert);
        return true;
    }

    private bool TryRandomSwap()
    {
        int slot = _random.Below(_plan.SlotCount), other = _random.Below(_plan.SlotCount);
        int gpu = _plan.GpuOf[slot], otherGpu = _plan.GpuOf[other];
        if (_plan.Holds(otherGpu, _plan.Expert[slot]) || _plan.Holds(gpu, _plan.Expert[other])) return false;
        _plan.Swap(slot, other);
        return true;
    }
}
