using System.Runtime.CompilerServices;

namespace Eplb;

/// <summary>The smallest load that the largest replica of a layer can have.</summary>
/// <remarks>
/// A largest replica of at most v needs max(1, ceil(load / v)) slots for each expert; the bound is the smallest v at which these fit.
/// It is the value that greedy replication reaches. Found by bisection over v, where each feasible step falls to the largest replica
/// of its own counts; it ends when these take every slot, since then nothing smaller fits.
/// </remarks>
internal static class ReplicaBound
{
    private const int MaxSteps = 64;

    /// <summary>Load of the largest replica under the best choice of replica counts.</summary>
    /// <param name="load">Load of each expert, 0 or higher: [experts].</param>
    /// <param name="slots">Slots, as many as experts or more.</param>
    public static double Of(ReadOnlySpan<double> load, int slots)
    {
        double total = 0, high = 0;
        foreach (double value in load)
        {
            total += value;
            high = Math.Max(high, value);
        }

        double low = total / slots;
        int spare = slots - load.Length;
        if (spare == 0 || high <= low) return high;
        for (int step = 0; step < MaxSteps && low < high; step++)
        {
            double middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high) break;
            long used = SlotsFor(load, middle, out double largest);
            if (used > slots)
            {
                low = middle;
                continue;
            }

            high = largest;
            if (used == slots) break;
        }

        return high;
    }

    [MethodImpl(Jit.OptimizeAtOnce)]
    private static long SlotsFor(ReadOnlySpan<double> load, double limit, out double largest)
    {
        long used = 0;
        largest = 0;
        foreach (double value in load)
        {
            double count = value <= limit ? 1 : Math.Ceiling(value / limit);
            used += (long)count;
            largest = Math.Max(largest, value / count);
        }

        return used;
    }
}
