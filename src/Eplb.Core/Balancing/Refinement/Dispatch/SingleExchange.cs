namespace Eplb;

/// <summary>Lowers the time of one GPU by exchanging one or two of its experts without replicas with as many of another GPU.</summary>
/// <remarks>Such an expert brings all its load wherever it is, so no dispatch has a say: the loads of the two GPUs are all that changes.</remarks>
internal sealed class SingleExchange
{
    // Above this many slots on a GPU single slots already offer as many differences as pairs do below it.
    private const int MaxSlotsForPairs = 24;

    private readonly DispatchAssignment _plan;
    private readonly int[] _nodeOfGpu;
    private readonly bool _hasPairs;
    private readonly Sums _mine;
    private readonly Sums _theirs;
    private double _best;
    private int _slot1, _slot2, _other1, _other2;

    /// <summary>Makes the search of a plan, which it changes.</summary>
    /// <param name="plan">Plan to change.</param>
    /// <param name="nodeOfGpu">Slots are only exchanged between GPUs of the same number: [GPUs].</param>
    public SingleExchange(DispatchAssignment plan, int[] nodeOfGpu)
    {
        _plan = plan;
        _nodeOfGpu = nodeOfGpu;
        int slots = 0;
        for (int gpu = 0; gpu < plan.GpuLoad.Length; gpu++) slots = Math.Max(slots, plan.ExpertsOn(gpu).Length);
        _hasPairs = slots is > 1 and <= MaxSlotsForPairs;
        int sums = _hasPairs ? Math.Max(slots, slots * (slots - 1) / 2) : slots;
        _mine = new Sums(sums);
        _theirs = new Sums(sums);
    }

    /// <summary>GPUs and pairs of sums looked at so far: the work done.</summary>
    public long Work { get; private set; }

    /// <summary>Makes the exchange that leaves the GPU and its partner with the lowest time of the slower one, if that is below the GPU's time now.</summary>
    /// <param name="gpu">GPU whose time is to fall.</param>
    /// <param name="width">Slots to exchange: 1 or 2.</param>
    public bool TryImprove(int gpu, int width)
    {
        if (width == 2 && !_hasPairs) return false;
        _best = _plan.Time(gpu) * (1 - GpuAssignment.Rounding);
        _slot1 = -1;
        _mine.Collect(_plan, gpu, width);
        Work += _plan.GpuLoad.Length;
        for (int other = 0; other < _plan.GpuLoad.Length; other++)
        {
            if (other != gpu && _nodeOfGpu[other] == _nodeOfGpu[gpu]) Search(gpu, other, width);
        }

        if (_slot1 < 0) return false;
        _plan.Swap(_slot1, _other1);
        if (width == 2) _plan.Swap(_slot2, _other2);
        return true;
    }

    private void Search(int gpu, int other, int width)
    {
        double load = _plan.GpuLoad[gpu], speed = _plan.Speed[gpu];
        double otherLoad = _plan.GpuLoad[other], otherSpeed = _plan.Speed[other];
        if (load + otherLoad >= _best * (speed + otherSpeed)) return;
        _theirs.Collect(_plan, other, width);
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

    /// <summary>The loads that one GPU can give: of one expert without replicas each, or of two.</summary>
    private sealed class Sums(int capacity)
    {
        public double[] Load { get; } = new double[capacity];

        public int[] First { get; } = new int[capacity];

        public int[] Second { get; } = new int[capacity];

        public int Count { get; private set; }

        public void Collect(DispatchAssignment plan, int gpu, int width)
        {
            Count = 0;
            int first = plan.FirstSlot(gpu), end = first + plan.ExpertsOn(gpu).Length;
            for (int slot = first; slot < end; slot++)
            {
                if (plan.Count[plan.Expert[slot]] > 1) continue;
                if (width == 1) Note(plan.Load[plan.Expert[slot]], slot, -1);
                for (int other = slot + 1; width == 2 && other < end; other++)
                {
                    if (plan.Count[plan.Expert[other]] == 1) Note(plan.Load[plan.Expert[slot]] + plan.Load[plan.Expert[other]], slot, other);
                }
            }
        }

        private void Note(double load, int slot, int other)
        {
            Load[Count] = load;
            First[Count] = slot;
            Second[Count++] = other;
        }
    }
}
