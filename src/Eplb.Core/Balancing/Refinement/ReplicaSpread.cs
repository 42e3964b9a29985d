namespace Eplb;

/// <summary>Moves replicas of one expert that share a GPU to different GPUs, where the second one is of use.</summary>
internal static class ReplicaSpread
{
    /// <summary>Takes apart all replicas that share a GPU, as far as there are GPUs without the expert.</summary>
    /// <param name="plan">Plan to change.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <param name="fixedCounts">True when an expert with more replicas than GPUs keeps them.</param>
    public static void Apply(GpuAssignment plan, CancellationToken cancellationToken, bool fixedCounts = false)
    {
        for (int slot = 0; slot < plan.SlotCount; slot++)
        {
            if (!IsDuplicate(plan, slot)) continue;
            cancellationToken.ThrowIfCancellationRequested();
            if (!TrySwap(plan, slot) && !fixedCounts) GiveToLargest(plan, slot);
        }
    }

    /// <summary>Writes the smallest replicas there are over those that share a GPU with another one of their expert.</summary>
    /// <remarks>Two replicas of two on one GPU are as good as none: this way out leaves the GPU loads nearly as they are.</remarks>
    /// <param name="plan">Plan to change.</param>
    public static void Overwrite(GpuAssignment plan)
    {
        for (int slot = 0; slot < plan.SlotCount; slot++)
        {
            if (IsDuplicate(plan, slot)) GiveToSmallest(plan, slot);
        }
    }

    private static bool IsDuplicate(GpuAssignment plan, int slot)
    {
        int first = plan.FirstSlot[plan.GpuOf[slot]];
        return plan.Expert.AsSpan(first, slot - first).IndexOf(plan.Expert[slot]) >= 0;
    }

    // The exchange that leaves the slower of the two GPUs with the lowest time, whether or not that is lower than before.
    private static bool TrySwap(GpuAssignment plan, int slot)
    {
        int gpu = plan.GpuOf[slot], expert = plan.Expert[slot], best = -1;
        double bestTime = double.PositiveInfinity;
        for (int other = 0; other < plan.GpuCount; other++)
        {
            if (other == gpu || plan.Holds(other, expert)) continue;
            for (int theirs = plan.FirstSlot[other]; theirs < plan.FirstSlot[other + 1]; theirs++)
            {
                double change = plan.SlotLoad[theirs] - plan.SlotLoad[slot];
                double time = Math.Max((plan.GpuLoad[gpu] + change) * plan.Pace[gpu], (plan.GpuLoad[other] - change) * plan.Pace[other]);
                if (time >= bestTime || plan.Holds(gpu, plan.Expert[theirs])) continue;
                bestTime = time;
                best = theirs;
            }
        }

        if (best < 0) return false;
        plan.Swap(slot, best);
        return true;
    }

    // Every GPU has the expert already: the slot is of more use to the expert whose replicas are the largest.
    private static void GiveToLargest(GpuAssignment plan, int slot)
    {
        int best = -1;
        for (int expert = 0; expert < plan.ExpertCount; expert++)
        {
            if ((best < 0 || plan.Share[expert] > plan.Share[best]) && !plan.Holds(plan.GpuOf[slot], expert)) best = expert;
        }

        if (best >= 0) plan.Rewrite(slot, best);
    }

    private static void GiveToSmallest(GpuAssignment plan, int slot)
    {
        int best = -1;
        for (int expert = 0; expert < plan.ExpertCount; expert++)
        {
            if ((best < 0 || plan.Share[expert] < plan.Share[best]) && !plan.Holds(plan.GpuOf[slot], expert)) best = expert;
        }

        if (best >= 0) plan.Rewrite(slot, best);
    }
}
