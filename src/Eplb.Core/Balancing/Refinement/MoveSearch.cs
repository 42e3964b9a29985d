namespace Eplb;

/// <summary>Finds few slots to write that make a placement in force fit new loads.</summary>
/// <remarks>
/// A beam search: level m holds the best placements found that differ from the one in force in m slots, ranked by the sum of a high
/// power of the GPU times. The width follows a limit of work, counted in looked-at changes, so that the result is the same on every
/// machine.
/// </remarks>
internal sealed class MoveSearch : IMoveSearch
{
    private const int MaxWidth = 32;
    private const int WidthTimesSquaredSlots = 340_000;
    private const int FreeChanges = 4;
    private const int SettlingChanges = 16;

    // A visit takes time with the square of the slots: so all placements take much the same, and small ones no more than is of use.
    private const long WorkTimesSquaredSlots = 3_456_000_000;
    private const long MaxWork = 400_000;

    // Relative gain that the moves of a layer must bring, together, to be made: below it no operator sees a difference.
    public const double Worth = 1e-3;

    private readonly GpuAssignment _plan;
    private readonly ChangeScores _scores;
    private readonly MoveOffers _offers;
    private readonly MoveBeam _none = new(-1, 1);
    private readonly int _effort;
    private long _visits;

    /// <summary>Makes the search of a plan, which it changes.</summary>
    /// <param name="plan">Plan; its loads are the new ones.</param>
    /// <param name="scores">Its scores.</param>
    /// <param name="nodeOfGpu">Node of each GPU; slots are only exchanged within a node: [gpus].</param>
    /// <param name="nodeOfExpert">The node that each expert stays on, or null where no expert gets or loses replicas: [experts].</param>
    /// <param name="effort">How many times the usual width and work to spend.</param>
    public MoveSearch(GpuAssignment plan, ChangeScores scores, int[] nodeOfGpu, int[]? nodeOfExpert, int effort = 1)
    {
        _effort = effort;
        _plan = plan;
        _scores = scores;
        _offers = new MoveOffers(plan, scores, nodeOfGpu, nodeOfExpert);
    }

    /// <inheritdoc/>
    public int[] Search(int[] current, int[] start, int maxMoves, double target, CancellationToken cancellationToken)
    {
        _plan.Assign(start);
        double mean = Mean();
        if (mean == 0) return start;
        _visits = 0;
        _scores.SetUnit(mean);
        var beam = new MoveBeam(maxMoves, Math.Max(2, _effort * Math.Min(MaxWidth, WidthTimesSquaredSlots / (_plan.SlotCount * _plan.SlotCount))));
        _offers.Start(current, beam, mean, target);
        int first = 0;
        for (int slot = 0; slot < start.Length; slot++) first += _offers.Written(slot, start[slot]);
        beam.Offer(first, new MoveBeam.Candidate(0, 0, start, 0, -1, start[0]));
        List<(double Slowest, int[] Experts)> front = [];
        for (int moves = first; moves <= maxMoves; moves++)
        {
            IReadOnlyList<MoveBeam.Candidate> level = beam.Level(moves);
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

    /// <summary>Changes slots of a placement that are written anyway until its slowest GPU is fast enough.</summary>
    /// <param name="experts">Expert in each slot, changed in place: [slots].</param>
    /// <param name="current">Expert in each slot now, -1 in an empty one: [slots].</param>
    /// <param name="target">Time of the slowest GPU at which to stop.</param>
    /// <returns>False when no change of these slots helps any more before that.</returns>
    public bool Settle(int[] experts, int[] current, double target)
    {
        _plan.Assign(experts);
        _offers.Start(current, _none, Mean(), target);
        for (int i = 0; i <= SettlingChanges; i++)
        {
            int hottest = _plan.HottestGpu();
            if (_plan.Time[hottest] <= target) return true;
            _scores.Look();
            MoveBeam.Candidate free = _offers.Collect(experts, hash: 0, moves: 0, hottest);
            if (free.Slot < 0) return false;
            Apply(free, experts);
            _plan.Assign(experts);
        }

        return false;
    }

    private double Mean()
    {
        double total = 0;
        foreach (double time in _plan.Time) total += time;
        return total / _plan.GpuCount;
    }

    private int Width(int moves, int maxMoves)
    {
        long perVisit = Math.Max(1, _offers.Work / Math.Max(1, _visits));
        long levels = Math.Min(maxMoves - moves + 1, Math.Max(8, _plan.SlotCount / 8));
        long left = (_effort * Math.Min(MaxWork, WorkTimesSquaredSlots / ((long)_plan.SlotCount * _plan.SlotCount))) - _offers.Work;
        return (int)Math.Max(1, Math.Min(_effort * MaxWidth, left / (perVisit * levels)));
    }

    // Looks at a placement and at what it can be extended to, changing slots that are written anyway as long as that helps.
    private double Visit(in MoveBeam.Candidate candidate, int moves, List<(double Slowest, int[] Experts)> front)
    {
        int[] experts = (int[])candidate.From.Clone();
        Apply(candidate, experts);
        ulong hash = candidate.Hash;
        double slowest = double.PositiveInfinity;
        for (int i = 0; i <= FreeChanges; i++)
        {
            _visits++;
            _plan.Assign(experts);
            int hottest = _plan.HottestGpu();
            slowest = Math.Min(slowest, _plan.Time[hottest]);
            if (front.Count == 0 || slowest < front[front.Count - 1].Slowest * (1 - GpuAssignment.Rounding)) front.Add((slowest, experts));
            _scores.Look();
            MoveBeam.Candidate free = _offers.Collect(experts, hash, moves, hottest);
            if (free.Slot < 0) break;
            experts = (int[])experts.Clone();
            hash = free.Hash;
            Apply(free, experts);
        }

        return slowest;
    }

    private static void Apply(in MoveBeam.Candidate candidate, int[] experts)
    {
        if (candidate.Other < 0)
            experts[candidate.Slot] = candidate.Expert;
        else
            (experts[candidate.Slot], experts[candidate.Other]) = (experts[candidate.Other], experts[candidate.Slot]);
        if (candidate.Slot2 >= 0)
            (experts[candidate.Slot2], experts[candidate.Other2]) = (experts[candidate.Other2], experts[candidate.Slot2]);
    }
}
