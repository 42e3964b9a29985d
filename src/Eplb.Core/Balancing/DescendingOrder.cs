using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Eplb;

/// <summary>Sorts entries by descending weight, the lower index first on ties, where weights tie when they are equal as float32.</summary>
/// <remarks>
/// Each entry becomes one integer, the float32 bits complemented above the index, so that all differ and any sort is stable.
/// Up to <see cref="MostToRank"/> entries, an entry's place is the number of smaller keys, counted with vectors: no branch depends
/// on a key. Above that, a radix sort of the upper 32 bits in four passes, whose cost grows with the entries alone.
/// </remarks>
internal sealed class DescendingOrder
{
    private const int MostToRank = 192;
    private const int Digits = 256;

    private long[] _key = [];
    private long[] _other = [];
    private int[] _order = [];
    private readonly int[] _start = new int[4 * Digits];

    /// <summary>Entries from the heaviest to the lightest; valid until the next call.</summary>
    /// <param name="weight">Weight of each entry, +0 or higher: [entries].</param>
    public ReadOnlySpan<int> Of(ReadOnlySpan<double> weight)
    {
        int padded = weight.Length + (4 * Vector<long>.Count);
        if (_order.Length < padded)
        {
            _key = new long[padded];
            _other = new long[padded];
            _order = new int[padded];
        }

        for (int entry = 0; entry < weight.Length; entry++)
        {
            // Bits of non-negative floats ascend with their values.
            float value = (float)weight[entry];
            _key[entry] = ((long)(int.MaxValue - Unsafe.As<float, int>(ref value)) << 32) | (uint)entry;
        }

        if (weight.Length <= MostToRank) Rank(weight.Length);
        else Radix(weight.Length);
        return _order.AsSpan(0, weight.Length);
    }

    private void Rank(int entries)
    {
        _key.AsSpan(entries, 4 * Vector<long>.Count).Fill(long.MaxValue);
        Span<Vector<long>> key = MemoryMarshal.Cast<long, Vector<long>>(_key.AsSpan());
        Span<Vector<long>> rank = MemoryMarshal.Cast<long, Vector<long>>(_other.AsSpan());
        ReadOnlySpan<long> all = _key.AsSpan(0, entries);
        for (int i = 0; i * Vector<long>.Count < entries; i += 4)
        {
            Vector<long> key0 = key[i], key1 = key[i + 1], key2 = key[i + 2], key3 = key[i + 3];
            Vector<long> rank0 = default, rank1 = default, rank2 = default, rank3 = default;
            foreach (long one in all)
            {
                var other = new Vector<long>(one);
                rank0 -= Vector.GreaterThan(key0, other);
                rank1 -= Vector.GreaterThan(key1, other);
                rank2 -= Vector.GreaterThan(key2, other);
                rank3 -= Vector.GreaterThan(key3, other);
            }

            rank[i] = rank0;
            rank[i + 1] = rank1;
            rank[i + 2] = rank2;
            rank[i + 3] = rank3;
        }

        for (int entry = 0; entry < entries; entry++) _order[_other[entry]] = entry;
    }

    private void Radix(int entries)
    {
        Array.Clear(_start, 0, _start.Length);
        for (int i = 0; i < entries; i++)
        {
            long key = _key[i];
            _start[(int)(key >> 32) & 255]++;
            _start[Digits + ((int)(key >> 40) & 255)]++;
            _start[(2 * Digits) + ((int)(key >> 48) & 255)]++;
            _start[(3 * Digits) + (int)(key >> 56)]++;
        }

        int start0 = 0, start1 = 0, start2 = 0, start3 = 0;
        for (int digit = 0; digit < Digits; digit++)
        {
            (_start[digit], start0) = (start0, start0 + _start[digit]);
            (_start[Digits + digit], start1) = (start1, start1 + _start[Digits + digit]);
            (_start[(2 * Digits) + digit], start2) = (start2, start2 + _start[(2 * Digits) + digit]);
            (_start[(3 * Digits) + digit], start3) = (start3, start3 + _start[(3 * Digits) + digit]);
        }

        Move(_key, _other, entries, 0);
        Move(_other, _key, entries, 1);
        Move(_key, _other, entries, 2);
        for (int i = 0; i < entries; i++)
        {
            long key = _other[i];
            _order[_start[(3 * Digits) + (int)(key >> 56)]++] = (int)key;
        }
    }

    private void Move(long[] from, long[] to, int entries, int pass)
    {
        Span<int> start = _start.AsSpan(pass * Digits, Digits);
        int shift = 32 + (8 * pass);
        for (int i = 0; i < entries; i++)
        {
            long key = from[i];
            to[start[(int)(key >> shift) & 255]++] = key;
        }
    }
}
