namespace Eplb;

/// <summary>Finds the changes of one or two slots, or of two pairs of them, that help the slowest GPU, and offers the best to a beam.</summary>
/// <remarks>
/// Whatever lowers the slowest GPU must change its time: another expert over one of its slots, one of its experts over a slot elsewhere,
/// which makes that expert's share smaller, or an exchange. A change that makes any GPU as slow as the slowest is none. Changes that
/// write no further slot are free: only the best of them is kept.
/// </remarks>
internal sealed class MoveOffers(GpuAssignment plan, ChangeScores scores, int[] nodeOfGpu, int[]? nodeOfExpert)
{
    // On more GPUs than this only those below the mean take load: there are enough of them.
    private const int GpusWorthAll = 16;

    // Exchanges of two slots for two are for the last step to the target, and for GPUs of few slots, where single ones offer too little.
    private const double PairsWithin = 1.01;
    private const int MaxSlotsForPairs = 8;

    private int[] _current = [];
    private MoveBeam _beam = new(-1, 1);
    private MoveBeam.Candidate _free;
    private double _mean, _limit, _takerLimit, _pairLimit;
    private int[] _from = [];
    private ulong _hash;
    private int _moves;

    /// <summary>Changes looked at so far: the work done.</summary>
    public long Work { get; private set; }

    /// <summary>Starts a search.</summary>
    /// <param name="current">Expert in each slot now, -1 in an empty one: [slots].</param>
    /// <param name="beam">Takes the changes that write further slots.</param>
    /// <param name="mean">Mean time of the GPUs.</param>
    /// <param name="target">Time of the slowest GPU to reach.</param>
    public void Start(int[] current, MoveBeam beam, double mean, double target)
    {
        _current = current;
        _beam = beam;
        _mean = mean;
        _pairLimit = target * PairsWithin;
        Work = 0;
    }

    /// <summary>True for a slot that has another expert than now.</summary>
    /// <param name="slot">Slot.</param>
    /// <param name="expert">Its expert.</param>
    public int Written(int slot, int expert) => _current[slot] == expert ? 0 : 1;

    /// <summary>Offers the changes of the plan, at which the scores have looked.</summary>
    /// <param name="from">Expert in each slot of it; kept by what is offered: [slots].</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="moves">Slots that it writes.</param>
    /// <param name="hottest">Its slowest GPU.</param>
    /// <returns>The best change that writes no further slot; its slot is -1 where none lowers the score.</returns>
    public MoveBeam.Candidate Collect(int[] from, ulong hash, int moves, int hottest)
    {
        _from = from;
        _hash = hash;
        _moves = moves;
        _free = new MoveBeam.Candidate(scores.Score * (1 - GpuAssignment.Rounding), 0, from, -1, -1, -1);
        _limit = plan.Time[hottest] * (1 - GpuAssignment.Rounding);
        _takerLimit = plan.GpuCount <= GpusWorthAll ? _limit : Math.Min(_limit, _mean);
        scores.Limit = _limit;
        bool pairs = plan.Time[hottest] < _pairLimit && plan.SlotsOn(hottest) <= MaxSlotsForPairs;
        for (int other = 0; other < plan.GpuCount; other++)
        {
            if (other == hottest || nodeOfGpu[other] != nodeOfGpu[hottest] || plan.Time[other] >= _takerLimit) continue;
            Exchange(hottest, other);
            if (pairs && plan.SlotsOn(other) <= MaxSlotsForPairs) ExchangePairs(hottest, other);
        }

        if (nodeOfExpert is not null) Overwrite(hottest);
        return _free;
    }

    private void Exchange(int gpu, int other)
    {
        double without = scores.Without(gpu, other), rest = plan.GpuLoad[gpu], taken = plan.GpuLoad[other];
        Work += plan.SlotsOn(gpu) * plan.SlotsOn(other) / 4;
        if (!CanHelp(gpu, other, without, most: 2)) return;
        for (int slot = plan.FirstSlot[gpu]; slot < plan.FirstSlot[gpu + 1]; slot++)
        {
            for (int theirs = plan.FirstSlot[other]; theirs < plan.FirstSlot[other + 1]; theirs++)
            {
                double change = plan.SlotLoad[slot] - plan.SlotLoad[theirs], time = (taken + change) * plan.Pace[other];
                if (change <= 0 || time >= _limit) continue;
                double score = without + scores.Power(time) + scores.Power((rest - change) * plan.Pace[gpu]);
                int expert = plan.Expert[slot], theirExpert = plan.Expert[theirs], moves = _moves + MovesOf(slot, theirs);
                if (IsWanted(moves, score) && !plan.Holds(gpu, theirExpert) && !plan.Holds(other, expert))
                    Offer(new MoveBeam.Candidate(score, _hash ^ MarkOf(slot, theirs), _from, slot, theirs, theirExpert), moves);
            }
        }
    }

    private void ExchangePairs(int gpu, int other)
    {
        double without = scores.Without(gpu, other), rest = plan.GpuLoad[gpu], taken = plan.GpuLoad[other];
        Work += (long)plan.SlotsOn(gpu) * plan.SlotsOn(gpu) * plan.SlotsOn(other) * plan.SlotsOn(other) / 64;
        if (!CanHelp(gpu, other, without, most: 4)) return;
        int end = plan.FirstSlot[gpu + 1], otherEnd = plan.FirstSlot[other + 1];
        for (int a = plan.FirstSlot[gpu]; a < end; a++)
        {
            for (int b = a + 1; b < end; b++)
            {
                double load = plan.SlotLoad[a] + plan.SlotLoad[b];
                for (int c = plan.FirstSlot[other]; c < otherEnd; c++)
                {
                    for (int d = c + 1; d < otherEnd; d++)
                    {
                        double change = load - plan.SlotLoad[c] - plan.SlotLoad[d], time = (taken + change) * plan.Pace[other];
                        if (change > 0 && time < _limit)
                            OfferPairs(without + scores.Power(time) + scores.Power((rest - change) * plan.Pace[gpu]), a, b, c, d);
                    }
                }
            }
        }
    }

    // Which slot of a pair goes where is of no account but for the slots written.
    private void OfferPairs(double score, int a, int b, int c, int d)
    {
        int straight = MovesOf(a, c) + MovesOf(b, d), crossed = MovesOf(a, d) + MovesOf(b, c), moves = _moves + Math.Min(straight, crossed);
        if (!IsWanted(moves, score)) return;
        int gpu = plan.GpuOf[a], other = plan.GpuOf[c];
        if (plan.Holds(other, plan.Expert[a]) || plan.Holds(other, plan.Expert[b]) || plan.Holds(gpu, plan.Expert[c]) || plan.Holds(gpu, plan.Expert[d])) return;
        if (crossed < straight) (c, d) = (d, c);
        Offer(new MoveBeam.Candidate(score, _hash ^ MarkOf(a, c) ^ MarkOf(b, d), _from, a, c, plan.Expert[c], b, d), moves);
    }

    // No exchange leaves two GPUs better than equal times would.
    private bool CanHelp(int gpu, int other, double without, int most)
    {
        double equal = (plan.GpuLoad[gpu] + plan.GpuLoad[other]) / (plan.Speed[gpu] + plan.Speed[other]), least = without + (2 * scores.Power(equal));
        if (least < _free.Score) return true;
        for (int more = 1; more <= most; more++)
        {
            if (_beam.Wants(_moves + more, least)) return true;
        }

        return false;
    }

    private void Overwrite(int hottest)
    {
        int node = nodeOfGpu[hottest];
        for (int slot = 0; slot < plan.SlotCount; slot++)
        {
            int gpu = plan.GpuOf[slot];
            if (plan.Count[plan.Expert[slot]] < 2 || nodeOfGpu[gpu] != node || (gpu != hottest && plan.Time[gpu] >= _takerLimit) || !scores.Choose(slot)) continue;
            if (gpu == hottest)
            {
                for (int expert = 0; expert < plan.ExpertCount; expert++)
                {
                    if (nodeOfExpert![expert] == node) Write(slot, expert);
                }
            }
            else
            {
                foreach (int expert in plan.ExpertsOn(hottest)) Write(slot, expert);
            }
        }
    }

    private void Write(int slot, int expert)
    {
        int old = plan.Expert[slot], moves = _moves + Written(slot, expert) - Written(slot, old);
        Work += plan.Count[old] + plan.Count[expert];
        if (!IsWanted(moves, scores.EstimateOfWriting(expert)) || plan.Holds(plan.GpuOf[slot], expert)) return;
        double score = scores.OfWriting(expert);
        if (IsWanted(moves, score) && !double.IsPositiveInfinity(score)) Offer(new MoveBeam.Candidate(score, _hash ^ Mark(slot, old) ^ Mark(slot, expert), _from, slot, -1, expert), moves);
    }

    private bool IsWanted(int moves, double score) => moves > _moves ? _beam.Wants(moves, score) : score < _free.Score;

    private void Offer(in MoveBeam.Candidate candidate, int moves)
    {
        if (moves > _moves) _beam.Offer(moves, candidate);
        else _free = candidate;
    }

    // Slots that an exchange writes beyond those that are written.
    private int MovesOf(int slot, int other)
    {
        int expert = plan.Expert[slot], otherExpert = plan.Expert[other];
        return Written(slot, otherExpert) - Written(slot, expert) + Written(other, expert) - Written(other, otherExpert);
    }

    private ulong MarkOf(int slot, int other)
    {
        int expert = plan.Expert[slot], otherExpert = plan.Expert[other];
        return Mark(slot, expert) ^ Mark(slot, otherExpert) ^ Mark(other, otherExpert) ^ Mark(other, expert);
    }

    // A number for each pair of slot and expert, by the finalizer of SplitMix64: a placement's hash is the exclusive or of its pairs.
    private static ulong Mark(int slot, int expert)
    {
        ulong mark = ((ulong)(uint)slot << 32) | (uint)expert;
        mark = (mark ^ (mark >> 30)) * 0xBF58476D1CE4E5B9;
        mark = (mark ^ (mark >> 27)) * 0x94D049BB133111EB;
        return mark ^ (mark >> 31);
    }
}
