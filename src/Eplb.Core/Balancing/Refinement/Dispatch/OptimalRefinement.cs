namespace Eplb;

/// <summary>Improves a plan for the best split of loads over replicas that there is.</summary>
/// <remarks>
/// With the loads of all slots as the best split has them, a slot of a slowest GPU is exchanged with one of a GPU that is not, so that
/// both end below; the split of the new plan can only be better. The same for a replica that the split leaves without load: an expert of
/// a slowest GPU is of more use there. Between two changes the split is made anew.
/// </remarks>
internal sealed class OptimalRefinement
{
    private const double Tolerance = 1e-4;
    private const int MaxRounds = 200;
    private const int RoundsTimesSlots = 400_000;

    // Of many slowest GPUs the first are looked at: one that gets faster lets the split relieve the others.
    private const int MaxHottest = 32;

    // Differences below this are rounding of the split.
    private const double Negligible = 1e-9;

    private readonly ClusterShape _shape;
    private readonly int[] _nodeOfGpu;
    private readonly int[]? _nodeOfExpert;
    private readonly double[] _slotLoad;
    private readonly double[] _time;      // [GPUs]: load over speed
    private int[] _expert;
    private OptimalDispatch _dispatch = new(CancellationToken.None);
    private int _slot, _other;

    /// <summary>Makes the buffers.</summary>
    /// <param name="shape">Cluster without excluded GPUs.</param>
    /// <param name="nodeOfGpu">Slots are only exchanged between GPUs of the same number: [GPUs].</param>
    /// <param name="nodeOfExpert">The number that each expert's GPUs have, or null where no expert gets or loses replicas: [experts].</param>
    public OptimalRefinement(ClusterShape shape, int[] nodeOfGpu, int[]? nodeOfExpert)
    {
        _shape = shape;
        _nodeOfGpu = nodeOfGpu;
        _nodeOfExpert = nodeOfExpert;
        _slotLoad = new double[shape.ReplicaCount];
        _time = new double[shape.GpuCount];
        _expert = [];
    }

    /// <summary>Improves a plan in place.</summary>
    /// <param name="load">Load of each logical expert: [experts].</param>
    /// <param name="physicalToLogical">Logical expert in each slot: [slots].</param>
    /// <param name="bound">Time of a GPU that no plan can go below; the search stops there.</param>
    /// <param name="cancellationToken">Stops between two changes.</param>
    public void Refine(double[] load, Span<int> physicalToLogical, double bound, CancellationToken cancellationToken)
    {
        _dispatch = new OptimalDispatch(cancellationToken);
        double peak = Split(physicalToLogical.ToArray(), load);
        int rounds = Math.Min(MaxRounds, Math.Max(1, RoundsTimesSlots / physicalToLogical.Length));
        for (int round = 0; round < rounds && peak > bound * (1 + Tolerance); round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] next = (int[])_expert.Clone();
            if (FindExchange(peak, cancellationToken))
                (next[_slot], next[_other]) = (next[_other], next[_slot]);
            else if (FindUnused(peak, cancellationToken))
                next[_slot] = _expert[_other];
            else
                break;

            int hottest = Hottest(peak);
            double changed = Split(next, load);
            if (changed > peak * (1 - Negligible) && (changed > peak * (1 + GpuAssignment.Rounding) || Hottest(peak) >= hottest)) break;
            peak = changed;
            next.AsSpan().CopyTo(physicalToLogical);
        }
    }

    private bool IsHottest(int gpu, double peak) => _time[gpu] > peak * (1 - Negligible);

    private int Hottest(double peak)
    {
        int count = 0;
        for (int gpu = 0; gpu < _time.Length; gpu++) count += IsHottest(gpu, peak) ? 1 : 0;
        return count;
    }

    private double Split(int[] expert, double[] load)
    {
        _expert = expert;
        _dispatch.Share(LayerPlacement.Create(0, expert, load.Length), load, _shape, _slotLoad);
        _time.AsSpan().Clear();
        for (int slot = 0; slot < _slotLoad.Length; slot++) _time[_shape.GpuOf(slot)] += _slotLoad[slot];
        for (int gpu = 0; gpu < _time.Length; gpu++) _time[gpu] /= _shape.SpeedOf(gpu);
        return _time.Max();
    }

    // The exchange of a slowest GPU with another one that leaves the two with the lowest time of the slower one.
    private bool FindExchange(double peak, CancellationToken cancellationToken)
    {
        double best = peak * (1 - Negligible);
        int hottest = -1, seen = 0;
        _slot = -1;
        for (int slot = 0; slot < _expert.Length; slot++)
        {
            int gpu = _shape.GpuOf(slot);
            if (!IsHottest(gpu, peak)) continue;
            if (gpu != hottest && ++seen > MaxHottest) break;
            hottest = gpu;
            cancellationToken.ThrowIfCancellationRequested();
            for (int other = 0; other < _expert.Length; other++)
            {
                int holder = _shape.GpuOf(other);
                double change = _slotLoad[slot] - _slotLoad[other];
                double time = Math.Max(_time[gpu] - (change / _shape.SpeedOf(gpu)), _time[holder] + (change / _shape.SpeedOf(holder)));
                if (time >= best || holder == gpu || _nodeOfGpu[holder] != _nodeOfGpu[gpu]) continue;
                if (Holds(holder, _expert[slot]) || Holds(gpu, _expert[other])) continue;
                best = time;
                _slot = slot;
                _other = other;
            }
        }

        return _slot >= 0;
    }

    // A replica without load on the GPU with the least to do, and the expert that loads a slowest GPU most.
    private bool FindUnused(double peak, CancellationToken cancellationToken)
    {
        _slot = -1;
        if (_nodeOfExpert is null) return false;
        for (int slot = 0; slot < _expert.Length; slot++)
        {
            int gpu = _shape.GpuOf(slot);
            if (_slotLoad[slot] > 0 || IsHottest(gpu, peak) || (_slot >= 0 && _time[gpu] >= _time[_shape.GpuOf(_slot)])) continue;
            if (Array.IndexOf(_expert, _expert[slot]) == Array.LastIndexOf(_expert, _expert[slot])) continue;
            cancellationToken.ThrowIfCancellationRequested();
            int other = FindTaker(gpu, peak);
            if (other < 0) continue;
            _slot = slot;
            _other = other;
        }

        return _slot >= 0;
    }

    private int FindTaker(int gpu, double peak)
    {
        int taker = -1;
        for (int slot = 0; slot < _expert.Length; slot++)
        {
            if (!IsHottest(_shape.GpuOf(slot), peak) || _nodeOfExpert![_expert[slot]] != _nodeOfGpu[gpu] || Holds(gpu, _expert[slot])) continue;
            if (taker < 0 || _slotLoad[slot] > _slotLoad[taker]) taker = slot;
        }

        return taker;
    }

    private bool Holds(int gpu, int expert) => _expert.AsSpan(_shape.FirstSlotOf(gpu), _shape.SlotsOn(gpu)).IndexOf(expert) >= 0;
}
