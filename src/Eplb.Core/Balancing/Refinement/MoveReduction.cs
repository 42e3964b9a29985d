namespace Eplb;

/// <summary>Takes changes of a placement back, one after another, as long as the slowest GPU stays fast enough.</summary>
/// <remarks>
/// A slot gets its expert back, either over the one that is there or in exchange with another written slot that has it. What that costs
/// in balance is made good, where possible, by changes of slots that are written anyway. The cheapest are tried first, round after
/// round, until nothing can be taken back any more or the limit of failures is reached.
/// </remarks>
internal sealed class MoveReduction(GpuAssignment plan, ChangeScores scores, MoveSearch search, int[] nodeOfGpu, int[]? nodeOfExpert)
{
    private const int MaxFailures = 32;

    private readonly List<Reversal> _reversals = [];
    private int[] _current = [];
    private double _target;

    /// <summary>Takes back what can be taken back.</summary>
    /// <param name="experts">Expert in each slot, changed in place: [slots].</param>
    /// <param name="current">Expert in each slot now, -1 in an empty one: [slots].</param>
    /// <param name="target">Time of the slowest GPU that is not to be exceeded.</param>
    /// <param name="cancellationToken">Stops between two tries.</param>
    public void Reduce(int[] experts, int[] current, double target, CancellationToken cancellationToken)
    {
        _current = current;
        _target = target;
        int failures = 0;
        bool found = true;
        while (found)
        {
            found = false;
            plan.Assign(experts);
            Collect();
            foreach (Reversal reversal in _reversals)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!IsOpen(reversal)) continue;
                if (TryApply(reversal) || (failures < MaxFailures && TrySettle(reversal)))
                    found = true;
                else
                    failures++;
            }

            plan.Expert.AsSpan().CopyTo(experts);
        }
    }

    private void Collect()
    {
        _reversals.Clear();
        scores.Look();
        scores.Limit = double.PositiveInfinity;
        for (int slot = 0; slot < plan.SlotCount; slot++)
        {
            int wanted = _current[slot], expert = plan.Expert[slot], gpu = plan.GpuOf[slot];
            if (wanted == expert || wanted == LiveSlots.Empty || plan.Holds(gpu, wanted)) continue;
            if (nodeOfExpert?[wanted] == nodeOfGpu[gpu] && plan.Count[expert] > 1 && scores.Choose(slot))
                _reversals.Add(new Reversal(scores.OfWriting(wanted), slot, -1, expert));
            for (int other = plan.HeadOf(wanted); other >= 0; other = plan.Next(other))
            {
                if (_current[other] != wanted && nodeOfGpu[plan.GpuOf[other]] == nodeOfGpu[gpu] && !plan.Holds(plan.GpuOf[other], expert))
                    _reversals.Add(new Reversal(scores.OfSwapping(slot, other), slot, other, expert));
            }
        }

        _reversals.Sort((a, b) => a.Score != b.Score ? a.Score.CompareTo(b.Score) : a.Slot != b.Slot ? a.Slot.CompareTo(b.Slot) : a.Other.CompareTo(b.Other));
        scores.Limit = _target * (1 + GpuAssignment.Rounding);
    }

    // What was taken back since the reversals were listed may have settled this one, or made it impossible.
    private bool IsOpen(in Reversal reversal)
    {
        int wanted = _current[reversal.Slot];
        if (plan.Expert[reversal.Slot] != reversal.Expert || plan.Holds(plan.GpuOf[reversal.Slot], wanted)) return false;
        return reversal.Other < 0
            ? plan.Count[reversal.Expert] > 1
            : plan.Expert[reversal.Other] == wanted && !plan.Holds(plan.GpuOf[reversal.Other], reversal.Expert);
    }

    private bool TryApply(in Reversal reversal)
    {
        if (reversal.Other >= 0)
        {
            if (double.IsPositiveInfinity(scores.OfSwapping(reversal.Slot, reversal.Other))) return false;
            plan.Swap(reversal.Slot, reversal.Other);
        }
        else
        {
            if (!scores.Choose(reversal.Slot) || double.IsPositiveInfinity(scores.OfWriting(_current[reversal.Slot]))) return false;
            plan.Rewrite(reversal.Slot, _current[reversal.Slot]);
        }

        scores.Look();
        return true;
    }

    private bool TrySettle(in Reversal reversal)
    {
        int[] before = (int[])plan.Expert.Clone(), attempt = (int[])plan.Expert.Clone();
        if (reversal.Other >= 0) attempt[reversal.Other] = reversal.Expert;
        attempt[reversal.Slot] = _current[reversal.Slot];
        bool settles = search.Settle(attempt, _current, _target);
        if (!settles) plan.Assign(before);
        scores.Look();
        scores.Limit = _target * (1 + GpuAssignment.Rounding);
        return settles;
    }

    /// <summary>A slot to give its expert back.</summary>
    /// <param name="Score">Score of the plan with it.</param>
    /// <param name="Slot">The slot.</param>
    /// <param name="Other">Slot to exchange it with, or -1 to write it over.</param>
    /// <param name="Expert">Expert that is in the slot.</param>
    private readonly record struct Reversal(double Score, int Slot, int Other, int Expert);
}
