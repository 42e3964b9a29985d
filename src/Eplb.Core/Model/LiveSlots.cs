namespace Eplb;

/// <summary>Goes between the slots of a cluster and those of its part that is in use, which are numbered anew without the excluded GPUs.</summary>
internal static class LiveSlots
{
    /// <summary>What an empty slot holds.</summary>
    public const int Empty = -1;

    /// <summary>The GPUs that hold nothing in any layer, ascending; none where a layer has another number of slots.</summary>
    /// <param name="layers">Logical expert in each slot: [layers][slots].</param>
    /// <param name="shape">Cluster, without excluded GPUs.</param>
    public static int[] FindEmptyGpus(IReadOnlyCollection<int[]> layers, ClusterShape shape) => layers.Any(layer => layer.Length != shape.ReplicaCount)
        ? []
        : [.. Enumerable.Range(0, shape.GpuCount).Where(gpu => layers.All(layer => IsEmpty(layer.AsSpan(shape.FirstSlotOf(gpu), shape.SlotsOn(gpu)))))];

    /// <summary>The values of the slots in use: [slots in use]. The same array where no GPU is excluded.</summary>
    /// <param name="all">A value for each slot of the cluster: [slots].</param>
    /// <param name="shape">Cluster.</param>
    public static int[] Gather(int[] all, ClusterShape shape)
    {
        if (shape.ExcludedGpus.Count == 0) return all;
        int[] live = new int[shape.Live.ReplicaCount];
        int place = 0;
        for (int gpu = 0; gpu < shape.GpuCount; gpu++)
        {
            if (shape.IsExcluded(gpu)) continue;
            Array.Copy(all, shape.FirstSlotOf(gpu), live, place, shape.SlotsOn(gpu));
            place += shape.SlotsOn(gpu);
        }

        return live;
    }

    /// <summary>A value for each slot of the cluster: [slots]; that of an excluded GPU's is <see cref="Empty"/>. The same array where no GPU is excluded.</summary>
    /// <param name="live">A value for each slot in use: [slots in use].</param>
    /// <param name="shape">Cluster.</param>
    public static int[] Spread(int[] live, ClusterShape shape)
    {
        if (shape.ExcludedGpus.Count == 0) return live;
        int[] all = new int[shape.ReplicaCount];
        all.AsSpan().Fill(Empty);
        int place = 0;
        for (int gpu = 0; gpu < shape.GpuCount; gpu++)
        {
            if (shape.IsExcluded(gpu)) continue;
            Array.Copy(live, place, all, shape.FirstSlotOf(gpu), shape.SlotsOn(gpu));
            place += shape.SlotsOn(gpu);
        }

        return all;
    }

    private static bool IsEmpty(ReadOnlySpan<int> slots)
    {
        foreach (int expert in slots)
        {
            if (expert != Empty) return false;
        }

        return true;
    }
}
