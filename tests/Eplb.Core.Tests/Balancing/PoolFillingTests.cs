namespace Eplb.Tests.Balancing;

/// <summary>How GPUs of other speeds or numbers of slots are filled, where the reference has no rule.</summary>
public sealed class PoolFillingTests
{
    private static readonly double[] Load = [40, 20, 5, 4, 3, 2];

    [Theory]
    // Of 10 replicas the greedy counts are 4, 2, 1, 1, 1, 1; what is left of the slots goes to the coldest, up to one a GPU.
    [InlineData(8, new[] { 3, 1, 1, 1, 1, 1 })]
    [InlineData(12, new[] { 4, 2, 1, 1, 1, 3 })]
    [InlineData(16, new[] { 4, 2, 1, 1, 4, 4 })]
    [InlineData(24, new[] { 4, 4, 4, 4, 4, 4 })]
    public void Few_replicas_of_hot_experts_and_the_coldest_on_every_GPU(int slots, int[] count)
    {
        int[] held = new int[slots];
        Assert.True(new PoolFilling(6, new ClusterShape(slots, 4)).TrySplitFew(Load, held));
        Assert.Equal(count, Enumerable.Range(0, 6).Select(expert => held.Count(other => other == expert)));
        double[] gpus = [.. held.Chunk(slots / 4).Select(gpu => gpu.Sum(expert => Load[expert] / count[expert]))];
        Assert.InRange(gpus.Max(), Load.Sum() / 4, 1.4 * Load.Sum() / 4);
    }

    [Fact]
    public void Slots_for_more_than_an_expert_on_every_GPU_are_not_split_few() =>
        Assert.False(new PoolFilling(6, new ClusterShape(28, 4)).TrySplitFew(Load, new int[28]));

    [Theory]
    // slots, speed of GPU 3, hash
    [InlineData(320, 3.0, "56ed4d0014e1622f")]
    [InlineData(385, 5.0, "60d0ceca7a032cdd")]
    public void Other_sizes_are_other_counts_that_fill_the_same_slots(int slots, double speed, string hash)
    {
        var pool = new PoolFilling(256, new ClusterShape(slots, 32, gpuSpeed: [.. Enumerable.Range(0, 32).Select(gpu => gpu == 3 ? speed : 1)]));
        var plans = new List<int[]>();
        foreach (double[] row in TestData.Loads("dsv3-0324-mmlu-seqlen4k.json", layers: 4).Rows)
        {
            int[] held = new int[slots], first = new int[slots], count = new int[256];
            pool.Plan([.. row.Select(load => (float)load)], first, new int[slots], count);
            if (!pool.TryPlanOtherSizes(row, held)) continue;
            Assert.Equal(Enumerable.Range(0, 256), held.Distinct().Order());
            Assert.NotEqual(count, Enumerable.Range(0, 256).Select(expert => held.Count(other => other == expert)));
            plans.Add(held);
        }

        Assert.NotEmpty(plans);
        Assert.Equal(hash, ShortHash.Of(plans));
    }

    [Fact]
    public void There_are_no_other_sizes_for_equal_GPUs() => Assert.False(new PoolFilling(6, new ClusterShape(12, 4)).TryPlanOtherSizes(Load, new int[12]));
}
