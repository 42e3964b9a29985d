using System.Runtime.CompilerServices;

namespace Eplb;

/// <summary>Packs weighted entries into packs of equal size so that the packs weigh about the same.</summary>
/// <remarks>
/// <c>balanced_packing</c> of the reference: entries in stable descending order of their weights as float32, each to the lightest
/// pack that has room, the lowest pack on ties. Weights and sums are float64.
/// </remarks>
internal sealed class Packing
{
    private readonly DescendingOrder _order = new();
    private readonly Tournament _lightest = new();
    private int[] _next = [];

    /// <summary>Packs the entries; each pack gets exactly entries / packs of them.</summary>
    /// <param name="weight">Weight of each entry, +0 or higher: [entries].</param>
    /// <param name="packs">Number of packs; divides the number of entries.</param>
    /// <param name="place">Out: place of each entry, where the first pack has the places 0 to entries / packs - 1, and so on: [entries].</param>
    [MethodImpl(Jit.OptimizeAtOnce)]
    public void Pack(ReadOnlySpan<double> weight, int packs, Span<int> place)
    {
        int room = weight.Length / packs;
        if (room == 1)
        {
            for (int entry = 0; entry < weight.Length; entry++) place[entry] = entry;
            return;
        }

        ReadOnlySpan<int> order = _order.Of(weight);
        if (_next.Length < packs) _next = new int[packs];
        Span<long> sum = _lightest.Enter(packs);
        int seated = 0;
        for (int pack = 0; pack < packs; pack++)
        {
            _next[pack] = pack * room;
            // The heaviest entries get a pack each, as the lightest pack is the first empty one until an entry weighs nothing.
            double heaviest = weight[order[pack]];
            if (heaviest > 0 && seated == pack) place[order[seated++]] = _next[pack]++;
            else heaviest = 0;
            sum[pack] = BitConverter.DoubleToInt64Bits(heaviest);
        }

        _lightest.Start();
        for (int i = seated; i < order.Length; i++)
        {
            int entry = order[i], pack = _lightest.Winner;
            long sumBits = BitConverter.DoubleToInt64Bits(BitConverter.Int64BitsToDouble(_lightest.WinnerKey) + weight[entry]);
            int next = _next[pack]++;
            place[entry] = next;
            _lightest.Replace(next + 1 == (pack + 1) * room ? Tournament.Out : sumBits);
        }
    }
}
