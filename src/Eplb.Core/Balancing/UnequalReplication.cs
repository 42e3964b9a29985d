namespace Eplb;

/// <summary>Gives redundant slots to experts so that the replicas differ in size as much as the GPUs do in speed per slot.</summary>
/// <remarks>
/// Greedy replication makes all replicas about equally large, which suits GPUs that are equally fast per slot. One that is slow for its
/// slots needs small replicas, and a fast one large ones. Replication by another power of the loads makes sizes differ: one below 1
/// leaves large replicas to hot experts and splits cold ones, one above 1 leaves cold experts whole and splits hot ones finely. The nearest
/// power to 1 is taken, from the side where the largest replica is smaller, under which the GPUs that are the slowest per slot can
/// hold as little as their part of the load, whichever of them one looks at, with no two replicas of an expert on a GPU; where none is,
/// the one that comes nearest.
/// </remarks>
internal sealed class UnequalReplication
{
    // Powers in eighths.
    private const int One = 8;
    private static readonly int[] Lower = [7, 6, 5, 4, 3, 2, 1];
    private static readonly int[] Higher = [9, 10, 12, 14, 16, 20, 24, 32];

    private const double Rounding = 1e-9;

    // More ways to part the GPUs only cost time.
    private const int MaxParts = 16;

    private readonly Part[] _slow;
    private readonly Replication _replication = new();
    private readonly DescendingOrder _order = new();
    private readonly float[] _weight;  // [experts]

    /// <summary>Makes the buffers for one pool.</summary>
    /// <param name="experts">Experts that live in the pool.</param>
    /// <param name="pool">The GPUs of the pool as a cluster, none of them excluded.</param>
    public UnequalReplication(int experts, ClusterShape pool)
    {
        _weight = new float[experts];
        double SpeedPerSlot(int gpu) => pool.SpeedOf(gpu) / pool.SlotsOn(gpu);
        int[] gpus = [.. Enumerable.Range(0, pool.GpuCount).OrderBy(SpeedPerSlot)];
        List<Part> parts = [];
        double speed = 0;
        int slots = 0;
        for (int i = 1; i < gpus.Length; i++)
        {
            speed += pool.SpeedOf(gpus[i - 1]);
            slots += pool.SlotsOn(gpus[i - 1]);
            if (SpeedPerSlot(gpus[i]) > SpeedPerSlot(gpus[i - 1]) * (1 + Rounding))
                parts.Add(new Part(i, slots, gpus.Length - i, pool.ReplicaCount - slots, speed / pool.TotalSpeed));
        }

        int step = (parts.Count + MaxParts - 1) / MaxParts;
        _slow = [.. parts.Where((_, i) => i % step == 0)];
    }

    /// <summary>Replicates the experts of the pool.</summary>
    /// <param name="load">Load of each expert, finite, +0 or higher: [experts].</param>
    /// <param name="physicalToLogical">Out: expert of each replica, in the order they are made: [slots], slots >= experts.</param>
    /// <param name="replica">Out: which replica of its expert each one is: [slots].</param>
    /// <param name="count">Out: replicas of each expert: [experts].</param>
    /// <param name="share">Out: load / count, what each replica of an expert carries: [experts].</param>
    public void Replicate(ReadOnlySpan<float> load, Span<int> physicalToLogical, Span<int> replica, Span<int> count, Span<double> share)
    {
        Candidate greedy = Try(One, load, physicalToLogical, replica, count, share);
        if (greedy.Fits) return;
        (Candidate best, _) = BestOfSides(load, physicalToLogical, replica, count, share);
        Try(best.IsBetterThan(greedy) ? best.Power : One, load, physicalToLogical, replica, count, share);
    }

    /// <summary>Replicates them by the other side's power: sizes that may go together better, whatever they can be held to.</summary>
    /// <inheritdoc cref="Replicate"/>
    /// <returns>False where greedy counts fit, so that there is no side to prefer.</returns>
    public bool TryReplicateFromOtherSide(ReadOnlySpan<float> load, Span<int> physicalToLogical, Span<int> replica, Span<int> count, Span<double> share)
    {
        if (Try(One, load, physicalToLogical, replica, count, share).Fits) return false;
        (_, Candidate other) = BestOfSides(load, physicalToLogical, replica, count, share);
        Try(other.Power, load, physicalToLogical, replica, count, share);
        return true;
    }

    // The best power below 1 and the best one above, the better of them first.
    private (Candidate Best, Candidate Other) BestOfSides(ReadOnlySpan<float> load, Span<int> physicalToLogical, Span<int> replica, Span<int> count, Span<double> share)
    {
        Candidate lower = First(Lower, load, physicalToLogical, replica, count, share), higher = First(Higher, load, physicalToLogical, replica, count, share);
        return higher.IsBetterThan(lower) ? (higher, lower) : (lower, higher);
    }

    // The first power that fits, or else the one that comes nearest.
    private Candidate First(int[] powers, ReadOnlySpan<float> load, Span<int> physicalToLogical, Span<int> replica, Span<int> count, Span<double> share)
    {
        Candidate best = default;
        foreach (int power in powers)
        {
            Candidate next = Try(power, load, physicalToLogical, replica, count, share);
            if (best.Power == 0 || next.IsBetterThan(best)) best = next;
            if (best.Fits) break;
        }

        return best;
    }

    private Candidate Try(int power, ReadOnlySpan<float> load, Span<int> physicalToLogical, Span<int> replica, Span<int> count, Span<double> share)
    {
        if (power == One) _replication.Replicate(load, physicalToLogical, replica, count, share);
        else ReplicateByPower(power, load, physicalToLogical, replica, count, share);
        double largest = 0;
        foreach (double size in share) largest = Math.Max(largest, size);
        return new Candidate(power, Excess(share, count, PairwiseSum.Of(load)), largest);
    }

    private void ReplicateByPower(int power, ReadOnlySpan<float> load, Span<int> physicalToLogical, Span<int> replica, Span<int> count, Span<double> share)
    {
        float top = 0;
        foreach (float value in load) top = Math.Max(top, value);
        for (int expert = 0; expert < load.Length; expert++)
        {
            // Square roots are the same on every machine, which other powers need not be.
            double root = Math.Sqrt(Math.Sqrt(Math.Sqrt((double)load[expert] / top))), weight = root;
            for (int i = 1; i < power; i++) weight *= root;
            _weight[expert] = (float)weight;
        }

        _replication.Replicate(_weight, physicalToLogical, replica, count, share);
        for (int expert = 0; expert < load.Length; expert++) share[expert] = (double)load[expert] / count[expert];
    }

    // How many times their part of the load the slowest GPUs must hold at least.
    private double Excess(ReadOnlySpan<double> share, ReadOnlySpan<int> count, double total)
    {
        double excess = 0;
        if (_slow.Length == 0 || total == 0) return excess;
        ReadOnlySpan<int> order = _order.Of(share);
        foreach (Part part in _slow)
        {
            double least = 0, most = 0;
            int left = part.Slots;
            for (int i = order.Length - 1; i >= 0 && left > 0; i--) least += Take(order[i], part.Gpus, ref left, share, count);
            left = part.OtherSlots;
            for (int i = 0; i < order.Length && left > 0; i++) most += Take(order[i], part.OtherGpus, ref left, share, count);
            excess = Math.Max(excess, Math.Max(least, total - most) / (part.Speed * total));
        }

        return excess;
    }

    private static double Take(int expert, int gpus, ref int left, ReadOnlySpan<double> share, ReadOnlySpan<int> count)
    {
        int taken = Math.Min(left, Math.Min(gpus, count[expert]));
        left -= taken;
        return taken * share[expert];
    }

    private readonly record struct Candidate(int Power, double Excess, double Largest)
    {
        public bool Fits => Excess <= 1 + Rounding;

        public bool IsBetterThan(Candidate other) => Fits && other.Fits ? Largest < other.Largest : Excess < other.Excess;
    }

    // The GPUs that are the slowest per slot, and the others; the speed of the former is their part of that of all.
    private readonly record struct Part(int Gpus, int Slots, int OtherGpus, int OtherSlots, double Speed);
}
