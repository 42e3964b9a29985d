namespace Eplb;

/// <summary>A plan of one layer, or of one node's share of it, that can be changed slot by slot: the state of a local search.</summary>
/// <remarks>
/// GPUs own consecutive runs of slots, not all of the same length. An expert's load is shared evenly by its replicas, so a change of
/// its count changes every GPU that holds it; the slots of each expert form a doubly linked list to find them. The time of a GPU is
/// the load of its slots over its speed.
/// </remarks>
internal sealed class GpuAssignment
{
    /// <summary>Relative changes below this are rounding, not progress.</summary>
    public const double Rounding = 1e-12;

    private readonly int[] _next;      // [slots]: next slot with the same expert, or -1
    private readonly int[] _previous;  // [slots]
    private readonly int[] _head;      // [experts]: first slot of the expert, or -1

    /// <summary>Makes an assignment of no content; <see cref="Load"/> and <see cref="Assign"/> fill it.</summary>
    /// <param name="experts">Experts.</param>
    /// <param name="firstSlot">First slot of each GPU, and the number of slots as the last entry: [gpus + 1].</param>
    /// <param name="speed">Relative speed of each GPU, above 0: [gpus].</param>
    public GpuAssignment(int experts, int[] firstSlot, double[] speed)
    {
        FirstSlot = firstSlot;
        int slots = firstSlot[firstSlot.Length - 1];
        Speed = speed;
        Pace = [.. speed.Select(value => 1 / value)];
        Load = new double[experts];
        Count = new int[experts];
        Share = new double[experts];
        Expert = new int[slots];
        SlotLoad = new double[slots];
        GpuOf = new int[slots];
        GpuLoad = new double[GpuCount];
        Time = new double[GpuCount];
        for (int gpu = 0; gpu < GpuCount; gpu++) GpuOf.AsSpan(firstSlot[gpu], firstSlot[gpu + 1] - firstSlot[gpu]).Fill(gpu);
        _next = new int[slots];
        _previous = new int[slots];
        _head = new int[experts];
    }

    /// <summary>GPUs.</summary>
    public int GpuCount => FirstSlot.Length - 1;

    /// <summary>Slots of all GPUs.</summary>
    public int SlotCount => Expert.Length;

    /// <summary>Experts.</summary>
    public int ExpertCount => Load.Length;

    /// <summary>First slot of each GPU: [gpus + 1].</summary>
    public int[] FirstSlot { get; }

    /// <summary>GPU that owns each slot: [slots].</summary>
    public int[] GpuOf { get; }

    /// <summary>Relative speed of each GPU: [gpus].</summary>
    public double[] Speed { get; }

    /// <summary>1 / speed: [gpus].</summary>
    public double[] Pace { get; }

    /// <summary>Load of each expert: [experts].</summary>
    public double[] Load { get; }

    /// <summary>Replicas of each expert: [experts].</summary>
    public int[] Count { get; }

    /// <summary>Load of one replica: [experts].</summary>
    public double[] Share { get; }

    /// <summary>Expert in each slot: [slots].</summary>
    public int[] Expert { get; }

    /// <summary>Load of the replica in each slot: [slots].</summary>
    public double[] SlotLoad { get; }

    /// <summary>Load of the slots of each GPU: [gpus].</summary>
    public double[] GpuLoad { get; }

    /// <summary>Load over speed of each GPU: [gpus].</summary>
    public double[] Time { get; }

    /// <summary>Slots of a GPU.</summary>
    /// <param name="gpu">GPU.</param>
    public int SlotsOn(int gpu) => FirstSlot[gpu + 1] - FirstSlot[gpu];

    /// <summary>Experts in the slots of a GPU.</summary>
    /// <param name="gpu">GPU.</param>
    public ReadOnlySpan<int> ExpertsOn(int gpu) => Expert.AsSpan(FirstSlot[gpu], FirstSlot[gpu + 1] - FirstSlot[gpu]);

    /// <summary>True when a GPU has a replica of an expert.</summary>
    /// <param name="gpu">GPU.</param>
    /// <param name="expert">Expert.</param>
    public bool Holds(int gpu, int expert) => ExpertsOn(gpu).IndexOf(expert) >= 0;

    /// <summary>The first slot of an expert; -1 when it has none.</summary>
    /// <param name="expert">Expert.</param>
    public int HeadOf(int expert) => _head[expert];

    /// <summary>The next slot of the same expert; -1 after the last one.</summary>
    /// <param name="slot">Slot.</param>
    public int Next(int slot) => _next[slot];

    /// <summary>Puts an expert into every slot; the loads must be there.</summary>
    public void Assign(ReadOnlySpan<int> experts)
    {
        _head.AsSpan().Fill(-1);
        Count.AsSpan().Clear();
        for (int slot = SlotCount - 1; slot >= 0; slot--)
        {
            Link(slot, experts[slot]);
            Count[experts[slot]]++;
        }

        for (int expert = 0; expert < ExpertCount; expert++) Share[expert] = Load[expert] / Math.Max(1, Count[expert]);
        Recompute();
    }

    /// <summary>Adds the loads up afresh, which takes out the rounding of many small changes.</summary>
    public void Recompute()
    {
        for (int gpu = 0; gpu < GpuCount; gpu++)
        {
            double sum = 0;
            for (int slot = FirstSlot[gpu]; slot < FirstSlot[gpu + 1]; slot++)
            {
                SlotLoad[slot] = Share[Expert[slot]];
                sum += SlotLoad[slot];
            }

            SetLoad(gpu, sum);
        }
    }

    /// <summary>The GPU with the highest time, the lowest index on ties.</summary>
    public int HottestGpu()
    {
        int hottest = 0;
        for (int gpu = 1; gpu < Time.Length; gpu++)
        {
            if (Time[gpu] > Time[hottest]) hottest = gpu;
        }

        return hottest;
    }

    /// <summary>Exchanges the experts of two slots of different GPUs.</summary>
    public void Swap(int slot, int other)
    {
        int expert = Expert[slot], otherExpert = Expert[other];
        double change = SlotLoad[other] - SlotLoad[slot];
        Unlink(slot);
        Unlink(other);
        Link(slot, otherExpert);
        Link(other, expert);
        (SlotLoad[slot], SlotLoad[other]) = (SlotLoad[other], SlotLoad[slot]);
        SetLoad(GpuOf[slot], GpuLoad[GpuOf[slot]] + change);
        SetLoad(GpuOf[other], GpuLoad[GpuOf[other]] - change);
    }

    /// <summary>Writes an expert over the one in a slot; the shares of both change everywhere.</summary>
    public void Rewrite(int slot, int expert)
    {
        int old = Expert[slot];
        Unlink(slot);
        SetLoad(GpuOf[slot], GpuLoad[GpuOf[slot]] - SlotLoad[slot]);
        SlotLoad[slot] = 0;
        ChangeCount(old, Count[old] - 1);
        Link(slot, expert);
        ChangeCount(expert, Count[expert] + 1);
    }

    private void ChangeCount(int expert, int count)
    {
        Count[expert] = count;
        double share = Load[expert] / Math.Max(1, count);
        Share[expert] = share;
        for (int slot = _head[expert]; slot >= 0; slot = _next[slot])
        {
            int gpu = GpuOf[slot];
            SetLoad(gpu, GpuLoad[gpu] + (share - SlotLoad[slot]));
            SlotLoad[slot] = share;
        }
    }

    private void SetLoad(int gpu, double load)
    {
        GpuLoad[gpu] = load;
        Time[gpu] = load * Pace[gpu];
    }

    private void Link(int slot, int expert)
    {
        Expert[slot] = expert;
        int head = _head[expert];
        _next[slot] = head;
        _previous[slot] = -1;
        if (head >= 0) _previous[head] = slot;
        _head[expert] = slot;
    }

    private void Unlink(int slot)
    {
        int next = _next[slot], previous = _previous[slot];
        if (next >= 0) _previous[next] = previous;
        if (previous >= 0) _next[previous] = next;
        else _head[Expert[slot]] = next;
    }
}
