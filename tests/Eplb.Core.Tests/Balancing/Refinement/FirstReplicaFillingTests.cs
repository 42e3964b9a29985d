using CsCheck;
using Eplb.Tests.Balancing;

namespace Eplb.Tests;

/// <summary>How nodes are filled for a dispatch that prefers the first replica on each.</summary>
public sealed class FirstReplicaFillingTests
{
    private static readonly ReplicaDispatch Rule = (ReplicaDispatch)DispatchRules.Create(DispatchRule.SGLangStatic)!;

    [Fact]
    public void Every_slot_is_filled_every_expert_placed_and_none_twice_on_a_GPU() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 6], Gen.Int[0, 100].Array[1, 12]).Sample((gpus, slotsPerGpu, values) =>
        {
            double[] load = [.. values.Take(gpus * slotsPerGpu).Select(value => (double)value)];
            var shape = new ClusterShape(gpus * slotsPerGpu, gpus);
            int[] slots = new int[shape.ReplicaCount];
            Assert.Equal(slotsPerGpu <= load.Length, new FirstReplicaFilling(load.Length, shape, Rule).TryFill(load, slots));
            if (slotsPerGpu > load.Length) return;
            Assert.Equal(Enumerable.Range(0, load.Length), slots.Distinct().Order());
            Assert.All(slots.Chunk(slotsPerGpu), held => Assert.Equal(slotsPerGpu, held.Distinct().Count()));
        });

    [Fact]
    public void Nodes_are_filled_alike()
    {
        double[] load = [12, 8, 4, 4, 4, 4, 4, 4, 1, 1, 1, 1];
        int[] one = new int[24], three = new int[72];
        Assert.True(new FirstReplicaFilling(12, new ClusterShape(24, 8), Rule).TryFill(load, one));
        Assert.True(new FirstReplicaFilling(12, new ClusterShape(72, 24, 3), Rule).TryFill(load, three));
        Assert.All(three.Chunk(24), node => Assert.Equal(one, node));
    }

    [Theory]
    // slots, GPUs, nodes
    [InlineData(24, 8, 1, true)]
    [InlineData(48, 16, 2, true)]
    [InlineData(22, 16, 2, false)]  // 11 slots a node
    [InlineData(50, 16, 2, false)]  // one node has more slots than the other
    [InlineData(24, 4, 2, false)]   // of two replicas on two GPUs, each gets half
    public void Nodes_that_are_alike_and_hold_all_experts_are_filled(int slots, int gpus, int nodes, bool suits) =>
        Assert.Equal(suits, FirstReplicaFilling.Suits(12, new ClusterShape(slots, gpus, nodes), Rule));

    [Fact]
    public void Two_large_nodes_with_many_slots_are_nearly_even_under_the_rule()
    {
        LoadMatrix loads = LoadMatrix.Combine([new ExpertLoad(0, TestData.Loads("dsv3-0324-mmlu-seqlen4k.json", layers: 1).Rows[0])]);
        PlacementMap map = Planner.Plan(loads, new ClusterShape(1024, 128, 2), PlacementPolicy.Global, new PlanOptions { Refine = true, Dispatch = DispatchRule.SGLangStatic });
        Assert.InRange(new BalanceEvaluator(map, rule: DispatchRule.SGLangStatic).Summarize().Balancedness!.Value, 0.96, 1);
    }

    [Fact]
    public void Hot_experts_are_spread_as_far_as_their_first_replicas_need_and_these_have_a_GPU_each()
    {
        // A GPU is to carry 6: expert 0 with 12 needs 6 replicas for a first one of 12 * 3/8, expert 1 with 8 needs 5 for one of 8 * 4/8.
        double[] load = [12, 8, 4, 4, 4, 4, 4, 4, 1, 1, 1, 1];
        var shape = new ClusterShape(24, 8);
        int[] slots = new int[24];
        Assert.True(new FirstReplicaFilling(12, shape, Rule).TryFill(load, slots));
        Assert.Equal([6, 5, 1, 1, 1, 1, 1, 1], Enumerable.Range(0, 8).Select(expert => slots.Count(held => held == expert)));
        Assert.Equal([0, 1], new[] { 0, 1 }.Select(expert => Array.IndexOf(slots, expert) / 3));
    }

    [Theory]
    [InlineData("dsv3-0324-mmlu-seqlen4k.json", 576, 72, 1.0, "a64d9c83d49238a2")]
    [InlineData("dsv3-0324-mmlu-seqlen4k.json", 360, 72, 1.0, "447c0e9a5ab842f0")]
    [InlineData("dsv3-0324-mmlu-seqlen4k.json", 2048, 128, 0.5, "ed00c94977f93a8e")]
    [InlineData("mixtral-8x7b-d2moe-wikitext.json", 32, 8, 1.0, "edf4419b04b68c15")]
    [InlineData("gptoss20b-all.json", 100, 16, 0.8, "06f171512ae33141")]
    public void The_same_loads_fill_a_node_the_same_way(string file, int slots, int gpus, double speed, string hash)
    {
        // GPU 3 has that speed. A change of the filling changes the hashes here, on purpose.
        IReadOnlyList<double[]> rows = TestData.Loads(file, layers: 8).Rows;
        var filling = new FirstReplicaFilling(rows[0].Length, new ClusterShape(slots, gpus, gpuSpeed: [.. Enumerable.Range(0, gpus).Select(gpu => gpu == 3 ? speed : 1)]), Rule);
        Assert.Equal(hash, ShortHash.Of(rows.Select(load =>
        {
            int[] filled = new int[slots];
            Assert.True(filling.TryFill(load, filled));
            return filled;
        })));
    }
}
