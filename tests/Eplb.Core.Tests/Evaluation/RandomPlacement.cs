using CsCheck;

namespace Eplb.Tests.Evaluation;

/// <summary>Small placements of one layer, good and bad ones alike, some of them on clusters with lost or slower GPUs: every expert has a slot, the other slots hold any expert.</summary>
internal static class RandomPlacement
{
    public static readonly Gen<(PlacementMap Map, LayerPlacement Layer, double[] Load)> Gen =
        from nodes in CsCheck.Gen.Int[1, 3]
        from gpusPerNode in CsCheck.Gen.Int[1, 4]
        from slotsPerGpu in CsCheck.Gen.Int[1, 4]
        let gpus = nodes * gpusPerNode
        from lost in CsCheck.Gen.Int[0, 3 * gpus].Array[0, gpus - 1]
        from speed in CsCheck.Gen.Int[1, 4].Array[gpus]
        from hasSpeeds in CsCheck.Gen.Bool
        let shape = new ClusterShape(gpus * slotsPerGpu, gpus, nodes, excludedGpus: [.. lost.Where(gpu => gpu < gpus).Distinct()],
            gpuSpeed: hasSpeeds ? [.. speed.Select(value => value / 2.0)] : null)
        let slots = shape.Live.ReplicaCount
        from experts in CsCheck.Gen.Int[1, slots]
        from extra in CsCheck.Gen.Int[0, experts - 1].Array[slots - experts]
        from order in CsCheck.Gen.Shuffle(Enumerable.Range(0, slots).ToArray())
        from load in CsCheck.Gen.Int[0, 50].Array[experts]
        select Make(shape, [.. Enumerable.Range(0, experts), .. extra], order, load);

    private static (PlacementMap, LayerPlacement, double[]) Make(ClusterShape shape, int[] expert, int[] order, int[] load)
    {
        double[] loads = [.. load.Select(value => (double)value)];
        int[] slots = LiveSlots.Spread([.. order.Select(place => expert[place])], shape);
        var layer = LayerPlacement.Create(0, slots, load.Length, loads, allowsEmpty: true);
        return (new PlacementMap([layer], shape, PlacementPolicy.Global), layer, loads);
    }
}
