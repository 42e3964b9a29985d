namespace Eplb;

/// <summary>Plans GPUs of two slots each: searches the replica counts, since the best packing for given counts is known.</summary>
/// <remarks>
/// With two slots a GPU and equal speeds no packing beats pairing the largest replica with the smallest, the second largest with the
/// second smallest and so on (exchange argument). What is left is how many replicas each expert gets: a walk that moves one replica
/// at a time between experts and accepts a slightly worse plan, ever more rarely, on its way (threshold accepting, Dueck and Scheuer 1990).
/// </remarks>
internal sealed class PairedSlots(GpuAssignment plan)
{
    private const int Moves = 2500;
    private const double MaxThreshold = 0.2;
    // One replica more or less changes a plan of few experts by more.
    private const double ThresholdTimesExperts = 0.8;

    private readonly int[] _order = new int[plan.ExpertCount];   // experts by load of a replica, descending
    private readonly double[] _share = new double[plan.ExpertCount];
    private readonly int[] _count = new int[plan.ExpertCount];
    private readonly int[] _bestCount = new int[plan.ExpertCount];
    private readonly int[] _slots = new int[plan.SlotCount];     // experts of the slots as the pairs fill them

    /// <summary>True when the rule of the pairs holds: two slots on every GPU, all of one speed.</summary>
    public static bool Fits(GpuAssignment plan)
    {
        for (int gpu = 0; gpu < plan.GpuCount; gpu++)
        {
            if (plan.SlotsOn(gpu) != 2 || plan.Speed[gpu] != plan.Speed[0]) return false;
        }

        return true;
    }

    /// <summary>Replaces the plan by the best one found, if that is better.</summary>
    /// <param name="goal">Time of the slowest GPU at which to stop.</param>
    /// <returns>Time of the slowest pair of the best plan found.</returns>
    public double Improve(double goal)
    {
        StepRandom random = default;
        double start = plan.Time[plan.HottestGpu()] * plan.Speed[0];
        goal *= plan.Speed[0];
        plan.Count.AsSpan().CopyTo(_count);
        double best = Walk(start, goal, ref random);
        if (best > goal && StartFromFewLargeReplicas(best)) best = Walk(best, goal, ref random);
        if (best >= start) return start / plan.Speed[0];
        Fill();
        return best / plan.Speed[0];
    }

    // Walks from the counts as they are; the best counts are taken note of where they beat the best so far.
    private double Walk(double best, double goal, ref StepRandom random)
    {
        for (int expert = 0; expert < _order.Length; expert++)
        {
            _order[expert] = expert;
            _share[expert] = plan.Load[expert] / _count[expert];
        }

        Array.Sort(_order, (a, b) => _share[a] != _share[b] ? _share[b].CompareTo(_share[a]) : a.CompareTo(b));
        double current = SlowestPair(double.PositiveInfinity);
        Note(current, ref best);
        double threshold = Math.Min(MaxThreshold, ThresholdTimesExperts / plan.ExpertCount);
        for (int move = 0; move < Moves && best > goal; move++)
        {
            int giver = plan.Expert[random.Below(_slots.Length)], taker = plan.Expert[random.Below(_slots.Length)];
            if (giver == taker || _count[giver] < 2 || _count[taker] == plan.GpuCount) continue;
            SetCount(giver, _count[giver] - 1);
            SetCount(taker, _count[taker] + 1);
            double time = SlowestPair(current * (1 + (threshold * (Moves - move) / Moves)));
            if (double.IsPositiveInfinity(time))
            {
                SetCount(giver, _count[giver] + 1);
                SetCount(taker, _count[taker] - 1);
                continue;
            }

            current = time;
            Note(current, ref best);
        }

        return best;
    }

    private void Note(double time, ref double best)
    {
        if (time >= best) return;
        best = time;
        _count.AsSpan().CopyTo(_bestCount);
    }

    // The opposite of what replication does: no more replicas than the limit asks for, and the spare slots to the smallest, so that
    // the large ones find small ones to be paired with.
    private bool StartFromFewLargeReplicas(double limit)
    {
        int spare = _slots.Length;
        for (int expert = 0; expert < _count.Length; expert++)
        {
            _count[expert] = Math.Max(1, (int)Math.Ceiling(plan.Load[expert] / limit));
            spare -= _count[expert];
        }

        for (int i = _order.Length - 1; i >= 0 && spare > 0; i--)
        {
            int more = Math.Min(spare, plan.GpuCount - _count[_order[i]]);
            _count[_order[i]] += more;
            spare -= more;
        }

        return spare == 0;
    }

    private void SetCount(int expert, int count)
    {
        double share = plan.Load[expert] / count;
        int place = Array.IndexOf(_order, expert);
        _count[expert] = count;
        _share[expert] = share;
        for (; place > 0 && _share[_order[place - 1]] < share; place--) _order[place] = _order[place - 1];
        for (; place < _order.Length - 1 && _share[_order[place + 1]] > share; place++) _order[place] = _order[place + 1];
        _order[place] = expert;
    }

    // Walks over the runs of equal replicas from both ends at once; infinity as soon as a pair is above the limit.
    private double SlowestPair(double limit)
    {
        int top = 0, bottom = _order.Length - 1, pairs = _slots.Length / 2;
        int topLeft = _count[_order[top]], bottomLeft = _count[_order[bottom]];
        double slowest = 0;
        while (true)
        {
            slowest = Math.Max(slowest, _share[_order[top]] + _share[_order[bottom]]);
            if (slowest > limit) return double.PositiveInfinity;
            int run = Math.Min(topLeft, bottomLeft);
            pairs -= run;
            if (pairs <= 0) return slowest;
            topLeft -= run;
            bottomLeft -= run;
            if (topLeft == 0) topLeft = _count[_order[++top]];
            if (bottomLeft == 0) bottomLeft = _count[_order[--bottom]];
        }
    }

    private void Fill()
    {
        for (int expert = 0; expert < _order.Length; expert++)
        {
            if (_count[expert] != _bestCount[expert]) SetCount(expert, _bestCount[expert]);
        }

        int rank = 0;
        foreach (int expert in _order)
        {
            for (int i = 0; i < _count[expert]; i++, rank++)
                _slots[rank < plan.GpuCount ? 2 * rank : (2 * (_slots.Length - 1 - rank)) + 1] = expert;
        }

        plan.Assign(_slots);
    }
}
