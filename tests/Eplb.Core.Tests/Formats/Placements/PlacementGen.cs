using CsCheck;

namespace Eplb.Tests.Formats;

/// <summary>Random placements of random models, with or without loads.</summary>
internal static class PlacementGen
{
    private static readonly Gen<double> Load = Gen.OneOf(Gen.Int[1, 1_000_000].Select(count => (double)count), Gen.Double[1e-3, 1e6], Gen.Const(0.1 + 0.2), Gen.Const(3.0e38));

    /// <summary>Any placement: experts anywhere, also twice on one GPU.</summary>
    public static readonly Gen<PlacementMap> Any = Of(canRepeat: true);

    /// <summary>Placements on clusters with lost GPUs, speeds, or slots that do not divide evenly.</summary>
    public static readonly Gen<PlacementMap> Gapped =
        from gpus in Gen.Int[1, 5]
        from slots in Gen.Int[gpus, 4 * gpus]
        from lost in Gen.Int[0, 2 * gpus].Array[0, gpus - 1]
        from speed in Gen.OneOf(Gen.Double[0.01, 10], Gen.Const(1.0)).Array[gpus]
        from hasSpeeds in Gen.Bool
        let shape = new ClusterShape(slots, gpus, 1, 1, [.. lost.Where(gpu => gpu < gpus).Distinct()], hasSpeeds ? speed : null)
        let live = shape.Live.ReplicaCount
        from experts in Gen.Int[1, live]
        from order in Gen.Shuffle(Enumerable.Range(0, live).ToArray())
        from load in Load.Array[experts]
        from hasLoad in Gen.Bool
        select new PlacementMap([LayerPlacement.Create(
            3, LiveSlots.Spread([.. order.Select(place => place % experts)], shape), experts, hasLoad ? load : null, allowsEmpty: true)], shape, PlacementPolicy.Global);

    /// <summary>Placements that hold no expert twice on one GPU.</summary>
    public static readonly Gen<PlacementMap> Spread = Of(canRepeat: false);

    private static Gen<PlacementMap> Of(bool canRepeat) =>
        from nodes in Gen.Int[1, 3]
        from gpusPerNode in Gen.Int[1, 3]
        from slotsPerGpu in Gen.Int[1, 4]
        let slots = nodes * gpusPerNode * slotsPerGpu
        from experts in Gen.Int[slotsPerGpu, slots]
        from groups in Gen.Int[1, 4]
        from first in Gen.Int[0, 3]
        from layers in Gen.Int[1, 4]
        from policy in Gen.Int[1, 4].Select(policy => (PlacementPolicy)policy)
        from order in Gen.Shuffle(Enumerable.Range(0, slots).ToArray()).Array[layers]
        from offset in Gen.Int[0, experts - 1].Array[layers]
        from load in Load.Array[experts].Array[layers]
        from hasLoad in Gen.Bool
        select new PlacementMap(
            [.. Enumerable.Range(0, layers).Select(i => LayerPlacement.Create(
                first + i, Fill(order[i], experts, slotsPerGpu, offset[i], canRepeat), experts, hasLoad ? load[i] : null))],
            new ClusterShape(slots, nodes * gpusPerNode, nodes, groups), policy);

    // Consecutive experts modulo their number never repeat within a GPU that has no more slots than there are experts.
    private static int[] Fill(int[] order, int experts, int slotsPerGpu, int offset, bool canRepeat)
    {
        if (canRepeat) return [.. order.Select(place => place % experts)];
        int[] gpus = [.. order.Where(place => place % slotsPerGpu == 0).Select(place => place / slotsPerGpu)];
        return [.. gpus.SelectMany(gpu => Enumerable.Range(gpu * slotsPerGpu, slotsPerGpu).Select(place => (place + offset) % experts))];
    }

    /// <summary>Whether two placements are the same in everything that a file can keep.</summary>
    public static bool AreEqual(PlacementMap left, PlacementMap right) =>
        HaveEqualSlots(left, right)
        && left.ExcludedGpu.SequenceEqual(right.ExcludedGpu) && (left.GpuSpeed ?? []).SequenceEqual(right.GpuSpeed ?? [])
        && left.Policy == right.Policy && left.NodeCount == right.NodeCount && left.GroupCount == right.GroupCount
        && left.LogicalToPhysical.Zip(right.LogicalToPhysical, (a, b) => a.Zip(b, (c, d) => c.SequenceEqual(d)).All(same => same)).All(same => same)
        && (left.Load is null) == (right.Load is null)
        && (left.Load is null || left.Load.Zip(right.Load!, (a, b) => a.SequenceEqual(b)).All(same => same));

    /// <summary>Whether two placements have the same layers with the same experts in the same slots of the same GPUs.</summary>
    public static bool HaveEqualSlots(PlacementMap left, PlacementMap right) =>
        left.Layer.SequenceEqual(right.Layer) && left.GpuCount == right.GpuCount
        && left.PhysicalToLogical.Zip(right.PhysicalToLogical, (a, b) => a.SequenceEqual(b)).All(same => same);
}
