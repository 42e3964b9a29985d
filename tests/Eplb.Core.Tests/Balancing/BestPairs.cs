namespace Eplb.Tests;

/// <summary>The lowest load that the most loaded GPU of two slots can have, by trying all replica counts.</summary>
internal static class BestPairs
{
    /// <summary>The optimum over all counts, two replicas of one expert on a GPU being allowed.</summary>
    public static double Of(double[] load, int gpus) => AllCounts(load.Length, 2 * gpus).Min(counts =>
    {
        double[] replicas = [.. load.SelectMany((value, expert) => Enumerable.Repeat(value / counts[expert], counts[expert])).Order()];
        return Enumerable.Range(0, gpus).Max(gpu => replicas[gpu] + replicas[^(gpu + 1)]);
    });

    private static IEnumerable<int[]> AllCounts(int experts, int slots) => experts == 1
        ? [[slots]]
        : Enumerable.Range(1, slots - experts + 1).SelectMany(count => AllCounts(experts - 1, slots - count).Select(rest => (int[])[count, .. rest]));
}
