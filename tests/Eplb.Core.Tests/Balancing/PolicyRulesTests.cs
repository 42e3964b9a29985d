namespace Eplb.Tests.Balancing;

/// <summary>Which policy a request ends in, where each policy's rules end, and what the refusals say.</summary>
public sealed class PolicyRulesTests
{
    [Theory]
    // slots, GPUs, nodes, groups; experts; excluded GPU
    [InlineData(16, 8, 2, 4, 16, null, PlacementPolicy.Hierarchical)]
    [InlineData(16, 8, 2, 1, 16, null, PlacementPolicy.ReplicateOnly)]
    // The reference decides by the groups of the cluster as it is; without a GPU of it, packing beats replication alone.
    [InlineData(20, 5, 1, 1, 16, 4, PlacementPolicy.Hierarchical)]
    [InlineData(24, 8, 2, 1, 16, 7, PlacementPolicy.Global)]
    // A node too small for its half of the experts, just large enough, and groups that do not divide the experts.
    [InlineData(16, 4, 2, 2, 12, 3, PlacementPolicy.Global)]
    [InlineData(24, 4, 2, 2, 12, 3, PlacementPolicy.Hierarchical)]
    [InlineData(24, 4, 2, 4, 10, 3, PlacementPolicy.Global)]
    public void Auto_packs_where_it_can(int slots, int gpus, int nodes, int groups, int experts, int? excluded, PlacementPolicy expected)
    {
        var shape = new ClusterShape(slots, gpus, nodes, groups, excluded is { } gpu ? [gpu] : null);
        Assert.Equal(expected, PolicyRules.Resolve(PlacementPolicy.Auto, experts, shape, isRefined: false));
    }

    [Fact]
    public void Auto_of_a_refined_plan_packs_slots_that_do_not_divide_evenly()
    {
        Assert.Equal(PlacementPolicy.Hierarchical, PolicyRules.Resolve(PlacementPolicy.Auto, 12, new ClusterShape(14, 4, 2, 2), isRefined: true));
        Assert.Equal(PlacementPolicy.Global, PolicyRules.Resolve(PlacementPolicy.Auto, 12, new ClusterShape(14, 4, 2, 1), isRefined: true));
    }

    [Theory]
    [InlineData(PlacementPolicy.Auto, 1, false, true)]
    [InlineData(PlacementPolicy.Auto, 4, false, false)]
    [InlineData(PlacementPolicy.Auto, 1, true, false)]
    [InlineData(PlacementPolicy.ReplicateOnly, 1, false, false)]  // it was asked for
    public void Packing_is_left_out_unasked_by_Auto_alone(PlacementPolicy policy, int groups, bool isRefined, bool isLeftOut) =>
        Assert.Equal(isLeftOut, PolicyRules.LeavesPackingOut(policy, 16, new ClusterShape(16, 8, 2, groups), isRefined));

    [Theory]
    [InlineData(16, 16)]
    [InlineData(15, 16)]
    public void As_many_slots_as_experts_are_enough(int experts, int slots)
    {
        Assert.Equal(PlacementPolicy.Global, PolicyRules.Resolve(PlacementPolicy.Global, experts, new ClusterShape(slots, 4), isRefined: false));
        EplbException broken = Refused(PlacementPolicy.Global, slots + 1, new ClusterShape(slots, 4));
        Assert.Equal((EplbError.TooFewReplicas, (object)slots), (broken.Error, broken.Target));
        Assert.StartsWith($"ReplicaCount {slots} is below the {slots + 1} logical experts", broken.Message, StringComparison.Ordinal);
    }

    [Theory]
    // experts, slots, nodes: chunks of 8
    [InlineData(16, 24, 3, true)]
    [InlineData(24, 24, 3, true)]
    [InlineData(20, 24, 3, false)]
    [InlineData(12, 24, 3, false)]
    public void IntraNode_wants_chunks_of_experts_and_of_redundant_slots(int experts, int slots, int nodes, bool fits)
    {
        var shape = new ClusterShape(slots, 2 * nodes, nodes);
        if (fits)
            Assert.Equal(PlacementPolicy.IntraNode, PolicyRules.Resolve(PlacementPolicy.IntraNode, experts, shape, isRefined: false));
        else
            Assert.Contains($"3 chunks of 8; the {experts} logical experts and the {slots - experts} redundant slots", Refused(PlacementPolicy.IntraNode, experts, shape).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void IntraNode_wants_equal_nodes() =>
        Assert.Contains("plan with the Global policy", Refused(PlacementPolicy.IntraNode, 8, new ClusterShape(24, 6, 2, excludedGpus: [5])).Message, StringComparison.Ordinal);

    [Fact]
    public void The_smallest_node_is_named_where_it_cannot_hold_its_share()
    {
        EplbException broken = Refused(PlacementPolicy.Hierarchical, 12, new ClusterShape(18, 6, 3, 3, excludedGpus: [3]));
        Assert.Equal((EplbError.TooFewReplicas, (object)3), (broken.Error, broken.Target));
        Assert.StartsWith("Node 1 of the 3 in use has 3 slots, but the Hierarchical policy puts 4 of the 12", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_count_that_does_not_divide_comes_with_the_nearest_that_do()
    {
        Assert.Contains("the nearest multiples: 8 or 12", Assert.Throws<EplbException>(() => PolicyRules.CheckEqualGpus(new ClusterShape(10, 4))).Message, StringComparison.Ordinal);
        Assert.Contains("the nearest multiples: 4.", Assert.Throws<EplbException>(() => new ClusterShape(8, 3, 4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fewer_slots_than_GPUs_are_refused_as_such()
    {
        EplbException broken = Assert.Throws<EplbException>(() => new ClusterShape(9, 10));
        Assert.Equal(EplbError.CountNotDivisible, broken.Error);
        Assert.StartsWith("ReplicaCount 9 is below GpuCount 10", broken.Message, StringComparison.Ordinal);
    }

    [Theory]
    // slots, GPUs, experts, layers of the placement in force; those of the loads are 0 and 2
    [InlineData(8, 4, 4, new[] { 0, 2 }, null)]
    [InlineData(12, 4, 4, new[] { 0, 2 }, EplbError.PlacementInvalid)]
    [InlineData(8, 2, 4, new[] { 0, 2 }, EplbError.PlacementInvalid)]
    [InlineData(8, 4, 2, new[] { 0, 2 }, EplbError.RowLengthMismatch)]
    [InlineData(8, 4, 4, new[] { 1, 2 }, EplbError.LayerMissing)]
    [InlineData(8, 4, 4, new[] { 0 }, EplbError.LayerMissing)]
    [InlineData(8, 4, 4, new[] { 0, 1, 2 }, EplbError.LayerMissing)]
    [InlineData(8, 4, 4, new[] { 0, 2, 3 }, EplbError.LayerMissing)]
    public void A_placement_in_force_must_be_of_the_same_cluster_and_model(int slots, int gpus, int experts, int[] ids, EplbError? error)
    {
        LayerPlacement Layer(int layer) => LayerPlacement.Create(layer, [.. Enumerable.Range(0, slots).Select(slot => slot % experts)], experts);
        var current = new PlacementMap([.. ids.Select(Layer)], new ClusterShape(slots, gpus), PlacementPolicy.Global);
        LoadMatrix loads = LoadMatrix.Combine([new ExpertLoad(0, [1, 2, 3, 4]), new ExpertLoad(2, [1, 2, 3, 4])]);
        void Check() => PolicyRules.CheckCurrent(current, loads, new ClusterShape(8, 4));
        if (error is null) Check();
        else Assert.Equal(error, Assert.Throws<EplbException>(Check).Error);
    }

    private static EplbException Refused(PlacementPolicy policy, int experts, ClusterShape shape) =>
        Assert.Throws<EplbException>(() => { PolicyRules.Resolve(policy, experts, shape, isRefined: false); });
}
