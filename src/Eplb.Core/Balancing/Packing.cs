using System.Runtime.CompilerServices;

namespace Eplb;

/// <summary>Packs weighted entries into packs of equal size so that the packs weigh about the same.</summary>
/// <remarks>
/// <c>balanced_packing</c> of the reference: entries in stable descending order of their weights as float32, each to the lightest
/// pack that has room, the lowest pack on ties. Weights and sums are float64. Sorting is on one 64-bit key (float32 bits and
/// index), which makes any sort stable; the lightest pack is the root of a binary heap. Entries cost log(entries) each.
/// </remarks>
internal sealed class Packing
{
    private ulong[] _order = [];
    private double[] _sum = [];
    private int[] _pack = [];
    private int[] _used = [];

    /// <summary>Packs the entries; each pack gets exactly entries / packs of them.</summary>
    /// <param name="weight">Weight of each entry, 0 or higher: [entries].</param>
    /// <param name="packs">Number of packs; divides the number of entries.</param>
    /// <param name="pack">Out: pack of each entry: [entries].</param>
    /// <param name="rank">Out: place of each entry within its pack: [entries].</param>
    public void Pack(ReadOnlySpan<double> weight, int packs, Span<int> pack, Span<int> rank)
    {
        int room = weight.Length / packs;
        if (room == 1)
        {
            for (int entry = 0; entry < weight.Length; entry++)
            {
                pack[entry] = entry;
                rank[entry] = 0;
            }

            return;
        }

        Sort(weight);
        if (_sum.Length < packs)
        {
            _sum = new double[packs];
            _pack = new int[packs];
            _used = new int[packs];
        }

        for (int i = 0; i < packs; i++)
        {
            _sum[i] = 0;
            _pack[i] = i;
            _used[i] = 0;
        }

        int open = packs;
        for (int i = 0; i < weight.Length; i++)
        {
            int entry = (int)(uint)_order[i];
            int target = _pack[0];
            pack[entry] = target;
            rank[entry] = _used[target]++;
            if (_used[target] < room)
            {
                SiftDown(open, _sum[0] + weight[entry], target);
            }
            else if (--open > 0)
            {
                SiftDown(open, _sum[open], _pack[open]);
            }
        }
    }

    private void Sort(ReadOnlySpan<double> weight)
    {
        if (_order.Length < weight.Length) _order = new ulong[weight.Length];
        for (int entry = 0; entry < weight.Length; entry++)
        {
            // Bits of non-negative floats ascend with their values; adding +0 turns -0 into +0, which must tie with it.
            float value = (float)weight[entry] + 0f;
            uint descending = ~Unsafe.As<float, uint>(ref value);
            _order[entry] = ((ulong)descending << 32) | (uint)entry;
        }

        Array.Sort(_order, 0, weight.Length);
    }

    private void SiftDown(int size, double sum, int pack)
    {
        int node = 0;
        while (true)
        {
            int child = (2 * node) + 1;
            if (child >= size) break;
            if (child + 1 < size && Before(_sum[child + 1], _pack[child + 1], _sum[child], _pack[child])) child++;
            if (!Before(_sum[child], _pack[child], sum, pack)) break;
            _sum[node] = _sum[child];
            _pack[node] = _pack[child];
            node = child;
        }

        _sum[node] = sum;
        _pack[node] = pack;
    }

    private static bool Before(double sum, int pack, double otherSum, int otherPack) =>
        sum < otherSum || (sum == otherSum && pack < otherPack);
}
