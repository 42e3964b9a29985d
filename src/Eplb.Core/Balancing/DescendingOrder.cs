using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Eplb;

/// <summary>Sorts entries by descending weight, the lower index first on ties, where weights tie when they are equal as float32.</summary>
/// <remarks>
/// Up to <see cref="MostToRank"/> entries, an entry's place is the number of heavier ones, counted with vectors: no branch depends
/// on a weight, and for few entries n * n / 8 vector steps are less than the n * log(n) mispredicted ones of a comparing sort.
/// Above that, a radix sort in four passes, whose cost grows with the entries alone.
/// </remarks>
internal sealed class DescendingOrder
{
    private const int MostToRank = 384;
    private const int Digits = 256;

    // Vectors that are counted for at a time, to hide the latency of one behind the others.
    private static readonly int Block = 4 * Vector<int>.Count;

    private int[] _bits = [];  // [entries]: float32 bits, which ascend with the value where it is not negative
    private int[] _rank = [];
    private int[] _next = [];
    private int[] _order = [];
    private readonly int[] _start = new int[4 * Digits];
    private long[] _key = [];
    private long[] _moved = [];

    /// <summary>Entries from the heaviest to the lightest; valid until the next call.</summary>
    /// <param name="weight">Weight of each entry, +0 or higher: [entries].</param>
    [MethodImpl(Jit.OptimizeAtOnce)]
    public ReadOnlySpan<int> Of(ReadOnlySpan<double> weight)
    {
        if (_order.Length < weight.Length)
        {
            _bits = new int[weight.Length + Block];
            _order = new int[weight.Length];
        }

        Span<int> bits = _bits.AsSpan(0, weight.Length);
        for (int entry = 0; entry < bits.Length; entry++)
        {
            float value = (float)weight[entry];
            bits[entry] = Unsafe.As<float, int>(ref value);
        }

        if (weight.Length <= MostToRank) Rank(bits);
        else Radix(bits);
        return _order.AsSpan(0, weight.Length);
    }

    [MethodImpl(Jit.OptimizeAtOnce)]
    private void Rank(ReadOnlySpan<int> bits)
    {
        if (_rank.Length < _bits.Length)
        {
            _rank = new int[_bits.Length];
            _next = new int[_bits.Length];
        }

        ReadOnlySpan<Vector<int>> all = MemoryMarshal.Cast<int, Vector<int>>(_bits.AsSpan());
        Span<Vector<int>> ranks = MemoryMarshal.Cast<int, Vector<int>>(_rank.AsSpan());
        for (int i = 0; i * Vector<int>.Count < bits.Length; i += 4)
        {
            Vector<int> bits0 = all[i], bits1 = all[i + 1], bits2 = all[i + 2], bits3 = all[i + 3];
            Vector<int> rank0 = default, rank1 = default, rank2 = default, rank3 = default;
            foreach (int one in bits)
            {
                // A true comparison is -1.
                var other = new Vector<int>(one);
                rank0 -= Vector.LessThan(bits0, other);
                rank1 -= Vector.LessThan(bits1, other);
                rank2 -= Vector.LessThan(bits2, other);
                rank3 -= Vector.LessThan(bits3, other);
            }

            ranks[i] = rank0;
            ranks[i + 1] = rank1;
            ranks[i + 2] = rank2;
            ranks[i + 3] = rank3;
        }

        // Equal entries have the same rank and take the places from there on one by one.
        Span<int> next = _next.AsSpan(0, bits.Length);
        ReadOnlySpan<int> rank = _rank.AsSpan(0, bits.Length);
        for (int place = 0; place < next.Length; place++) next[place] = place;
        for (int entry = 0; entry < rank.Length; entry++) _order[next[rank[entry]]++] = entry;
    }

    // Sorts one integer an entry: the complement of its bits above, its index below.
    private void Radix(ReadOnlySpan<int> bits)
    {
        if (_key.Length < bits.Length)
        {
            _key = new long[bits.Length];
            _moved = new long[bits.Length];
        }

        Span<int> start = _start;
        start.Clear();
        Span<int> start0 = start.Slice(0, Digits), start1 = start.Slice(Digits, Digits);
        Span<int> start2 = start.Slice(2 * Digits, Digits), start3 = start.Slice(3 * Digits, Digits);
        for (int entry = 0; entry < bits.Length; entry++)
        {
            int descending = int.MaxValue - bits[entry];
            _key[entry] = ((long)descending << 32) | (uint)entry;
            start0[(byte)descending]++;
            start1[(byte)(descending >> 8)]++;
            start2[(byte)(descending >> 16)]++;
            start3[(byte)(descending >> 24)]++;
        }

        int next0 = 0, next1 = 0, next2 = 0, next3 = 0;
        for (int digit = 0; digit < Digits; digit++)
        {
            (start0[digit], next0) = (next0, next0 + start0[digit]);
            (start1[digit], next1) = (next1, next1 + start1[digit]);
            (start2[digit], next2) = (next2, next2 + start2[digit]);
            (start3[digit], next3) = (next3, next3 + start3[digit]);
        }

        Span<long> key = _key.AsSpan(0, bits.Length), moved = _moved.AsSpan(0, bits.Length);
        Move(key, moved, start0, 32);
        Move(moved, key, start1, 40);
        Move(key, moved, start2, 48);
        foreach (long one in moved) _order[start3[(byte)(one >> 56)]++] = (int)one;
    }

    private static void Move(ReadOnlySpan<long> from, Span<long> to, Span<int> start, int shift)
    {
        foreach (long one in from) to[start[(byte)(one >> shift)]++] = one;
    }
}
