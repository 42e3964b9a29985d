namespace Eplb;

/// <summary>One layer of a placement as it came, before any rule is known to hold.</summary>
/// <param name="layer">Layer id.</param>
/// <param name="experts">Logical expert in each slot, -1 in an empty one.</param>
/// <param name="gpus">GPU of each slot; empty where only the layers are looked at.</param>
/// <param name="load">Load of each logical expert, or null where that is not known.</param>
/// <param name="slots">Number of each slot, ascending; null where they are numbered 0, 1, 2 and so on.</param>
internal sealed class PlacementRow(int layer, int[] experts, int[] gpus, double[]? load = null, int[]? slots = null)
{
    /// <summary>What an empty slot holds.</summary>
    public const int Empty = -1;

    /// <summary>Layer id.</summary>
    public int Layer => layer;

    /// <summary>Logical expert in each slot, -1 in an empty one.</summary>
    public int[] Experts => experts;

    /// <summary>GPU of each slot.</summary>
    public int[] Gpus => gpus;

    /// <summary>Load of each logical expert, or null where that is not known.</summary>
    public double[]? Load => load;

    /// <summary>Number of each slot, ascending; null where they are numbered 0, 1, 2 and so on.</summary>
    public int[]? Slots => slots;

    /// <summary>Whether the layer is known to have got no load, as a dense layer.</summary>
    public bool IsIdle => load is not null && Array.TrueForAll(load, value => value == 0);

    /// <summary>Whether the layer looks like a dense one: idle, or each slot holds its own number modulo the number of experts.</summary>
    /// <param name="expertCount">Number of logical experts.</param>
    public bool IsDense(int expertCount)
    {
        if (load is not null) return IsIdle;
        for (int i = 0; i < experts.Length; i++)
        {
            if (experts[i] != SlotOf(i) % expertCount) return false;
        }

        return true;
    }

    /// <summary>Number of the i-th slot.</summary>
    /// <param name="i">Index into the arrays.</param>
    public int SlotOf(int i) => slots is null ? i : slots[i];

    /// <summary>A row whose slots are spread evenly over GPUs, as far as that goes.</summary>
    /// <param name="layer">Layer id.</param>
    /// <param name="experts">Logical expert in each slot.</param>
    /// <param name="gpuCount">GPUs, 1 or more.</param>
    public static PlacementRow Of(int layer, int[] experts, int gpuCount) => new(
        layer, experts, [.. Enumerable.Range(0, experts.Length).Select(slot => (int)((long)slot * gpuCount / experts.Length))]);

    /// <summary>The same row under another layer id.</summary>
    /// <param name="id">Layer id.</param>
    public PlacementRow At(int id) => id == layer ? this : new PlacementRow(id, experts, gpus, load, slots);

    /// <summary>What a server takes for a dense layer: slot i holds expert i modulo the number of experts.</summary>
    /// <param name="id">Layer id.</param>
    /// <param name="expertCount">Number of logical experts.</param>
    /// <param name="gpus">GPU of each slot.</param>
    /// <param name="hasLoad">Whether the loads of the other layers are known, so that this one's are 0.</param>
    public static PlacementRow Dense(int id, int expertCount, int[] gpus, bool hasLoad) => new(
        id, [.. Enumerable.Range(0, gpus.Length).Select(slot => slot % expertCount)], gpus, hasLoad ? new double[expertCount] : null);
}
