using CsCheck;

namespace Eplb.Tests;

/// <summary>How one node is filled for a dispatch that prefers the first replica.</summary>
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
}
