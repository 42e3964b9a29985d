namespace Eplb;

/// <summary>The loads that one GPU can give to another: of one slot each, or of two.</summary>
/// <param name="capacity">Most sums there can be.</param>
internal sealed class SlotSums(int capacity)
{
    /// <summary>The sums; the first <see cref="Count"/> of them are filled.</summary>
    public double[] Load { get; } = new double[capacity];

    /// <summary>Slot of each sum.</summary>
    public int[] First { get; } = new int[capacity];

    /// <summary>Second slot of each sum of two.</summary>
    public int[] Second { get; } = new int[capacity];

    /// <summary>How many sums there are.</summary>
    public int Count { get; private set; }

    /// <summary>Leaves no sum.</summary>
    public void Clear() => Count = 0;

    /// <summary>Takes a sum.</summary>
    /// <param name="load">The sum.</param>
    /// <param name="first">Slot.</param>
    /// <param name="second">Second slot, where there is one.</param>
    public void Add(double load, int first, int second = -1)
    {
        Load[Count] = load;
        First[Count] = first;
        Second[Count++] = second;
    }
}
