namespace Eplb;

/// <summary>The slots of each expert of one layer, in slot order: the order in which servers look for a replica.</summary>
internal readonly struct ReplicaTable
{
    private readonly int[] _first; // [experts + 1]
    private readonly int[] _slots; // [slots]

    /// <summary>Lists the slots by expert.</summary>
    /// <param name="placement">Where the experts live.</param>
    public ReplicaTable(LayerPlacement placement)
    {
        int[] count = placement.ExpertCount;
        _first = new int[count.Length + 1];
        _slots = new int[placement.PhysicalToLogical.Length];
        for (int expert = 0; expert < count.Length; expert++) _first[expert + 1] = _first[expert] + count[expert];
        int[] next = (int[])_first.Clone();
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            if (placement.PhysicalToLogical[slot] is >= 0 and int expert) _slots[next[expert]++] = slot;
        }
    }

    /// <summary>Slots that hold an expert, ascending.</summary>
    /// <param name="expert">Logical expert.</param>
    public ReadOnlySpan<int> this[int expert] => _slots.AsSpan(_first[expert], _first[expert + 1] - _first[expert]);
}
