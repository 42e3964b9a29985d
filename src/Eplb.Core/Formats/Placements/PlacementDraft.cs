namespace Eplb;

/// <summary>A whole placement as it came, before any rule is known to hold: what exporters and Test-EplbPlacement judge.</summary>
internal sealed class PlacementDraft
{
    private PlacementDraft(IReadOnlyList<PlacementRow> rows, int expertCount, int slotCount, int gpuCount)
    {
        Rows = rows;
        ExpertCount = expertCount;
        SlotCount = slotCount;
        GpuCount = gpuCount;
    }

    /// <summary>Layers, ascending.</summary>
    public IReadOnlyList<PlacementRow> Rows { get; }

    /// <summary>Number of logical experts.</summary>
    public int ExpertCount { get; }

    /// <summary>Slots that a layer should have.</summary>
    public int SlotCount { get; }

    /// <summary>GPUs.</summary>
    public int GpuCount { get; }

    /// <summary>Why the slots make no placement, where they say more than a draft holds; null where they make one, and where they do not say it.</summary>
    public EplbException? Refusal { get; set; }

    /// <summary>Highest layer id.</summary>
    public int LastLayer => Rows[Rows.Count - 1].Layer;

    /// <summary>The placement of a map that holds its rules already.</summary>
    /// <param name="map">The map.</param>
    /// <param name="expertCount">Number of logical experts that it should have, or null for the number that it has.</param>
    public static PlacementDraft From(PlacementMap map, int? expertCount = null)
    {
        int[] gpus = [.. Enumerable.Range(0, map.ReplicaCount).Select(map.Shape.GpuOf)];
        return new PlacementDraft(
            [.. map.Layers.Select(layer => new PlacementRow(layer.Layer, layer.PhysicalToLogical, gpus, layer.Load))],
            expertCount ?? map.ExpertCount[0].Length, map.ReplicaCount, map.GpuCount);
    }

    /// <summary>A placement of layers in any state; what most layers agree on is taken for right.</summary>
    /// <param name="rows">Layers in any order.</param>
    /// <param name="expertCount">Number of logical experts, or null to find it: one more than the highest id, in most layers.</param>
    /// <exception cref="EplbException">There is no layer, or a layer without slots.</exception>
    public static PlacementDraft From(IEnumerable<PlacementRow> rows, int? expertCount = null)
    {
        PlacementRow[] ordered = [.. rows.OrderBy(row => row.Layer)];
        if (ordered.Length == 0 || Array.Exists(ordered, row => row.Experts.Length == 0))
            throw new EplbException(EplbError.PlacementInvalid, "There are no slots: a placement needs at least one layer, and a layer at least one slot.");
        return new PlacementDraft(ordered, expertCount ?? MostFrequent(ordered.Select(CountExperts)), MostFrequent(ordered.Select(CountSlots)),
            MostFrequent(ordered.Select(CountGpus)));
    }

    /// <summary>A placement of slots in any state and order.</summary>
    /// <param name="slots">The slots.</param>
    /// <param name="expertCount">Number of logical experts, or null to find it.</param>
    /// <exception cref="EplbException">There is no slot.</exception>
    public static PlacementDraft From(IReadOnlyCollection<DraftSlot> slots, int? expertCount = null)
    {
        bool hasLoad = slots.Any(slot => slot.Load > 0);
        return From(slots.GroupBy(slot => slot.Layer).Select(layer => ToRow(layer.Key, [.. layer.OrderBy(slot => slot.Slot)], hasLoad)), expertCount);
    }

    private static PlacementRow ToRow(int layer, DraftSlot[] slots, bool hasLoad)
    {
        double[]? load = null;
        if (hasLoad)
        {
            load = new double[slots.Length];
            foreach (DraftSlot slot in slots)
            {
                if ((uint)slot.Expert < (uint)load.Length) load[slot.Expert] += slot.Load;
            }
        }

        return new PlacementRow(layer, [.. slots.Select(slot => slot.Expert)],
            [.. slots.Select(slot => slot.Gpu)], load, [.. slots.Select(slot => slot.Slot)]);
    }

    private static int CountSlots(PlacementRow row) => Math.Max(1, row.SlotOf(row.Experts.Length - 1) + 1);

    // Every expert needs a slot: an id beyond the number of slots is no evidence of more experts but a mistake.
    private static int CountExperts(PlacementRow row) => Math.Max(1, row.Experts.Where(expert => expert < row.Experts.Length).DefaultIfEmpty(0).Max() + 1);

    private static int CountGpus(PlacementRow row) =>
        Math.Max(1, row.Gpus.Where(gpu => gpu < row.Gpus.Length).DefaultIfEmpty(0).Max() + 1);

    private static int MostFrequent(IEnumerable<int> counts) =>
        counts.GroupBy(count => count).OrderByDescending(group => group.Count()).ThenByDescending(group => group.Key).First().Key;
}
