namespace Eplb.Tests;

/// <summary>The loads of GPUs, added up in the plainest way, to judge plans by.</summary>
internal static class PlanLoads
{
    /// <summary>Load of each GPU in one layer: [GPUs].</summary>
    public static double[] OfGpus(PlacementMap map, int position, double[]? load = null)
    {
        LayerPlacement layer = map.Layers[position];
        load ??= layer.Load!;
        double[] gpus = new double[map.GpuCount];
        for (int slot = 0; slot < map.ReplicaCount; slot++)
        {
            int expert = layer.PhysicalToLogical[slot];
            if (expert >= 0) gpus[map.Shape.GpuOf(slot)] += load[expert] / layer.ExpertCount[expert];
        }

        return gpus;
    }

    /// <summary>Mean over max of the GPU loads, mean over the layers.</summary>
    public static double Balancedness(PlacementMap map, LoadMatrix? loads = null) => Enumerable.Range(0, map.Layers.Count)
        .Average(i => OfGpus(map, i, loads?.Rows[i]) is var gpus && gpus.Max() > 0 ? gpus.Average() / gpus.Max() : 1);

    /// <summary>Slots whose expert has a lower slot on the same GPU already.</summary>
    public static int Duplicates(PlacementMap map) => map.PhysicalToLogical.Sum(slots =>
        slots.Chunk(map.ReplicaCount / map.GpuCount).Sum(gpu => gpu.Length - gpu.Distinct().Count()));
}
