namespace Eplb;

/// <summary>Lowers the time of one GPU by exchanging one or two of its slots with as many slots of another GPU.</summary>
/// <remarks>
/// With x the load that the exchange brings, the two GPUs end below a time t exactly when x lies in an interval; so the search holds
/// the interval of the best exchange so far and asks of each pair of sums whether their difference falls into it. Experts that live
/// on both GPUs are left out, which keeps the replicas of an expert apart. The coolest partner comes first: what it offers rules most
/// others out, since no exchange leaves two GPUs below the time at which they are equal.
/// </remarks>
internal sealed class SlotExchange
{
    // More partners only cost time: this many hold a difference of nearly every size.
    private const int MaxPartners = 64;

    // Above this many slots on a GPU single slots already offer as many differences as pairs do below it.
    private const int MaxSlotsForPairs = 24;

    private readonly GpuAssignment _plan;
    private Sums _mine;
    private Sums _theirs;
    private int _turn;
    private double _best;
    private int _slot1, _slot2, _other1, _other2;

    /// <summary>Makes the search of a plan, which it changes.</summary>
    /// <param name="plan">Plan to change.</param>
    public SlotExchange(GpuAssignment plan)
    {
        _plan = plan;
        int most = 0;
        for (int gpu = 0; gpu < plan.GpuCount; gpu++) most = Math.Max(most, plan.SlotsOn(gpu));
        int sums = most <= MaxSlotsForPairs ? Math.Max(most, most * (most - 1) / 2) : most;
        _mine = new Sums(sums);
        _theirs = new Sums(sums);
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
        if (width == 2 && _plan.SlotsOn(gpu) > MaxSlotsForPairs) return false;
        _best = _plan.Time[gpu] * (1 - GpuAssignment.Rounding);
        _slot1 = -1;
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
        if (_slot1 < 0) return false;
        _plan.Swap(_slot1, _other1);
        if (width == 2) _plan.Swap(_slot2, _other2);
        return true;
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
        double load = _plan.GpuLoad[gpu], speed = _plan.Speed[gpu];
        double otherLoad = _plan.GpuLoad[other], otherSpeed = _plan.Speed[other];
        if (load + otherLoad >= _best * (speed + otherSpeed)) return;
        if (width == 2 && _plan.SlotsOn(other) > MaxSlotsForPairs) return;
        _mine.Collect(_plan, gpu, other, width);
        _theirs.Collect(_plan, other, gpu, width);
        Work += (long)_mine.Count * _theirs.Count;
        double high = (_best * speed) - load, low = otherLoad - (_best * otherSpeed);
        for (int i = 0; i < _mine.Count; i++)
        {
            double mine = _mine.Load[i];
            ReadOnlySpan<double> theirs = _theirs.Load.AsSpan(0, _theirs.Count);
            for (int j = 0; j < theirs.Length; j++)
            {
                double change = theirs[j] - mine;
                if (change >= high || change <= low) continue;
                _best = Math.Max((load + change) / speed, (otherLoad - change) / otherSpeed);
                high = (_best * speed) - load;
                low = otherLoad - (_best * otherSpeed);
                _slot1 = _mine.First[i];
                _slot2 = _mine.Second[i];
                _other1 = _theirs.First[j];
                _other2 = _theirs.Second[j];
            }
        }
    }

    /// <summary>The loads that one GPU can give to another: of one slot each, or of two.</summary>
    private struct Sums(int capacity)
    {
        public readonly double[] Load = new double[capacity];
        public readonly int[] First = new int[capacity];
        public readonly int[] Second = new int[capacity];

        public int Count { get; private set; }

        public void Collect(GpuAssignment plan, int from, int to, int width)
        {
            int singles = 0;
            for (int slot = plan.FirstSlot[from]; slot < plan.FirstSlot[from + 1]; slot++)
            {
                if (plan.Holds(to, plan.Expert[slot])) continue;
                Load[singles] = plan.SlotLoad[slot];
                First[singles++] = slot;
            }

            Count = singles;
            if (width == 2) Pair(plan, singles);
        }

        private void Pair(GpuAssignment plan, int singles)
        {
            Count = 0;
            Span<int> slots = stackalloc int[MaxSlotsForPairs];
            First.AsSpan(0, singles).CopyTo(slots);
            for (int i = 0; i < singles; i++)
            {
                for (int j = i + 1; j < singles; j++)
                {
                    Load[Count] = plan.SlotLoad[slots[i]] + plan.SlotLoad[slots[j]];
                    First[Count] = slots[i];
                    Second[Count++] = slots[j];
                }
            }
        }
    }
}
