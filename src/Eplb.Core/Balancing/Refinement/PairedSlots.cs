namespace Eplb;

/// <summary>Plans GPUs of two slots each: searches the replica counts, since the best packing for given counts is known.</summary>
/// <remarks>
/// With two slots a GPU and equal speeds no packing beats pairing the largest replica with the smallest, the second largest with the
/// second smallest and so on (exchange argument). What is left is how many replicas each expert gets: a walk that moves one replica
/// at a time between experts and accepts a slightly worse plan, ever more rarely, on its way (threshold accepting, Dueck and Scheuer 1990);
/// then the counts that are the cheapest at the prices which prove the bound; and a short walk from the best of all these.
/// </remarks>
internal sealed class PairedSlots(GpuAssignment plan)
{
    private const int WideMoves = 2500;
    private const double MaxThreshold = 0.2;
    // One replica more or less changes a plan of few experts by more.
    private const double ThresholdTimesExperts = 0.8;

    private const int NarrowMoves = 5000;
    private const double NarrowThreshold = 0.0005;

    private readonly PairPrices _prices = new(plan.ExpertCount, plan.SlotCount);
    private readonly int[] _order = new int[plan.ExpertCount];   // experts by load of a replica, descending
    private readonly double[] _share = new double[plan.ExpertCount];
    private readonly int[] _count = new int[plan.ExpertCount];
    private readonly int[] _bestCount = new int[plan.ExpertCount];
    private readonly double[] _priceOfStep = new double[plan.ExpertCount];
    private readonly int[] _slots = new int[plan.SlotCount];     // experts of the slots as the pairs fill them
    private double _best;
    private CancellationToken _cancellationToken;

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
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>Time of the slowest pair of the best plan found.</returns>
    public double Improve(double goal, CancellationToken cancellationToken)
    {
        StepRandom random = default;
        _cancellationToken = cancellationToken;
        double start = plan.Time[plan.HottestGpu()] * plan.Speed[0];
        goal *= plan.Speed[0];
        if (start <= goal) return start / plan.Speed[0];
        _best = start;
        for (int i = 0; i < _order.Length; i++) _order[i] = i;
        Array.Sort(_order, (a, b) => plan.Share[a] != plan.Share[b] ? plan.Share[b].CompareTo(plan.Share[a]) : a.CompareTo(b));
        plan.Count.AsSpan().CopyTo(_bestCount);
        Walk(WideMoves, Math.Min(MaxThreshold, ThresholdTimesExperts / plan.ExpertCount), goal, ref random);
        if (_best > goal) goal = _prices.Climb(plan.Load, goal, TryCheapest);
        if (_best > goal) Walk(NarrowMoves, NarrowThreshold, goal, ref random);
        if (_best >= start) return start / plan.Speed[0];
        Fill();
        return _best / plan.Speed[0];
    }

    // Walks from the best counts so far.
    private void Walk(int moves, double threshold, double goal, ref StepRandom random)
    {
        _bestCount.AsSpan().CopyTo(_count);
        Sort();
        double current = SlowestPair(double.PositiveInfinity);
        Note(current);
        for (int move = 0; move < moves && _best > goal; move++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            int giver = plan.Expert[random.Below(_slots.Length)], taker = plan.Expert[random.Below(_slots.Length)];
            if (giver == taker || _count[giver] < 2 || _count[taker] == plan.GpuCount) continue;
            SetCount(giver, _count[giver] - 1);
            SetCount(taker, _count[taker] + 1);
            double time = SlowestPair(current * (1 + (threshold * (moves - move) / moves)));
            if (double.IsPositiveInfinity(time))
            {
                SetCount(giver, _count[giver] + 1);
                SetCount(taker, _count[taker] - 1);
                continue;
            }

            current = time;
            Note(current);
        }
    }

    private double TryCheapest()
    {
        _cancellationToken.ThrowIfCancellationRequested();
        _cancellationToken.ThrowIfCancellationRequested();
        TakeCheapest();
        Sort();
        Note(SlowestPair(double.PositiveInfinity));
        return _best;
    }

    // The cheapest counts of each expert on its own need not fill the slots: the cheapest changes by one replica make them do so.
    private void TakeCheapest()
    {
        int missing = _slots.Length;
        ReadOnlySpan<int> cheapest = _prices.CheapestCount;
        for (int expert = 0; expert < _count.Length; expert++) missing -= _count[expert] = cheapest[expert];
        int step = Math.Sign(missing);
        for (int expert = 0; expert < _count.Length && step != 0; expert++) _priceOfStep[expert] = PriceOfStep(expert, step);
        for (; missing != 0; missing -= step)
        {
            int best = 0;
            for (int expert = 1; expert < _count.Length; expert++)
            {
                if (_priceOfStep[expert] < _priceOfStep[best]) best = expert;
            }

            _count[best] += step;
            _priceOfStep[best] = PriceOfStep(best, step);
        }
    }

    // There is always an expert that can take the step: all at their fewest replicas do not overfill the slots.
    private double PriceOfStep(int expert, int step)
    {
        double load = plan.Load[expert];
        int count = _count[expert];
        return step > 0 && count >= plan.GpuCount
            ? double.PositiveInfinity
            : _prices.CostOf(load, count + step) - _prices.CostOf(load, count);
    }

    // The order is nearly right mostly, so that insertion is fast.
    private void Sort()
    {
        for (int expert = 0; expert < _count.Length; expert++) _share[expert] = plan.Load[expert] / _count[expert];
        for (int i = 1; i < _order.Length; i++)
        {
            int expert = _order[i], place = i;
            for (; place > 0 && _share[_order[place - 1]] < _share[expert]; place--) _order[place] = _order[place - 1];
            _order[place] = expert;
        }
    }

    private void Note(double time)
    {
        if (time >= _best) return;
        _best = time;
        _count.AsSpan().CopyTo(_bestCount);
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
