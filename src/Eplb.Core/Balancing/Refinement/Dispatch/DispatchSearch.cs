namespace Eplb;

/// <summary>Improves a plan under a server's dispatch until the slowest GPU is at its goal, nothing helps any more, or the work limit is reached.</summary>
/// <remarks>
/// Works on the slowest GPU, as the search for even shares does: exchanges of experts without replicas come first, since they cost
/// little to look at; then exchanges of replicas, which change whom the dispatch finds first; then other experts in their slots. Where
/// none of these helps, a few changes at random, from a fixed seed, lead to another start; one that ends worse is taken back.
/// </remarks>
internal sealed class DispatchSearch
{
    private const double Progress = 1e-4;
    private const double MaxThreshold = 0.02;

    // Work that may pass without progress, how many times that in all, and the most of it: a second or two for the largest plans.
    private const long PatiencePerSlot = 10_000;
    private const int MaxPatience = 20;
    private const long MostWork = 400_000_000;

    // Sharing an expert out over one more GPU takes about as long as looking at this many sums.
    private const int WorkPerGpu = 8;

    private readonly DispatchAssignment _plan;
    private readonly int[] _nodeOfGpu;
    private readonly int[]? _nodeOfExpert;
    private readonly SingleExchange _singles;
    private readonly ReplicaChange _replicas;
    private readonly int[] _current;
    private readonly int[] _best;
    private long _limit, _kicks;
    private CancellationToken _cancellation;
    private StepRandom _random;

    /// <summary>Makes the search of a plan, which it changes.</summary>
    /// <param name="plan">Plan to change.</param>
    /// <param name="nodeOfGpu">Slots are only exchanged between GPUs of the same number: [GPUs].</param>
    /// <param name="nodeOfExpert">The number that each expert's GPUs have, or null where no expert gets or loses replicas: [experts].</param>
    public DispatchSearch(DispatchAssignment plan, int[] nodeOfGpu, int[]? nodeOfExpert)
    {
        _plan = plan;
        _nodeOfGpu = nodeOfGpu;
        _nodeOfExpert = nodeOfExpert;
        _singles = new SingleExchange(plan, nodeOfGpu);
        _replicas = new ReplicaChange(plan, nodeOfGpu, nodeOfExpert, IsOver);
        _current = new int[plan.Expert.Length];
        _best = new int[plan.Expert.Length];
    }

    private long Work => _singles.Work + (WorkPerGpu * (_plan.Work + _replicas.Work + _kicks));

    /// <summary>Improves the plan; it never ends with a slower slowest GPU than it starts with.</summary>
    /// <param name="goal">Time of the slowest GPU at which to stop.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <returns>Time of the slowest GPU.</returns>
    public double Improve(double goal, CancellationToken cancellationToken)
    {
        long patience = PatiencePerSlot * _plan.Expert.Length, last = Work + Math.Min(MostWork, MaxPatience * patience);
        _limit = last;
        _cancellation = cancellationToken;
        _random = default;
        Keep(_best);
        double best = Peak;
        double current = Descend(goal, chains: true);
        Keep(_current);
        if (current < best)
        {
            best = current;
            Keep(_best);
        }

        _limit = Math.Min(last, Work + patience);
        while (best > goal && !IsOver())
        {
            Kick();
            double time = Descend(goal, chains: false);
            if (time > current * (1 + (MaxThreshold * (_limit - Work) / patience)))
            {
                _plan.Assign(_current);
                continue;
            }

            current = time;
            Keep(_current);
            if (time >= best) continue;
            if (time < best * (1 - Progress)) _limit = Math.Min(last, Work + patience);
            best = time;
            Keep(_best);
        }

        _plan.Assign(_best);
        return Peak;
    }

    private double Peak => _plan.Time(_plan.HottestGpu());

    private bool IsOver()
    {
        _cancellation.ThrowIfCancellationRequested();
        return Work >= _limit;
    }

    private void Keep(int[] experts) => _plan.Expert.AsSpan().CopyTo(experts);

    private double Descend(double goal, bool chains)
    {
        while (true)
        {
            int hottest = _plan.HottestGpu();
            if (_plan.Time(hottest) <= goal || IsOver()) return _plan.Time(hottest);
            if (_singles.TryImprove(hottest, 1) || _replicas.TryExchange(hottest) || _replicas.TryRewrite(hottest)) continue;
            if (_singles.TryImprove(hottest, 2) || (chains && _replicas.TryChain(hottest))) continue;
            return _plan.Time(hottest);
        }
    }

    private void Kick()
    {
        for (int changes = 1 + _random.Below(4); changes > 0; changes--)
        {
            bool rewrite = _nodeOfExpert is not null && _random.Below(2) == 0;
            for (int tries = 64; tries > 0; tries--)
            {
                _kicks++;
                if (rewrite ? KickReplica() : KickSlots()) break;
            }
        }
    }

    // Half of the replicas are for experts of the slowest GPU. An expert that has no other slot moves to one that a replica can spare.
    private bool KickReplica()
    {
        int slot = _random.Below(_plan.Expert.Length), hottest = _plan.HottestGpu();
        int expert = _random.Below(2) == 0
            ? _plan.Expert[_random.Below(_plan.Expert.Length)]
            : _plan.Expert[_plan.FirstSlot(hottest) + _random.Below(_plan.ExpertsOn(hottest).Length)];
        if (!MayTake(slot, expert)) return false;
        if (_plan.Count[_plan.Expert[slot]] < 2)
        {
            int spare = _random.Below(_plan.Expert.Length);
            if (_plan.Count[_plan.Expert[spare]] < 2 || !MayTake(spare, _plan.Expert[slot])) return false;
            _plan.Rewrite(spare, _plan.Expert[slot]);
        }

        _plan.Rewrite(slot, expert);
        return true;
    }

    private bool MayTake(int slot, int expert) => _nodeOfExpert![expert] == _nodeOfGpu[_plan.GpuOf[slot]] && !_plan.Holds(_plan.GpuOf[slot], expert);

    private bool KickSlots()
    {
        int slot = _random.Below(_plan.Expert.Length), other = _random.Below(_plan.Expert.Length);
        int gpu = _plan.GpuOf[slot], holder = _plan.GpuOf[other];
        if (_nodeOfGpu[gpu] != _nodeOfGpu[holder] || _plan.Holds(holder, _plan.Expert[slot]) || _plan.Holds(gpu, _plan.Expert[other])) return false;
        _plan.Swap(slot, other);
        return true;
    }
}
