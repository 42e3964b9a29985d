namespace Eplb;

/// <summary>Lowers the time of the slowest GPU where GPUs may hold an expert twice: then any slot may hold any expert.</summary>
internal sealed class DuplicateShift(GpuAssignment plan)
{
    /// <summary>Replicas whose load was changed so far: the work done.</summary>
    public long Work { get; private set; }

    /// <summary>True where no plan can do without two replicas of an expert on one GPU.</summary>
    /// <param name="plan">The plan.</param>
    public static bool Fits(GpuAssignment plan)
    {
        for (int gpu = 0; gpu < plan.GpuCount; gpu++)
        {
            if (plan.SlotsOn(gpu) > plan.ExpertCount) return true;
        }

        return false;
    }

    /// <summary>Makes the change of one slot that leaves the slowest GPU with the lowest time, if that is below its time now.</summary>
    public bool TryImprove()
    {
        double best = plan.Time[plan.HottestGpu()] * (1 - GpuAssignment.Rounding);
        int bestSlot = -1, bestExpert = -1;
        for (int slot = 0; slot < plan.SlotCount; slot++)
        {
            int old = plan.Expert[slot];
            if (plan.Count[old] < 2) continue;
            for (int expert = 0; expert < plan.ExpertCount; expert++)
            {
                if (expert == old) continue;
                Work += plan.Count[old] + plan.Count[expert];
                plan.Rewrite(slot, expert);
                double time = plan.Time[plan.HottestGpu()];
                plan.Rewrite(slot, old);
                if (time >= best) continue;
                best = time;
                bestSlot = slot;
                bestExpert = expert;
            }
        }

        if (bestSlot < 0) return false;
        plan.Rewrite(bestSlot, bestExpert);
        return true;
    }
}
