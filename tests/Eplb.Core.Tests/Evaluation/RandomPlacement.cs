using CsCheck;

namespace Eplb.Tests.Evaluation;

/// <summary>Small placements, good and bad ones alike, some of them on clusters with lost or slower GPUs: every expert has a slot, the other slots hold any expert.</summary>
internal static class RandomPlacement
{
    private static readonly Gen<ClusterShape> Shape =
        from nodes in CsCheck.Gen.Int[1, 3]
        from gpusPerNode in CsCheck.Gen.Int[1, 4]
        from slotsPerGpu in CsCheck.Gen.Int[1, 4]
        let gpus = nodes * gpusPerNode
        from lost in CsCheck.Gen.Int[0, 3 * gpus].Array[0, gpus - 1]
        from speed in CsCheck.Gen.Int[1, 4].Array[gpus]
        from hasSpeeds in CsCheck.Gen.Bool
        select new ClusterShape(gpus * slotsPerGpu, gpus, nodes, excludedGpus: [.. lost.Where(gpu => gpu < gpus).Distinct()],
            gpuSpeed: hasSpeeds ? [.. speed.Select(value => value / 2.0)] : null);

    /// <summary>Placements of one layer.</summary>
    public static readonly Gen<(PlacementMap Map, LayerPlacement Layer, double[] Load)> Gen =
        from shape in Shape
        from experts in CsCheck.Gen.Int[1, shape.Live.ReplicaCount]
        from layer in LayerOf(0, shape, experts)
        select (new PlacementMap([layer], shape, PlacementPolicy.Global), layer, layer.Load!);

    /// <summary>Placements of one to four layers, idle ones among them.</summary>
    public static readonly Gen<PlacementMap> Layers =
        from shape in Shape
        from experts in CsCheck.Gen.Int[1, shape.Live.ReplicaCount]
        from count in CsCheck.Gen.Int[1, 4]
        from layers in CsCheck.Gen.Select(LayerOf(0, shape, experts), LayerOf(1, shape, experts), LayerOf(2, shape, experts), LayerOf(5, shape, experts))
        from idle in CsCheck.Gen.Int[0, 7]
        let all = new[] { layers.Item1, layers.Item2, layers.Item3, layers.Item4 }
        select new PlacementMap([.. all.Take(count).Select((layer, i) => i == idle ? Idle(layer) : layer)], shape, PlacementPolicy.Global);

    private static Gen<LayerPlacement> LayerOf(int layer, ClusterShape shape, int experts) =>
        from extra in CsCheck.Gen.Int[0, experts - 1].Array[shape.Live.ReplicaCount - experts]
        from order in CsCheck.Gen.Shuffle(Enumerable.Range(0, shape.Live.ReplicaCount).ToArray())
        from load in CsCheck.Gen.Int[0, 50].Array[experts]
        select Make(layer, shape, [.. Enumerable.Range(0, experts), .. extra], order, [.. load.Select(value => (double)value)]);

    private static LayerPlacement Make(int layer, ClusterShape shape, int[] expert, int[] order, double[] load) =>
        LayerPlacement.Create(layer, LiveSlots.Spread([.. order.Select(place => expert[place])], shape), load.Length, load, allowsEmpty: true);

    private static LayerPlacement Idle(LayerPlacement layer) =>
        LayerPlacement.Create(layer.Layer, layer.PhysicalToLogical, layer.ExpertCount.Length, new double[layer.ExpertCount.Length], allowsEmpty: true);
}
