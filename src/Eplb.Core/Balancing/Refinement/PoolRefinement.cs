namespace Eplb;

/// <summary>Refines the plan of a set of GPUs that may hold any of a set of experts: the whole cluster, or one node of it.</summary>
internal sealed class PoolRefinement
{
    // Slots times experts; above, replicas of the right size are there without a second one on a GPU.
    private const int SmallEnoughToRepeat = 4096;

    private readonly GpuAssignment _plan;
    private readonly LocalSearch _search;
    private readonly PairedSlots? _pairs;
    private readonly PoolFilling? _unequal;    // null where all GPUs are equal
    private readonly LocalSearch? _repeating;
    private readonly int[] _start;
    private readonly bool _fixedCounts;
    private readonly double _totalSpeed;
    private readonly double _topSpeed;

    /// <summary>Makes the buffers for one pool.</summary>
    /// <param name="experts">Experts that live in the pool.</param>
    /// <param name="pool">The GPUs of the pool as a cluster, none of them excluded.</param>
    /// <param name="fixedCounts">True when the number of replicas of each expert is not to change.</param>
    public PoolRefinement(int experts, ClusterShape pool, bool fixedCounts = false)
    {
        _plan = new GpuAssignment(experts, pool.FirstSlots(), pool.Speeds());
        _search = new LocalSearch(_plan, fixedCounts);
        if (!fixedCounts && PairedSlots.Fits(_plan)) _pairs = new PairedSlots(_plan);
        _start = new int[_plan.SlotCount];
        if (!fixedCounts && (!pool.IsEven || !pool.IsOfOneSpeed))
        {
            _unequal = new PoolFilling(experts, pool);
            if ((long)experts * pool.ReplicaCount <= SmallEnoughToRepeat) _repeating = new LocalSearch(_plan, repeats: true);
        }

        _fixedCounts = fixedCounts;
        _totalSpeed = pool.TotalSpeed;
        _topSpeed = pool.TopSpeed;
    }

    /// <summary>Load of each expert of the pool; to be filled before the other members are used: [experts].</summary>
    public Span<double> Load => _plan.Load;

    /// <summary>Time that the slowest GPU cannot go below: the mean, or the largest replica on the fastest GPU.</summary>
    public double Bound() => Bound(ReplicaBound.Of(_plan.Load, _plan.SlotCount));

    /// <summary>The same where the counts of replicas, and so the largest replica, are fixed.</summary>
    /// <param name="largestReplica">Load of the largest replica.</param>
    public double Bound(double largestReplica)
    {
        double total = 0;
        foreach (double load in _plan.Load) total += load;
        return Math.Max(total / _totalSpeed, largestReplica / _topSpeed);
    }

    /// <summary>Refines a plan in place; it never ends with a slower slowest GPU than it starts with.</summary>
    /// <param name="experts">Expert in each slot: [slots].</param>
    /// <param name="bound">Time of the slowest GPU at which to stop.</param>
    /// <param name="cancellationToken">Stops between two changes.</param>
    /// <returns>Time of the slowest GPU.</returns>
    public double Refine(Span<int> experts, double bound, CancellationToken cancellationToken)
    {
        experts.CopyTo(_start);
        double slowest = RefineStart(bound, cancellationToken);
        _plan.Expert.AsSpan().CopyTo(experts);
        if (_unequal is null || IsAtGoal(slowest, bound)) return slowest;

        // Sizes that fit the GPUs lead far, but others may fit too, and few replicas may go together better by other counts, or with two of an expert on a slow GPU.
        if (_repeating is null && _unequal.TryPlanOtherSizes(_plan.Load, _start))
        {
            slowest = Keep(RefineStart(bound, cancellationToken), slowest, experts);
            if (IsAtGoal(slowest, bound)) return slowest;
        }

        _unequal.PlanGreedily(_plan.Load, _start);
        slowest = Keep(RefineStart(bound, cancellationToken), slowest, experts);
        _plan.Assign(_start);
        (_repeating ?? _search).Improve(bound, cancellationToken);
        return Keep(Slowest(), slowest, experts);
    }

    private bool IsAtGoal(double time, double bound) => time <= _search.GoalOf(bound) * (1 + GpuAssignment.Rounding);

    private double Keep(double time, double slowest, Span<int> experts)
    {
        if (time >= slowest) return slowest;
        _plan.Expert.AsSpan().CopyTo(experts);
        return time;
    }

    private double RefineStart(double bound, CancellationToken cancellationToken)
    {
        _plan.Assign(_start);
        double limit = Slowest() * (1 + GpuAssignment.Rounding);
        ReplicaSpread.Apply(_plan, cancellationToken, _fixedCounts);
        Improve(_pairs is null ? bound : PairUp(bound, cancellationToken), limit, cancellationToken);
        if (Slowest() > limit && !_fixedCounts)
        {
            _plan.Assign(_start);
            ReplicaSpread.Overwrite(_plan);
            Improve(bound, limit, cancellationToken);
        }

        if (Slowest() > limit)
        {
            // Two replicas on one GPU can be the better plan, if rarely: then refine without taking them apart.
            _plan.Assign(_start);
            _search.Improve(bound, cancellationToken);
        }

        return Slowest();
    }

    // To where the search ends, or beyond, to where it started from.
    private void Improve(double bound, double limit, CancellationToken cancellationToken) =>
        _search.ImproveTo(Math.Min(_search.GoalOf(bound), limit), cancellationToken);

    // What the best pairs reach is as good as a bound, unless the two replicas of a pair are of one expert.
    private double PairUp(double bound, CancellationToken cancellationToken)
    {
        double time = _pairs!.Improve(_search.GoalOf(bound), cancellationToken);
        ReplicaSpread.Apply(_plan, cancellationToken);
        return Math.Max(bound, time);
    }

    private double Slowest() => _plan.Time[_plan.HottestGpu()];
}
