namespace Eplb;

/// <summary>Raises the balancedness of a plan over several windows until nothing helps any more or the work limit is reached.</summary>
/// <remarks>
/// Works on the GPUs that are the slowest in some window: of all exchanges of one of their slots the best is made, and where none helps,
/// the best replica of another expert. Then a few changes at random, from a fixed seed, lead to another start; one that ends worse is
/// taken back. Work is counted in looked-at times, so that the result is the same on every machine.
/// </remarks>
/// <param name="plan">Plan to change.</param>
/// <param name="nodeOfGpu">Slots are only exchanged between GPUs of the same number: [GPUs].</param>
/// <param name="nodeOfExpert">The number that each expert's GPUs have, or null where no expert gets or loses replicas: [experts].</param>
internal sealed class WindowSearch(WindowAssignment plan, int[] nodeOfGpu, int[]? nodeOfExpert)
{
    private const double Progress = 1e-9;
    private const int KickTries = 64;

    // Times looked at for each slot: some milliseconds a layer of a large model.
    private const long WorkPerSlot = 30_000;
    private const long MostWork = 300_000_000;

    private double _best;
    private int _slot, _other, _expert;
    private long _limit;
    private CancellationToken _cancellation;
    private StepRandom _random;

    /// <summary>Improves the plan; its value never falls.</summary>
    /// <param name="cancellationToken">Stops at once.</param>
    public void Improve(CancellationToken cancellationToken)
    {
        _limit = plan.Work + Math.Min(MostWork, WorkPerSlot * plan.Expert.Length);
        _cancellation = cancellationToken;
        _random = default;
        Descend();
        int[] best = [.. plan.Expert];
        double value = plan.Value;
        while (!IsOver() && Kick())
        {
            Descend();
            if (plan.Value > value + Progress)
            {
                value = plan.Value;
                plan.Expert.CopyTo(best, 0);
            }
            else
            {
                plan.Assign(best);
            }
        }

        plan.Assign(best);
    }

    private bool IsOver()
    {
        _cancellation.ThrowIfCancellationRequested();
        return plan.Work >= _limit;
    }

    private void Descend()
    {
        int[] experts = [.. plan.Expert];
        while (!IsOver())
        {
            int[] hot = plan.HotGpus();
            if (!Array.Exists(hot, FindSwap) && !Array.Exists(hot, FindRewrite)) return;
            plan.Expert.CopyTo(experts, 0);
            if (_other >= 0)
                (experts[_slot], experts[_other]) = (experts[_other], experts[_slot]);
            else
                experts[_slot] = _expert;
            plan.Assign(experts);
        }
    }

    private bool FindSwap(int gpu)
    {
        Begin();
        (int first, int end) = plan.SlotsOf(gpu);
        for (int other = 0; other < nodeOfGpu.Length; other++)
        {
            if (other == gpu || nodeOfGpu[other] != nodeOfGpu[gpu]) continue;
            if (IsOver()) break;
            plan.PrepareSwaps(gpu, other);
            (int theirFirst, int theirEnd) = plan.SlotsOf(other);
            for (int slot = first; slot < end; slot++)
            {
                if (plan.Holds(other, plan.Expert[slot])) continue;
                for (int theirs = theirFirst; theirs < theirEnd; theirs++)
                {
                    if (!plan.Holds(gpu, plan.Expert[theirs])) Note(plan.ValueOfSwap(slot, theirs, _best), slot, theirs, -1);
                }
            }
        }

        return _slot >= 0;
    }

    // One of the GPU's experts over a replica elsewhere that can be spared, or another expert over a replica on the GPU.
    private bool FindRewrite(int gpu)
    {
        Begin();
        if (nodeOfExpert is null) return false;
        (int first, int end) = plan.SlotsOf(gpu);
        for (int slot = 0; slot < plan.Expert.Length; slot++)
        {
            int holder = plan.GpuOf[slot];
            if (plan.Count[plan.Expert[slot]] < 2 || nodeOfGpu[holder] != nodeOfGpu[gpu]) continue;
            if (IsOver()) break;
            if (holder == gpu)
            {
                for (int expert = 0; expert < nodeOfExpert.Length; expert++) TryRewrite(slot, expert);
            }
            else
            {
                for (int mine = first; mine < end; mine++) TryRewrite(slot, plan.Expert[mine]);
            }
        }

        return _slot >= 0;
    }

    private void TryRewrite(int slot, int expert)
    {
        if (MayTake(slot, expert) && !IsOver()) Note(plan.ValueOfRewrite(slot, expert), slot, -1, expert);
    }

    private bool MayTake(int slot, int expert) => nodeOfExpert![expert] == nodeOfGpu[plan.GpuOf[slot]] && !plan.Holds(plan.GpuOf[slot], expert);

    private void Begin()
    {
        _best = plan.Value + Progress;
        _slot = -1;
    }

    private void Note(double value, int slot, int other, int expert)
    {
        if (value <= _best) return;
        _best = value;
        _slot = slot;
        _other = other;
        _expert = expert;
    }

    // False where nothing can be changed at all.
    private bool Kick()
    {
        int[] experts = [.. plan.Expert];
        bool isChanged = false;
        for (int changes = 1 + _random.Below(3); changes > 0; changes--)
        {
            for (int tries = KickTries; tries > 0; tries--)
            {
                int slot = _random.Below(experts.Length), other = _random.Below(experts.Length);
                int gpu = plan.GpuOf[slot], holder = plan.GpuOf[other];
                if (nodeOfGpu[gpu] != nodeOfGpu[holder] || plan.Holds(holder, plan.Expert[slot]) || plan.Holds(gpu, plan.Expert[other])) continue;
                (experts[slot], experts[other]) = (experts[other], experts[slot]);
                isChanged = true;
                plan.Assign(experts);
                break;
            }
        }

        return isChanged;
    }
}
