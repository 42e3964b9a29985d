namespace Eplb;

/// <summary>Lowers the time of one GPU by changes that concern experts with several replicas, and so which of them the dispatch finds first.</summary>
/// <remarks>Each kind of change is tried in all places; the one is made that leaves the lowest time on the slowest of the GPUs that it touches, if that is below the GPU's time now.</remarks>
/// <param name="plan">Plan to change.</param>
/// <param name="nodeOfGpu">Slots are only exchanged between GPUs of the same number: [GPUs].</param>
/// <param name="nodeOfExpert">The number that each expert's GPUs have, or null where no expert gets or loses replicas: [experts].</param>
/// <param name="isOver">True when the search is to end with the best change so far; asked every few slots.</param>
internal sealed class ReplicaChange(DispatchAssignment plan, int[] nodeOfGpu, int[]? nodeOfExpert, Func<bool> isOver)
{
    // Passing over a slot takes a small part of the time that sharing out takes.
    private const int SlotsPerWork = 32;

    // Slots between two questions whether the search is over.
    private const int SlotsPerQuestion = 512;

    private double _least;
    private int _slot, _other, _expert, _spare;

    /// <summary>Slots passed over so far, in the unit of <see cref="DispatchAssignment.Work"/>: the work done beside that.</summary>
    public long Work { get; private set; }

    /// <summary>Exchanges a slot of the GPU with one of another, one of them at least with a replica of several.</summary>
    /// <param name="gpu">GPU whose time is to fall.</param>
    public bool TryExchange(int gpu)
    {
        Begin(gpu);
        int first = plan.FirstSlot(gpu), slots = plan.ExpertsOn(gpu).Length;
        for (int slot = first; slot < first + slots; slot++)
        {
            int mine = plan.Expert[slot];
            for (int other = 0; other < plan.Expert.Length; other++)
            {
                if (other % SlotsPerQuestion == 0 && IsOver()) return Commit();
                int holder = plan.GpuOf[other], theirs = plan.Expert[other];
                if (holder == gpu || nodeOfGpu[holder] != nodeOfGpu[gpu] || (plan.Count[mine] == 1 && plan.Count[theirs] == 1)) continue;
                if (plan.Holds(holder, mine) || plan.Holds(gpu, theirs)) continue;
                Note(plan.TrySwap(slot, other), slot, other, -1);
            }
        }

        return Commit();
    }

    /// <summary>Writes an expert over a replica that its expert can spare: one of the GPU's experts elsewhere, or another one on the GPU.</summary>
    /// <param name="gpu">GPU whose time is to fall.</param>
    public bool TryRewrite(int gpu)
    {
        if (nodeOfExpert is null) return false;
        Begin(gpu);
        for (int slot = 0; slot < plan.Expert.Length; slot++)
        {
            int holder = plan.GpuOf[slot];
            if (plan.Count[plan.Expert[slot]] < 2 || nodeOfGpu[holder] != nodeOfGpu[gpu]) continue;
            if (isOver()) break;
            if (holder == gpu)
            {
                for (int expert = 0; expert < nodeOfExpert.Length; expert++)
                {
                    if (nodeOfExpert[expert] == nodeOfGpu[gpu] && !plan.Holds(gpu, expert)) Note(plan.TryRewrite(slot, expert), slot, -1, expert);
                }
            }
            else
            {
                foreach (int expert in plan.ExpertsOn(gpu))
                {
                    if (!plan.Holds(holder, expert)) Note(plan.TryRewrite(slot, expert), slot, -1, expert);
                }
            }
        }

        return Commit();
    }

    /// <summary>Makes one more replica of the expert that loads the GPU most, in the slot of an expert without replicas, which moves to where one can be spared.</summary>
    /// <param name="gpu">GPU whose time is to fall.</param>
    public bool TryChain(int gpu)
    {
        if (nodeOfExpert is null) return false;
        Begin(gpu);
        int expert = HeaviestOn(gpu);
        for (int spare = 0; spare < plan.Expert.Length; spare++)
        {
            int giver = plan.Expert[spare], taker = plan.GpuOf[spare];
            if (giver == expert || plan.Count[giver] < 2 || nodeOfGpu[taker] != nodeOfGpu[gpu]) continue;
            for (int slot = 0; slot < plan.Expert.Length; slot++)
            {
                if (slot % SlotsPerQuestion == 0 && IsOver()) break;
                int holder = plan.GpuOf[slot], moved = plan.Expert[slot];
                if (holder == taker || moved == giver || plan.Time(holder) >= _least || nodeOfGpu[holder] != nodeOfGpu[gpu]) continue;
                if (plan.Count[moved] > 1 || plan.Load[moved] >= _least * plan.Speed[taker] || plan.Holds(holder, expert)) continue;
                double time = plan.TryChain(slot, spare, expert);
                if (time >= _least) continue;
                Note(time, slot, -1, expert);
                _spare = spare;
            }
        }

        if (_slot >= 0) plan.Rewrite(_spare, plan.Expert[_slot]);
        return Commit();
    }

    private int HeaviestOn(int gpu)
    {
        int heaviest = -1;
        double most = -1;
        foreach (int expert in plan.ExpertsOn(gpu))
        {
            double share = plan.ShareOf(expert, gpu);
            if (share <= most) continue;
            most = share;
            heaviest = expert;
        }

        return heaviest;
    }

    private bool IsOver()
    {
        Work += 1 + (Math.Min(plan.Expert.Length, SlotsPerQuestion) / SlotsPerWork);
        return isOver();
    }

    private void Begin(int gpu)
    {
        _least = plan.Time(gpu) * (1 - GpuAssignment.Rounding);
        _slot = -1;
    }

    private void Note(double time, int slot, int other, int expert)
    {
        if (time >= _least) return;
        _least = time;
        _slot = slot;
        _other = other;
        _expert = expert;
    }

    private bool Commit()
    {
        if (_slot < 0) return false;
        if (_other >= 0)
            plan.Swap(_slot, _other);
        else
            plan.Rewrite(_slot, _expert);
        return true;
    }
}
