namespace Eplb;

/// <summary>Where the experts of one layer live: what each slot holds, and how many replicas each expert has.</summary>
/// <remarks>Immutable: the arrays are not copied and must not be written to.</remarks>
public sealed class LayerPlacement
{
    internal LayerPlacement(int layer, int[] physicalToLogical, int[] replica, int[] expertCount, double[]? load)
    {
        Layer = layer;
        PhysicalToLogical = physicalToLogical;
        Replica = replica;
        ExpertCount = expertCount;
        Load = load;
    }

    /// <summary>Layer id.</summary>
    public int Layer { get; }

    /// <summary>Logical expert in each slot, -1 in an empty one: [slot].</summary>
    public int[] PhysicalToLogical { get; }

    /// <summary>Which replica of its expert each slot holds, 0 for the first, -1 in an empty slot: [slot].</summary>
    public int[] Replica { get; }

    /// <summary>Number of replicas of each logical expert: [expert].</summary>
    public int[] ExpertCount { get; }

    /// <summary>Load of each logical expert that the plan was made from, or null where it is not known: [expert].</summary>
    public double[]? Load { get; }

    /// <summary>Load that a slot is expected to carry: its expert's load shared evenly by the replicas; 0 where the loads are not known, and for an empty slot.</summary>
    /// <param name="physicalExpert">Slot of the layer.</param>
    internal double ExpectedLoad(int physicalExpert)
    {
        int expert = PhysicalToLogical[physicalExpert];
        return Load is null || expert < 0 ? 0 : Load[expert] / ExpertCount[expert];
    }

    /// <summary>Takes a layer's slots as a server or a file gives them; replicas are numbered in slot order.</summary>
    /// <param name="layer">Layer id, 0 to 65,535.</param>
    /// <param name="physicalToLogical">Logical expert in each slot, 0 to <paramref name="expertCount"/>-1; -1 in an empty slot, where these are allowed.</param>
    /// <param name="expertCount">Number of logical experts.</param>
    /// <param name="load">Load of each logical expert, or null.</param>
    /// <param name="replica">Replica number of each slot, or null to number them in slot order.</param>
    /// <param name="allowsEmpty">True where a slot may be empty, as those of a lost GPU are.</param>
    /// <exception cref="EplbException">An id out of range, an expert without a slot, another number of loads than of experts, a load that is none, or replica numbers that are not 0..count-1 of each expert.</exception>
    public static LayerPlacement Create(int layer, int[] physicalToLogical, int expertCount, double[]? load = null, int[]? replica = null,
        bool allowsEmpty = false)
    {
        if (physicalToLogical is null) throw new ArgumentNullException(nameof(physicalToLogical));
        LoadSums.CheckLayer(layer);
        var counts = new int[expertCount];
        int[] numbers = new int[physicalToLogical.Length];
        for (int slot = 0; slot < physicalToLogical.Length; slot++)
        {
            int expert = physicalToLogical[slot];
            if (expert == LiveSlots.Empty && allowsEmpty)
            {
                numbers[slot] = LiveSlots.Empty;
                continue;
            }

            if ((uint)expert >= (uint)expertCount)
            {
                throw new EplbException(EplbError.IndexOutOfRange,
                    $"Layer {layer}, slot {slot}: expert {expert} does not exist; logical experts are 0 to {expertCount - 1}.", expert);
            }

            numbers[slot] = counts[expert]++;
        }

        int missing = Array.IndexOf(counts, 0);
        if (missing >= 0)
        {
            throw new EplbException(EplbError.ExpertMissing,
                $"Layer {layer}: expert {missing} has no slot; every logical expert needs at least one.", layer);
        }

        if (load is not null && load.Length != expertCount)
        {
            throw new EplbException(EplbError.RowLengthMismatch,
                $"Layer {layer} has {load.Length} loads for {expertCount} experts; every expert needs one.", layer);
        }

        for (int expert = 0; expert < (load?.Length ?? 0); expert++) ExpertLoad.CheckLoad(load![expert], layer, expert);
        if (replica is not null) CheckReplicas(layer, physicalToLogical, counts, replica);
        return new LayerPlacement(layer, physicalToLogical, replica ?? numbers, counts, load);
    }

    private static void CheckReplicas(int layer, int[] physicalToLogical, int[] counts, int[] replica)
    {
        var seen = new HashSet<(int Expert, int Replica)>();
        for (int slot = 0; slot < replica.Length; slot++)
        {
            int expert = physicalToLogical[slot];
            if (expert == LiveSlots.Empty)
            {
                if (replica[slot] == LiveSlots.Empty) continue;
                throw PlacementFinding.Refuse(layer, null, slot, $" is empty, but has the replica number {replica[slot]} instead of -1.");
            }

            if ((uint)replica[slot] < (uint)counts[expert] && seen.Add((expert, replica[slot]))) continue;
            throw PlacementFinding.Refuse(layer, null, slot,
                $": replica {replica[slot]} of expert {expert} is repeated or out of range; its {counts[expert]} replicas are numbered 0 to {counts[expert] - 1}.");
        }
    }
}
