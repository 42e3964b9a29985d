using CsCheck;

namespace Eplb.Tests.Evaluation;

/// <summary>Small placements of one layer, good and bad ones alike: every expert has a slot, the other slots hold any expert.</summary>
internal static class RandomPlacement
{
    public static readonly Gen<(PlacementMap Map, LayerPlacement Layer, double[] Load)> Gen =
        from nodes in CsCheck.Gen.Int[1, 3]
        from gpusPerNode in CsCheck.Gen.Int[1, 4]
        from slotsPerGpu in CsCheck.Gen.Int[1, 4]
        let slots = nodes * gpusPerNode * slotsPerGpu
        from experts in CsCheck.Gen.Int[1, slots]
        from extra in CsCheck.Gen.Int[0, experts - 1].Array[slots - experts]
        from order in CsCheck.Gen.Shuffle(Enumerable.Range(0, slots).ToArray())
        from load in CsCheck.Gen.Int[0, 50].Array[experts]
        select Make(nodes, nodes * gpusPerNode, [.. Enumerable.Range(0, experts), .. extra], order, load);

    private static (PlacementMap, LayerPlacement, double[]) Make(int nodes, int gpus, int[] expert, int[] order, int[] load)
    {
        double[] loads = [.. load.Select(value => (double)value)];
        var layer = LayerPlacement.Create(0, [.. order.Select(place => expert[place])], load.Length, loads);
        return (new PlacementMap([layer], new ClusterShape(order.Length, gpus, nodes), PlacementPolicy.Global), layer, loads);
    }
}
