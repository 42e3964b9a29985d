namespace Eplb;

/// <summary>Finds few slots to write that make a large placement fit new loads, one change after another.</summary>
/// <remarks>
/// Where <see cref="MoveSearch"/> weighs whole placements against each other, this holds one and changes it in place, so that a step
/// costs a look over the GPUs and over the slots of a few of them. Each step works on the slowest GPU and takes, for each slot that it
/// writes, the change that lowers the sum of a high power of the GPU times most: an exchange with a cool GPU, a further replica of one
/// of its experts on a cool GPU, or a smaller replica over one of its own.
/// </remarks>
internal sealed class MoveDescent : IMoveSearch
{
    // Partners of a step: the coolest GPUs take load, the hottest ones have the experts that need a further replica.
    private const int CoolGpus = 24;
    private const int HotGpus = 4;

    // Changes of slots that are written anyway cost no move: this ends them where they gain next to nothing.
    private const int StepsPerSlot = 4;

    private readonly GpuAssignment _plan;
    private readonly int[] _nodeOfGpu;
    private readonly int[]? _nodeOfExpert;
    private readonly List<(int Slot, int Expert, double Slowest)> _log = [];  // what a change wrote over, and the time before it
    private readonly List<int> _cool = [];
    private readonly List<int> _hot = [];
    private readonly double[] _change;  // [gpus]: load that the change at hand brings
    private readonly Raise[] _raised;  // [experts]: what writing over one of its replicas does to the others, as of a step
    private readonly int[] _raisedAt;  // [experts]: that step
    private int[] _current = [];
    private int _step;
    private TimePower _powers;
    private double _limit, _bestScore;
    private int _slot, _other, _expert, _budget;

    /// <summary>Makes the search of a plan, which it changes.</summary>
    /// <param name="plan">Plan; its loads are the new ones.</param>
    /// <param name="nodeOfGpu">Node of each GPU; slots are only exchanged within a node: [gpus].</param>
    /// <param name="nodeOfExpert">The node that each expert stays on, or null where no expert gets or loses replicas: [experts].</param>
    public MoveDescent(GpuAssignment plan, int[] nodeOfGpu, int[]? nodeOfExpert)
    {
        _plan = plan;
        _nodeOfGpu = nodeOfGpu;
        _nodeOfExpert = nodeOfExpert;
        _change = new double[plan.GpuCount];
        _raised = new Raise[plan.ExpertCount];
        _raisedAt = new int[plan.ExpertCount];
    }

    /// <inheritdoc/>
    public int[] Search(int[] current, int[] start, int maxMoves, double target, CancellationToken cancellationToken)
    {
        _current = current;
        _plan.Assign(start);
        _log.Clear();
        double total = 0;
        int moves = 0;
        foreach (double time in _plan.Time) total += time;
        if (total == 0) return start;
        _powers = new TimePower(total / _plan.GpuCount);
        for (int slot = 0; slot < start.Length; slot++) moves += Written(slot, start[slot]);
        for (int steps = StepsPerSlot * start.Length; steps > 0; steps--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int hottest = _plan.HottestGpu();
            _budget = maxMoves - moves;
            if (_plan.Time[hottest] <= target || !TryImprove(hottest)) break;
            moves += Apply(_plan.Time[hottest]);
        }

        UndoWhatIsNotWorthIt(_plan.Time[_plan.HottestGpu()]);
        return (int[])_plan.Expert.Clone();
    }

    private bool TryImprove(int hottest)
    {
        _limit = _plan.Time[hottest] * (1 - GpuAssignment.Rounding);
        _step++;
        _bestScore = 0;
        _slot = -1;
        FindPartners(hottest);
        for (int slot = _plan.FirstSlot[hottest]; slot < _plan.FirstSlot[hottest + 1]; slot++)
        {
            foreach (int gpu in _cool) Exchange(slot, hottest, gpu);
            if (_nodeOfExpert is null) continue;
            Replicate(_plan.Expert[slot]);
            if (_plan.Count[_plan.Expert[slot]] > 1) Overwrite(slot, hottest);
        }

        return _slot >= 0;
    }

    // The coolest and the hottest GPUs of the node, in order of time, the lowest index first on ties.
    private void FindPartners(int hottest)
    {
        _cool.Clear();
        _hot.Clear();
        for (int gpu = 0; gpu < _plan.GpuCount; gpu++)
        {
            if (gpu == hottest || _nodeOfGpu[gpu] != _nodeOfGpu[hottest]) continue;
            Insert(_cool, CoolGpus, gpu, sign: 1);
            Insert(_hot, HotGpus, gpu, sign: -1);
        }
    }

    private void Insert(List<int> best, int most, int gpu, int sign)
    {
        double time = sign * _plan.Time[gpu];
        int place = best.Count;
        if (place == most && time >= sign * _plan.Time[best[most - 1]]) return;
        while (place > 0 && time < sign * _plan.Time[best[place - 1]]) place--;
        best.Insert(place, gpu);
        if (best.Count > most) best.RemoveAt(most);
    }

    private void Exchange(int slot, int gpu, int other)
    {
        int expert = _plan.Expert[slot];
        if (_plan.Holds(other, expert)) return;
        double before = _powers.Of(_plan.Time[gpu]) + _powers.Of(_plan.Time[other]);
        for (int theirs = _plan.FirstSlot[other]; theirs < _plan.FirstSlot[other + 1]; theirs++)
        {
            double change = _plan.SlotLoad[slot] - _plan.SlotLoad[theirs];
            if (change <= 0) continue;
            double time = (_plan.GpuLoad[other] + change) * _plan.Pace[other];
            if (time >= _limit || _plan.Holds(gpu, _plan.Expert[theirs])) continue;
            Offer(_powers.Of(time) + _powers.Of((_plan.GpuLoad[gpu] - change) * _plan.Pace[gpu]) - before, slot, theirs, _plan.Expert[theirs]);
        }
    }

    private void Replicate(int expert)
    {
        double share = _plan.Load[expert] / (_plan.Count[expert] + 1), relief = Shift(expert, share - _plan.Share[expert]).Score;
        foreach (int gpu in _cool)
        {
            if (_plan.Holds(gpu, expert)) continue;
            for (int slot = _plan.FirstSlot[gpu]; slot < _plan.FirstSlot[gpu + 1]; slot++)
                Rewrite(slot, expert, share, relief);
        }
    }

    private void Overwrite(int slot, int hottest)
    {
        foreach (int gpu in _hot)
        {
            foreach (int expert in _plan.ExpertsOn(gpu))
            {
                if (_nodeOfExpert![expert] != _nodeOfGpu[hottest] || _plan.Holds(hottest, expert)) continue;
                double share = _plan.Load[expert] / (_plan.Count[expert] + 1);
                if (share < _plan.SlotLoad[slot]) Rewrite(slot, expert, share, Shift(expert, share - _plan.Share[expert]).Score);
            }
        }
    }

    // Offers to write an expert over a replica that its expert can spare, unless that makes a GPU as slow as the slowest is now.
    private void Rewrite(int slot, int expert, double share, double relief)
    {
        int giver = _plan.Expert[slot], gpu = _plan.GpuOf[slot];
        if (_plan.Count[giver] < 2) return;
        double raise = (_plan.Load[giver] / (_plan.Count[giver] - 1)) - _plan.Share[giver];
        int held = 0;
        foreach (int other in _plan.ExpertsOn(gpu)) held += other == giver ? 1 : 0;
        double time = (_plan.GpuLoad[gpu] - _plan.SlotLoad[slot] + share + ((held - 1) * raise)) * _plan.Pace[gpu];
        if (time >= _limit) return;
        if (_raisedAt[giver] != _step)
        {
            _raisedAt[giver] = _step;
            _raised[giver] = Shift(giver, raise);
        }

        Raise all = _raised[giver];
        if ((all.SlowestGpu == gpu ? all.Second : all.Slowest) >= _limit) return;
        double others = all.Score - (_powers.Of((_plan.GpuLoad[gpu] + (held * raise)) * _plan.Pace[gpu]) - _powers.Of(_plan.Time[gpu]));
        Offer(relief + others + _powers.Of(time) - _powers.Of(_plan.Time[gpu]), slot, -1, expert);
    }

    // What it adds to the score when all replicas of an expert get larger or smaller, and which of their GPUs are then the slowest.
    private Raise Shift(int expert, double change)
    {
        double score = 0, slowest = 0, second = 0;
        int slowestGpu = -1;
        for (int slot = _plan.HeadOf(expert); slot >= 0; slot = _plan.Next(slot)) _change[_plan.GpuOf[slot]] += change;
        for (int slot = _plan.HeadOf(expert); slot >= 0; slot = _plan.Next(slot))
        {
            int gpu = _plan.GpuOf[slot];
            // A GPU that holds the expert twice counts once, with all that it brings.
            if (_change[gpu] == 0) continue;
            double time = (_plan.GpuLoad[gpu] + _change[gpu]) * _plan.Pace[gpu];
            _change[gpu] = 0;
            score += _powers.Of(time) - _powers.Of(_plan.Time[gpu]);
            if (time > slowest) (second, slowest, slowestGpu) = (slowest, time, gpu);
            else second = Math.Max(second, time);
        }

        return new Raise(score, slowest, slowestGpu, second);
    }

    private void Offer(double score, int slot, int other, int expert)
    {
        int moves = Written(slot, expert) - Written(slot, _plan.Expert[slot]);
        if (other >= 0) moves += Written(other, _plan.Expert[slot]) - Written(other, _plan.Expert[other]);
        if (moves > _budget) return;
        // Per slot written; a change that writes none counts as a tenth of one.
        score /= Math.Max(moves, 0.1);
        if (score >= _bestScore) return;
        _bestScore = score;
        _slot = slot;
        _other = other;
        _expert = expert;
    }

    private int Apply(double slowest)
    {
        int old = _plan.Expert[_slot], moves = Written(_slot, _expert) - Written(_slot, old);
        _log.Add((_slot, old, slowest));
        if (_other < 0)
        {
            _plan.Rewrite(_slot, _expert);
            return moves;
        }

        moves += Written(_other, old) - Written(_other, _expert);
        _log.Add((_other, _expert, slowest));
        _plan.Swap(_slot, _other);
        return moves;
    }

    private void UndoWhatIsNotWorthIt(double slowest)
    {
        int keep = _log.FindIndex(change => change.Slowest <= slowest * (1 + MoveSearch.Worth));
        if (keep < 0) return;
        for (int i = _log.Count - 1; i >= keep; i--) _plan.Rewrite(_log[i].Slot, _log[i].Expert);
    }

    private int Written(int slot, int expert) => _current[slot] == expert ? 0 : 1;

    private readonly record struct Raise(double Score, double Slowest, int SlowestGpu, double Second);
}
