namespace Eplb;

/// <summary>Lowers the time of one GPU by exchanging one or two of its experts without replicas with as many of another GPU.</summary>
/// <remarks>Such an expert brings all its load wherever it is, so no dispatch has a say: the loads of the two GPUs are all that changes.</remarks>
internal sealed class SingleExchange
{
    private readonly DispatchAssignment _plan;
    private readonly int[] _nodeOfGpu;
    private readonly bool _hasPairs;
    private readonly BestExchange _best;

    /// <summary>Makes the search of a plan, which it changes.</summary>
    /// <param name="plan">Plan to change.</param>
    /// <param name="nodeOfGpu">Slots are only exchanged between GPUs of the same number: [GPUs].</param>
    public SingleExchange(DispatchAssignment plan, int[] nodeOfGpu)
    {
        _plan = plan;
        _nodeOfGpu = nodeOfGpu;
        int slots = 0;
        for (int gpu = 0; gpu < plan.GpuLoad.Length; gpu++) slots = Math.Max(slots, plan.ExpertsOn(gpu).Length);
        _hasPairs = BestExchange.HasPairs(slots);
        _best = new BestExchange(slots, plan.Swap);
    }

    /// <summary>GPUs and pairs of sums looked at so far: the work done.</summary>
    public long Work { get; private set; }

    /// <summary>Makes the exchange that leaves the GPU and its partner with the lowest time of the slower one, if that is below the GPU's time now.</summary>
    /// <param name="gpu">GPU whose time is to fall.</param>
    /// <param name="width">Slots to exchange: 1 or 2.</param>
    public bool TryImprove(int gpu, int width)
    {
        if (width == 2 && !_hasPairs) return false;
        _best.Start(_plan.Time(gpu));
        Collect(_best.Mine, gpu, width);
        Work += _plan.GpuLoad.Length;
        for (int other = 0; other < _plan.GpuLoad.Length; other++)
        {
            if (other != gpu && _nodeOfGpu[other] == _nodeOfGpu[gpu]) Search(gpu, other, width);
        }

        return _best.TryApply();
    }

    private void Search(int gpu, int other, int width)
    {
        double load = _plan.GpuLoad[gpu], speed = _plan.Speed[gpu], otherLoad = _plan.GpuLoad[other], otherSpeed = _plan.Speed[other];
        if (!_best.CanGain(load, speed, otherLoad, otherSpeed)) return;
        Collect(_best.Theirs, other, width);
        Work += _best.Search(load, speed, otherLoad, otherSpeed);
    }

    private void Collect(SlotSums sums, int gpu, int width)
    {
        sums.Clear();
        int first = _plan.FirstSlot(gpu), end = first + _plan.ExpertsOn(gpu).Length;
        for (int slot = first; slot < end; slot++)
        {
            if (_plan.Count[_plan.Expert[slot]] > 1) continue;
            double load = _plan.Load[_plan.Expert[slot]];
            if (width == 1) sums.Add(load, slot);
            for (int other = slot + 1; width == 2 && other < end; other++)
            {
                if (_plan.Count[_plan.Expert[other]] == 1) sums.Add(load + _plan.Load[_plan.Expert[other]], slot, other);
            }
        }
    }
}
