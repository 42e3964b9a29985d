using CsCheck;

namespace Eplb.Tests;

/// <summary>A random request: loads and a cluster that fits them.</summary>
internal sealed record PlanRequest(LoadMatrix Loads, ClusterShape Shape)
{
    public override string ToString() =>
        $"{Loads.Rows.Count} x {Loads.ExpertCount} on {Shape.ReplicaCount} slots, {Shape.GpuCount} GPUs, {Shape.NodeCount} nodes, {Shape.GroupCount} groups: {string.Join(" | ", Loads.Rows.Select(row => string.Join(",", row)))}";
}

/// <summary>Generators of requests over all shapes and kinds of loads that recorders produce.</summary>
internal static class PlanGen
{
    private static readonly Gen<double> Count = Gen.OneOf(
        Gen.Int[0, 3].Select(count => (double)count),
        Gen.Int[0, 1_000_000].Select(count => (double)count),
        Gen.Double[0, 1000],
        Gen.Const(0.0));

    /// <summary>Requests that the Hierarchical policy can plan.</summary>
    public static readonly Gen<PlanRequest> Hierarchical = Of(Count);

    public static Gen<PlanRequest> Of(Gen<double> load) =>
        from nodes in Gen.Int[1, 4]
        from gpusPerNode in Gen.Int[1, 4]
        from groupsPerNode in Gen.Int[1, 3]
        from groupSize in Gen.Int[1, 6]
        from spare in Gen.Int[0, 3]
        from layers in Gen.Int[1, 3]
        let gpus = nodes * gpusPerNode
        let groups = nodes * groupsPerNode
        let experts = groups * groupSize
        let slots = ((experts + gpus - 1) / gpus) + spare
        from rows in load.Array[experts].Array[layers]
        select new PlanRequest(
            LoadMatrix.Combine(rows.Select((row, layer) => new ExpertLoad(layer, row))),
            new ClusterShape(slots * gpus, gpus, nodes, groups));
}
