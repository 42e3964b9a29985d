namespace Eplb;

/// <summary>Improves a plan for the best split of loads over replicas that there is.</summary>
/// <remarks>
/// With the loads of all slots as the best split has them, a slot of a slowest GPU is exchanged with one of a GPU that is not, so that
/// both end below; the split of the new plan can only be better. The same for a replica that the split leaves without load: an expert of
/// a slowest GPU is of more use there. Between two changes the split is made anew. Where neither helps, changes that look worse by the
/// loads of the old split are tried, the most promising first: experts that come together let the new split do what the old one could not.
/// </remarks>
internal sealed class OptimalRefinement
{
    private const int MaxSplits = 200;
    private const int SplitsTimesSlots = 400_000;

    private const int MaxHottest = 32;

    // Differences below this are rounding of the split.
    private const double Negligible = 1e-9;

    private readonly ClusterShape _shape;
    private readonly int[] _nodeOfGpu;
    private readonly int[]? _nodeOfExpert;
    private readonly List<Change> _others = [];
    private double[] _slotLoad, _slotLoadBefore;
    private double[] _time, _timeBefore;  // [GPUs]: load over speed
    private double[] _load = [];
    private int[] _expert = [];
    private OptimalDispatch _dispatch = new(CancellationToken.None);
    private double _peak;
    private int _splits;

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
        _slotLoadBefore = new double[shape.ReplicaCount];
        _time = new double[shape.GpuCount];
        _timeBefore = new double[shape.GpuCount];
    }

    /// <summary>Improves a plan in place.</summary>
    /// <param name="load">Load of each logical expert: [experts].</param>
    /// <param name="physicalToLogical">Logical expert in each slot: [slots].</param>
    /// <param name="goal">Time of the slowest GPU at which to stop.</param>
    /// <param name="cancellationToken">Stops between two changes.</param>
    /// <returns>Time of the slowest GPU.</returns>
    public double Refine(double[] load, Span<int> physicalToLogical, double goal, CancellationToken cancellationToken)
    {
        _dispatch = new OptimalDispatch(cancellationToken);
        _load = load;
        _peak = Split(physicalToLogical.ToArray());
        _splits = Math.Min(MaxSplits, Math.Max(1, SplitsTimesSlots / physicalToLogical.Length));
        while (_peak > goal && TryImprove(cancellationToken)) _expert.AsSpan().CopyTo(physicalToLogical);
        return _peak;
    }

    private bool TryImprove(CancellationToken cancellationToken)
    {
        Change? best = FindExchange(cancellationToken) ?? FindUnused(cancellationToken);
        if (best is not null && Try(best.Value)) return true;
        FindOthers(cancellationToken);
        return _others.Exists(Try);
    }

    // Makes a change, if it leaves less time to the slowest GPU, or the same to fewer of them.
    private bool Try(Change change)
    {
        if (_splits-- <= 0) return false;
        int hottest = Hottest();
        int[] before = _expert;
        (_slotLoad, _slotLoadBefore, _time, _timeBefore) = (_slotLoadBefore, _slotLoad, _timeBefore, _time);
        double peak = Split(change.Of(before));
        if (peak <= _peak * (1 - Negligible) || (peak <= _peak * (1 + GpuAssignment.Rounding) && Hottest() < hottest))
        {
            _peak = peak;
            return true;
        }

        _expert = before;
        (_slotLoad, _slotLoadBefore, _time, _timeBefore) = (_slotLoadBefore, _slotLoad, _timeBefore, _time);
        return false;
    }

    private bool IsHottest(int gpu) => _time[gpu] > _peak * (1 - Negligible);

    private int Hottest()
    {
        int count = 0;
        for (int gpu = 0; gpu < _time.Length; gpu++) count += IsHottest(gpu) ? 1 : 0;
        return count;
    }

    private double Split(int[] expert)
    {
        _expert = expert;
        _dispatch.Share(LayerPlacement.Create(0, expert, _load.Length), _load, _shape, _slotLoad);
        _time.AsSpan().Clear();
        for (int slot = 0; slot < _slotLoad.Length; slot++) _time[_shape.GpuOf(slot)] += _slotLoad[slot];
        for (int gpu = 0; gpu < _time.Length; gpu++) _time[gpu] /= _shape.SpeedOf(gpu);
        return _time.Max();
    }

    // The exchange of a slowest GPU with another one that leaves the two with the lowest time of the slower one.
    private Change? FindExchange(CancellationToken cancellationToken)
    {
        Change? best = null;
        double limit = _peak * (1 - Negligible);
        foreach (int slot in HotSlots())
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int other = 0; other < _expert.Length; other++)
            {
                double time = TimeOfExchange(slot, other);
                if (time >= limit || !MayExchange(slot, other)) continue;
                limit = time;
                best = new Change(slot, other, Expert: -1, time);
            }
        }

        return best;
    }

    // Changes that bring a slowest GPU and another together: as many as may be tried, those that look best first.
    private void FindOthers(CancellationToken cancellationToken)
    {
        _others.Clear();
        foreach (int slot in HotSlots())
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int other = 0; other < _expert.Length; other++)
            {
                int holder = _shape.GpuOf(other);
                if (IsHottest(holder)) continue;
                double time = TimeOfExchange(slot, other);
                if (IsWanted(time) && MayExchange(slot, other)) Keep(new Change(slot, other, Expert: -1, time));
                time = TimeOfRewrite(slot, other);
                if (IsWanted(time) && MayTake(holder, slot) && HasOther(other)) Keep(new Change(other, Other: -1, _expert[slot], time));
            }
        }
    }

    private bool IsWanted(double time) => _others.Count < _splits || (_splits > 0 && time < _others[_others.Count - 1].Time);

    private void Keep(Change change)
    {
        int place = _others.Count;
        while (place > 0 && change.Time < _others[place - 1].Time) place--;
        _others.Insert(place, change);
        if (_others.Count > _splits) _others.RemoveAt(_splits);
    }

    // Of many slowest GPUs the first are looked at: one that gets faster lets the split relieve the others.
    private IEnumerable<int> HotSlots() => Enumerable.Range(0, _time.Length).Where(IsHottest).Take(MaxHottest)
        .SelectMany(gpu => Enumerable.Range(_shape.FirstSlotOf(gpu), _shape.SlotsOn(gpu)));

    private double TimeOfExchange(int slot, int other)
    {
        int gpu = _shape.GpuOf(slot), holder = _shape.GpuOf(other);
        double change = _slotLoad[slot] - _slotLoad[other];
        return Math.Max(_time[gpu] - (change / _shape.SpeedOf(gpu)), _time[holder] + (change / _shape.SpeedOf(holder)));
    }

    // As far as anyone can tell, half of the load goes to the new replica.
    private double TimeOfRewrite(int slot, int other)
    {
        int gpu = _shape.GpuOf(slot), holder = _shape.GpuOf(other);
        double half = _slotLoad[slot] / 2;
        return Math.Max(_time[gpu] - (half / _shape.SpeedOf(gpu)), _time[holder] + ((half - _slotLoad[other]) / _shape.SpeedOf(holder)));
    }

    private bool MayExchange(int slot, int other)
    {
        int gpu = _shape.GpuOf(slot), holder = _shape.GpuOf(other);
        return holder != gpu && _nodeOfGpu[holder] == _nodeOfGpu[gpu] && !Holds(holder, _expert[slot]) && !Holds(gpu, _expert[other]);
    }

    // A replica without load on the GPU with the least to do, and the expert that loads a slowest GPU most.
    private Change? FindUnused(CancellationToken cancellationToken)
    {
        Change? best = null;
        if (_nodeOfExpert is null) return best;
        for (int slot = 0; slot < _expert.Length; slot++)
        {
            int gpu = _shape.GpuOf(slot);
            if (_slotLoad[slot] > 0 || IsHottest(gpu) || _time[gpu] >= (best?.Time ?? double.PositiveInfinity) || !HasOther(slot)) continue;
            cancellationToken.ThrowIfCancellationRequested();
            int other = FindTaker(gpu);
            if (other >= 0) best = new Change(slot, Other: -1, _expert[other], _time[gpu]);
        }

        return best;
    }

    private int FindTaker(int gpu)
    {
        int taker = -1;
        for (int slot = 0; slot < _expert.Length; slot++)
        {
            if (IsHottest(_shape.GpuOf(slot)) && MayTake(gpu, slot) && (taker < 0 || _slotLoad[slot] > _slotLoad[taker])) taker = slot;
        }

        return taker;
    }

    private bool MayTake(int gpu, int slot) => _nodeOfExpert is not null && _nodeOfExpert[_expert[slot]] == _nodeOfGpu[gpu] && !Holds(gpu, _expert[slot]);

    private bool HasOther(int slot) => Array.IndexOf(_expert, _expert[slot]) != Array.LastIndexOf(_expert, _expert[slot]);

    private bool Holds(int gpu, int expert) => _expert.AsSpan(_shape.FirstSlotOf(gpu), _shape.SlotsOn(gpu)).IndexOf(expert) >= 0;

    /// <summary>A change of one slot or two.</summary>
    /// <param name="Slot">The slot.</param>
    /// <param name="Other">Slot to exchange it with, or -1 where an expert is written over what is there.</param>
    /// <param name="Expert">That expert.</param>
    /// <param name="Time">Time of the slower GPU by the loads of the split before; of an unused slot, that of its GPU.</param>
    private readonly record struct Change(int Slot, int Other, int Expert, double Time)
    {
        public int[] Of(int[] experts)
        {
            int[] changed = (int[])experts.Clone();
            if (Other >= 0)
                (changed[Slot], changed[Other]) = (changed[Other], changed[Slot]);
            else
                changed[Slot] = Expert;
            return changed;
        }
    }
}
