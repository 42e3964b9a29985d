namespace Eplb;

/// <summary>Lowers the time of one GPU by exchanging one or two of its slots with as many slots of another GPU.</summary>
/// <remarks>
/// Experts that live on both GPUs are left out, which keeps the replicas of an expert apart. The coolest partner comes first: what it
/// offers rules most others out, since no exchange leaves two GPUs below the time at which they are equal.
/// </remarks>
internal sealed class SlotExchange
{
    // More partners only cost time: this many hold a difference of nearly every size.
    private const int MaxPartners = 64;

    private readonly GpuAssignment _plan;
    private readonly BestExchange _best;
    private readonly int[] _singles;
    private int _turn;

    /// <summary>Makes the search of a plan, which it changes.</summary>
    /// <param name="plan">Plan to change.</param>
    public SlotExchange(GpuAssignment plan)
    {
        _plan = plan;
        int most = 0;
        for (int gpu = 0; gpu < plan.GpuCount; gpu++) most = Math.Max(most, plan.SlotsOn(gpu));
        _best = new BestExchange(most, plan.Swap);
        _singles = new int[most];
    }

    /// <summary>Pairs of sums looked at so far: the work done.</summary>
    public long Work { get; private set; }

    /// <summary>Forgets whose turn it is among many partners, so that a search does not depend on those before it.</summary>
    public void Restart() => _turn = 0;

    /// <summary>Makes the exchange that leaves the GPU and its partner with the lowest time of the slower one, if that is below the GPU's time now.</summary>
    /// <param name="gpu">GPU whose time is to fall.</param>
    /// <param name="width">Slots to exchange: 1 or 2.</param>
    public bool TryImprove(int gpu, int width)
    {
        if (width == 2 && !BestExchange.HasPairs(_plan.SlotsOn(gpu))) return false;
        _best.Start(_plan.Time[gpu]);
        int partners = Math.Min(_plan.GpuCount, MaxPartners);
        if (partners == _plan.GpuCount) _turn = 0;
        int coolest = Coolest(_turn, partners);
        Work += partners;
        if (coolest != gpu) Search(gpu, coolest, width);
        for (int i = 0; i < partners; i++)
        {
            int other = (_turn + i) % _plan.GpuCount;
            if (other != gpu && other != coolest) Search(gpu, other, width);
        }

        _turn = (_turn + partners) % _plan.GpuCount;
        return _best.TryApply();
    }

    private int Coolest(int first, int count)
    {
        int coolest = first;
        for (int i = 1; i < count; i++)
        {
            int gpu = (first + i) % _plan.GpuCount;
            if (_plan.Time[gpu] < _plan.Time[coolest]) coolest = gpu;
        }

        return coolest;
    }

    private void Search(int gpu, int other, int width)
    {
        double load = _plan.GpuLoad[gpu], speed = _plan.Speed[gpu], otherLoad = _plan.GpuLoad[other], otherSpeed = _plan.Speed[other];
        if (!_best.CanGain(load, speed, otherLoad, otherSpeed) || (width == 2 && !BestExchange.HasPairs(_plan.SlotsOn(other)))) return;
        Collect(_best.Mine, gpu, other, width);
        Collect(_best.Theirs, other, gpu, width);
        Work += _best.Search(load, speed, otherLoad, otherSpeed);
    }

    private void Collect(SlotSums sums, int from, int to, int width)
    {
        int singles = 0;
        for (int slot = _plan.FirstSlot[from]; slot < _plan.FirstSlot[from + 1]; slot++)
        {
            if (!_plan.Holds(to, _plan.Expert[slot])) _singles[singles++] = slot;
        }

        sums.Clear();
        for (int i = 0; i < singles; i++)
        {
            double load = _plan.SlotLoad[_singles[i]];
            if (width == 1) sums.Add(load, _singles[i]);
            for (int j = i + 1; width == 2 && j < singles; j++) sums.Add(load + _plan.SlotLoad[_singles[j]], _singles[i], _singles[j]);
        }
    }
}
