namespace Eplb.Tests.Balancing;

/// <summary>Planning again costs no memory beyond the plan.</summary>
public sealed class PlannerAllocationTests
{
    private const long SmallestObject = 24;

    [Theory]
    [InlineData(PlacementPolicy.Hierarchical)]
    [InlineData(PlacementPolicy.Global)]
    [InlineData(PlacementPolicy.ReplicateOnly)]
    [InlineData(PlacementPolicy.IntraNode)]
    public void A_warm_plan_allocates_its_result_and_nothing_else(PlacementPolicy policy)
    {
        LoadMatrix loads = TestData.Loads("dsv3-0324-mmlu-seqlen4k.json");
        var shape = new ClusterShape(512, 32, 4, 8);
        Planner.Plan(loads, shape, policy, maxThreads: 1);

        long before = GC.GetAllocatedBytesForCurrentThread();
        PlacementMap map = Planner.Plan(loads, shape, policy, maxThreads: 1);
        long planned = GC.GetAllocatedBytesForCurrentThread() - before;

        before = GC.GetAllocatedBytesForCurrentThread();
        Copy(map);
        long result = GC.GetAllocatedBytesForCurrentThread() - before;

        // The JIT may put an enumerator of the result's own lists on the stack in one call and not in the other; an object a layer is more.
        Assert.InRange(planned - result, -SmallestObject * map.Layers.Count, (SmallestObject * map.Layers.Count) - 1);
    }

    private static PlacementMap Copy(PlacementMap map)
    {
        var layers = new LayerPlacement[map.Layers.Count];
        for (int i = 0; i < layers.Length; i++)
        {
            LayerPlacement layer = map.Layers[i];
            layers[i] = new LayerPlacement(layer.Layer, new int[map.ReplicaCount], new int[map.ReplicaCount], new int[layer.ExpertCount.Length], layer.Load);
        }

        return new PlacementMap(layers, map.Shape, map.Policy);
    }
}
