namespace Eplb;

/// <summary>A load that the most loaded GPU cannot go below where every GPU has two slots and all are equally fast.</summary>
/// <remarks>
/// Large replicas need small ones beside them, and splitting an expert to get small ones takes slots from the others: what the mean
/// and the largest replica know nothing of. Whole replica counts are not required, so the bound stays a little below the best plan.
/// Holds for replicas that share their expert's load evenly only.
/// </remarks>
internal static class PairBound
{
    /// <summary>The bound, as the load of a GPU; the floor where the cluster is another one, or no more can be proved.</summary>
    /// <param name="load">Load of each expert: [experts].</param>
    /// <param name="shape">Cluster without excluded GPUs.</param>
    /// <param name="floor">A load of a GPU that no plan is known to stay below.</param>
    public static double Of(ReadOnlySpan<double> load, ClusterShape shape, double floor) => floor > 0 && Fits(shape)
        ? new PairPrices(load.Length, shape.ReplicaCount).Climb(load, floor, static () => double.PositiveInfinity)
        : floor;

    private static bool Fits(ClusterShape shape)
    {
        if (!shape.IsOfOneSpeed || shape.ReplicaCount != 2 * shape.GpuCount) return false;
        for (int gpu = 0; gpu < shape.GpuCount; gpu++)
        {
            if (shape.SlotsOn(gpu) != 2) return false;
        }

        return true;
    }
}
