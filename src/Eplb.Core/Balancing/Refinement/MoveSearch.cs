namespace Eplb;

/// <summary>Finds few slots to write that make a placement in force fit new loads.</summary>
/// <remarks>
/// A beam search: level m holds the best placements found that differ from the one in force in m slots. Whatever lowers the slowest
/// GPU must change its time, so a placement is only extended by changes that do: another expert over one of its slots, one of its
/// experts over a slot elsewhere, which makes that expert's share smaller, or an exchange of two slots. Placements are ranked by the
/// sum of a high power of the GPU times, which sees all hot GPUs and the hottest one most. The width follows a limit of work, counted
/// in looked-at changes, so that the result is the same on every machine.
/// </remarks>
internal sealed class MoveSearch : IMoveSearch
{
    private const int MaxWidth = 16;
    private const int WidthTimesSlots = 1280;
    private const int FreeChanges = 4;

    // On more GPUs than this only those below the mean take load: there are enough of them.
    private const int GpusWorthAll = 16;

    private const long WorkTimesSlots = 12_000_000;

    // Relative gain that the moves of a layer must bring, together, to be made: below it no operator sees a difference.
    public const double Worth = 1e-3;

    private readonly GpuAssignment _plan;
    private readonly int[] _nodeOfGpu;
    private readonly int[]? _nodeOfExpert;
    private readonly double[] _change;      // [gpus]: load that the change at hand brings
    private readonly int[] _touched;        // [slots + 1]: GPUs whose load it changes
    private int[] _current = [];
    private MoveBeam _beam = new(0, 1);
    private MoveBeam.Candidate _free;
    private double _scale, _score, _limit, _takerLimit;
    private ulong _hash;
    private int[] _from = [];
    private int _moves;
    private long _work, _visits;

    /// <summary>Makes the search of a plan, which it changes.</summary>
    /// <param name="plan">Plan; its loads are the new ones.</param>
    /// <param name="nodeOfGpu">Node of each GPU; slots are only exchanged within a node: [gpus].</param>
    /// <param name="nodeOfExpert">The node that each expert stays on, or null where no expert gets or loses replicas: [experts].</param>
    public MoveSearch(GpuAssignment plan, int[] nodeOfGpu, int[]? nodeOfExpert)
    {
        _plan = plan;
        _nodeOfGpu = nodeOfGpu;
        _nodeOfExpert = nodeOfExpert;
        _change = new double[plan.GpuCount];
        _touched = new int[plan.SlotCount + 1];
    }

    /// <inheritdoc/>
    public int[] Search(int[] current, int[] start, int maxMoves, double target, CancellationToken cancellationToken)
    {
        _current = current;
        _work = 0;
        _visits = 0;
        _plan.Assign(start);
        double total = 0;
        foreach (double time in _plan.Time) total += time;
        if (total == 0) return start;
        _scale = _plan.GpuCount / total;
        _beam = new MoveBeam(maxMoves, Math.Max(2, Math.Min(MaxWidth, WidthTimesSlots / _plan.SlotCount)));
        int first = 0;
        for (int slot = 0; slot < start.Length; slot++) first += Written(slot, start[slot]);
        _beam.Offer(first, new MoveBeam.Candidate(0, 0, start, 0, -1, start[0]));
        List<(double Slowest, int[] Experts)> front = [];
        for (int moves = first; moves <= maxMoves; moves++)
        {
            IReadOnlyList<MoveBeam.Candidate> level = _beam.Level(moves);
            int width = moves == first ? 1 : Math.Min(level.Count, Width(moves, maxMoves));
            for (int i = 0; i < width; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Visit(level[i], moves, front) <= target) return front[front.Count - 1].Experts;
            }
        }

        double least = front[front.Count - 1].Slowest;
        return front.First(reached => reached.Slowest <= least * (1 + Worth)).Experts;
    }

    private int Width(int moves, int maxMoves)
    {
        long perVisit = Math.Max(1, _work / Math.Max(1, _visits));
        long levels = Math.Min(maxMoves - moves + 1, Math.Max(8, _plan.SlotCount / 8));
        return (int)Math.Max(1, Math.Min(MaxWidth, ((WorkTimesSlots / _plan.SlotCount) - _work) / (perVisit * levels)));
    }

    // Looks at a placement and at what it can be extended to, changing slots that are written anyway as long as that helps.
    private double Visit(in MoveBeam.Candidate candidate, int moves, List<(double Slowest, int[] Experts)> front)
    {
        _from = (int[])candidate.From.Clone();
        Apply(candidate, _from);
        _hash = candidate.Hash;
        _moves = moves;
        double slowest = double.PositiveInfinity;
        for (int i = 0; i <= FreeChanges; i++)
        {
            _visits++;
            _plan.Assign(_from);
            slowest = Math.Min(slowest, _plan.Time[_plan.HottestGpu()]);
            if (front.Count == 0 || slowest < front[front.Count - 1].Slowest * (1 - GpuAssignment.Rounding)) front.Add((slowest, _from));
            _score = 0;
            foreach (double time in _plan.Time) _score += Power(time);
            _free = new MoveBeam.Candidate(_score * (1 - GpuAssignment.Rounding), 0, _from, -1, -1, -1);
            Extend(_plan.HottestGpu());
            if (_free.Slot < 0) break;
            _from = (int[])_from.Clone();
            _hash = _free.Hash;
            Apply(_free, _from);
        }

        return slowest;
    }

    private static void Apply(in MoveBeam.Candidate candidate, int[] experts)
    {
        if (candidate.Other < 0)
            experts[candidate.Slot] = candidate.Expert;
        else
            (experts[candidate.Slot], experts[candidate.Other]) = (experts[candidate.Other], experts[candidate.Slot]);
    }

    private void Extend(int hottest)
    {
        _limit = _plan.Time[hottest] * (1 - GpuAssignment.Rounding);
        _takerLimit = _plan.GpuCount <= GpusWorthAll ? _limit : Math.Min(_limit, 1 / _scale);
        for (int slot = _plan.FirstSlot[hottest]; slot < _plan.FirstSlot[hottest + 1]; slot++)
        {
            ExchangeSlot(slot, hottest);
            if (_nodeOfExpert is null) continue;
            if (_plan.Count[_plan.Expert[slot]] > 1) OverwriteSlot(slot, hottest);
            ReplicateExpert(_plan.Expert[slot], hottest);
        }
    }

    private void ExchangeSlot(int slot, int gpu)
    {
        int expert = _plan.Expert[slot];
        double load = _plan.SlotLoad[slot], rest = _plan.GpuLoad[gpu] - load, without = _score - Power(_plan.Time[gpu]);
        _work += _plan.SlotCount / 4;
        for (int other = 0; other < _plan.GpuCount; other++)
        {
            if (other == gpu || _nodeOfGpu[other] != _nodeOfGpu[gpu] || _plan.Time[other] >= _takerLimit || _plan.Holds(other, expert)) continue;
            double score = without - Power(_plan.Time[other]);
            for (int theirs = _plan.FirstSlot[other]; theirs < _plan.FirstSlot[other + 1]; theirs++)
            {
                double change = load - _plan.SlotLoad[theirs];
                if (change <= 0) continue;
                double time = (_plan.GpuLoad[other] + change) * _plan.Pace[other];
                if (time >= _limit || _plan.Holds(gpu, _plan.Expert[theirs])) continue;
                Offer(score + Power(time) + Power((rest + _plan.SlotLoad[theirs]) * _plan.Pace[gpu]), slot, theirs, _plan.Expert[theirs]);
            }
        }
    }

    private void OverwriteSlot(int slot, int gpu)
    {
        double rest = _plan.GpuLoad[gpu] - _plan.SlotLoad[slot], room = _limit * _plan.Speed[gpu];
        for (int expert = 0; expert < _plan.ExpertCount; expert++)
        {
            if (_nodeOfExpert![expert] != _nodeOfGpu[gpu] || rest + (_plan.Load[expert] / (_plan.Count[expert] + 1)) >= room) continue;
            if (!_plan.Holds(gpu, expert)) Rewrite(slot, expert);
        }
    }

    private void ReplicateExpert(int expert, int gpu)
    {
        double share = _plan.Load[expert] / (_plan.Count[expert] + 1);
        for (int other = 0; other < _plan.GpuCount; other++)
        {
            if (_nodeOfGpu[other] != _nodeOfGpu[gpu] || _plan.Time[other] >= _takerLimit || _plan.Holds(other, expert)) continue;
            for (int slot = _plan.FirstSlot[other]; slot < _plan.FirstSlot[other + 1]; slot++)
            {
                if (_plan.Count[_plan.Expert[slot]] < 2) continue;
                if ((_plan.GpuLoad[other] - _plan.SlotLoad[slot] + share) * _plan.Pace[other] < _limit) Rewrite(slot, expert);
            }
        }
    }

    // Offers the placement with another expert in a slot, unless it makes a GPU as slow as the slowest is now.
    private void Rewrite(int slot, int expert)
    {
        int giver = _plan.Expert[slot], touched = 0;
        double raise = (_plan.Load[giver] / (_plan.Count[giver] - 1)) - _plan.Share[giver];
        double share = _plan.Load[expert] / (_plan.Count[expert] + 1), fall = share - _plan.Share[expert];
        _work += _plan.Count[giver] + _plan.Count[expert];
        Touch(_plan.GpuOf[slot], share - _plan.SlotLoad[slot], ref touched);
        for (int held = _plan.HeadOf(giver); held >= 0; held = _plan.Next(held))
        {
            if (held != slot) Touch(_plan.GpuOf[held], raise, ref touched);
        }

        for (int held = _plan.HeadOf(expert); held >= 0; held = _plan.Next(held)) Touch(_plan.GpuOf[held], fall, ref touched);
        double score = _score;
        bool fits = true;
        for (int i = 0; i < touched; i++)
        {
            int gpu = _touched[i];
            double time = (_plan.GpuLoad[gpu] + _change[gpu]) * _plan.Pace[gpu];
            fits &= time < _limit;
            score += Power(time) - Power(_plan.Time[gpu]);
            _change[gpu] = 0;
        }

        if (fits) Offer(score, slot, -1, expert);
    }

    private void Touch(int gpu, double change, ref int touched)
    {
        // Changes that cancel out list a GPU twice; it is counted once all the same, since its change is cleared when it is counted.
        if (_change[gpu] == 0) _touched[touched++] = gpu;
        _change[gpu] += change;
    }

    private void Offer(double score, int slot, int other, int expert)
    {
        int old = _plan.Expert[slot];
        int moves = _moves + Written(slot, expert) - Written(slot, old);
        if (other >= 0) moves += Written(other, old) - Written(other, expert);
        if (moves > _moves ? !_beam.Wants(moves, score) : score >= _free.Score) return;
        ulong hash = _hash ^ Mark(slot, old) ^ Mark(slot, expert);
        if (other >= 0) hash ^= Mark(other, expert) ^ Mark(other, old);
        var candidate = new MoveBeam.Candidate(score, hash, _from, slot, other, expert);
        if (moves > _moves)
            _beam.Offer(moves, candidate);
        else
            _free = candidate;
    }

    private int Written(int slot, int expert) => _current[slot] == expert ? 0 : 1;

    // A number for each pair of slot and expert, by the finalizer of SplitMix64: a placement's hash is the exclusive or of its pairs.
    private static ulong Mark(int slot, int expert)
    {
        ulong mark = ((ulong)(uint)slot << 32) | (uint)expert;
        mark = (mark ^ (mark >> 30)) * 0xBF58476D1CE4E5B9;
        mark = (mark ^ (mark >> 27)) * 0x94D049BB133111EB;
        return mark ^ (mark >> 31);
    }

    private double Power(double time)
    {
        double relative = time * _scale, square = relative * relative, fourth = square * square;
        return fourth * fourth;
    }
}
