namespace Eplb;

/// <summary>Lowers the time of one GPU by writing an expert that needs one more replica over a replica that its expert can spare.</summary>
/// <remarks>
/// The replicas that the giver keeps get larger, so every GPU that holds one gets slower: a slot can be given only when the slowest of
/// them stays below the time of the GPU that is to be helped. Either an expert of that GPU takes a slot elsewhere and so gets smaller
/// replicas, or a slot of the GPU itself goes to an expert with smaller ones.
/// </remarks>
internal sealed class ReplicaShift(GpuAssignment plan)
{
    private double _best;
    private int _bestSlot;
    private int _bestExpert;

    /// <summary>Replicas and experts looked at so far: the work done.</summary>
    public long Work { get; private set; }

    /// <summary>Makes the change that leaves the lowest time on the slowest of the GPUs that get slower and the GPU itself, if that is below its time now.</summary>
    /// <param name="gpu">GPU whose time is to fall.</param>
    public bool TryImprove(int gpu)
    {
        double time = plan.Time[gpu];
        _best = time * (1 - GpuAssignment.Rounding);
        _bestSlot = -1;
        for (int giver = 0; giver < plan.ExpertCount; giver++)
        {
            if (plan.Count[giver] >= 2) SearchSlotsOf(giver, gpu);
        }

        if (_bestSlot < 0) return false;
        int old = plan.Expert[_bestSlot];
        plan.Rewrite(_bestSlot, _bestExpert);
        if (plan.Time[plan.HottestGpu()] <= time) return true;
        // A GPU that holds the expert twice got slower than a look at one replica at a time could tell.
        plan.Rewrite(_bestSlot, old);
        return false;
    }

    private void SearchSlotsOf(int giver, int gpu)
    {
        double raise = (plan.Load[giver] / (plan.Count[giver] - 1)) - plan.Share[giver];
        double slowest = 0, second = 0;
        int slowestSlot = -1;
        for (int slot = plan.HeadOf(giver); slot >= 0; slot = plan.Next(slot))
        {
            int holder = plan.GpuOf[slot];
            double time = (plan.GpuLoad[holder] + raise) * plan.Pace[holder];
            if (time > slowest)
            {
                second = slowest;
                slowest = time;
                slowestSlot = slot;
            }
            else if (time > second)
            {
                second = time;
            }
        }

        Work += plan.Count[giver];
        for (int slot = plan.HeadOf(giver); slot >= 0; slot = plan.Next(slot))
        {
            double others = slot == slowestSlot ? second : slowest;
            if (others >= _best) continue;
            if (plan.GpuOf[slot] == gpu)
                FindSmallerReplica(slot, others);
            else
                FindExpertOf(gpu, slot, others);
        }
    }

    private void FindSmallerReplica(int slot, double others)
    {
        int gpu = plan.GpuOf[slot];
        double rest = plan.GpuLoad[gpu] - plan.SlotLoad[slot];
        Work += plan.ExpertCount;
        for (int expert = 0; expert < plan.ExpertCount; expert++)
        {
            double time = Math.Max(others, (rest + (plan.Load[expert] / (plan.Count[expert] + 1))) * plan.Pace[gpu]);
            if (time < _best && !plan.Holds(gpu, expert)) Note(time, slot, expert);
        }
    }

    private void FindExpertOf(int gpu, int slot, double others)
    {
        int holder = plan.GpuOf[slot];
        double rest = plan.GpuLoad[holder] - plan.SlotLoad[slot];
        Work += plan.SlotsOn(gpu);
        foreach (int expert in plan.ExpertsOn(gpu))
        {
            double share = plan.Load[expert] / (plan.Count[expert] + 1);
            double time = Math.Max(others, Math.Max(
                (plan.GpuLoad[gpu] - plan.Share[expert] + share) * plan.Pace[gpu], (rest + share) * plan.Pace[holder]));
            if (time < _best && !plan.Holds(holder, expert)) Note(time, slot, expert);
        }
    }

    private void Note(double time, int slot, int expert)
    {
        _best = time;
        _bestSlot = slot;
        _bestExpert = expert;
    }
}
