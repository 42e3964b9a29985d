using CsCheck;

namespace Eplb.Tests.Balancing;

/// <summary>How many replicas each expert gets where GPUs differ in speed per slot.</summary>
public sealed class UnequalReplicationTests
{
    [Fact]
    public void Equal_GPUs_get_the_counts_of_the_reference() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 6], Gen.Int[0, 5], Gen.Int[0, 100].Array[2, 8]).Sample((slotsPerGpu, gpus, spare, values) =>
        {
            float[] load = [.. values.Take(Math.Max(1, (slotsPerGpu * gpus) - spare)).Select(value => (float)value)];
            Assert.Equal(Greedy(load, slotsPerGpu * gpus), Counts(load, new ClusterShape(slotsPerGpu * gpus, gpus)));
        });

    [Theory]
    [InlineData(288), InlineData(320), InlineData(384), InlineData(512), InlineData(768)]
    public void Half_of_the_GPUs_at_half_the_speed_can_be_filled_with_their_part_of_the_load(int slots)
    {
        // What the 16 slow GPUs hold at least, no expert twice on one, against their third of the load; by greedy counts up to 1.3 times that.
        var shape = new ClusterShape(slots, 32, gpuSpeed: [.. Enumerable.Range(0, 32).Select(gpu => gpu < 16 ? 1 : 0.5)]);
        foreach (double[] row in TestData.Loads("dsv3-0324-mmlu-seqlen4k.json").Rows)
        {
            float[] load = [.. row.Select(value => (float)value)];
            int[] count = Counts(load, shape), greedy = Greedy(load, slots);
            Assert.Equal(slots, count.Sum());
            Assert.InRange(count.Min(), 1, slots);
            double least = LeastOf(load, count, gpus: 16, slots / 2) / load.Sum(), leastOfGreedy = LeastOf(load, greedy, gpus: 16, slots / 2) / load.Sum();
            if (leastOfGreedy <= 1 / 3.0) Assert.Equal(greedy, count);
            else Assert.True(least < leastOfGreedy, $"{least} {leastOfGreedy}");
            Assert.InRange(least, 0, 1.1 / 3);
        }
    }

    [Theory]
    // speed of GPU 3, or of all up to it
    [InlineData(320, 3.0, false, "18fae9603b530c59", "46a45aff991e13be")]
    [InlineData(320, 0.5, false, "8756276b8b8d161e", "8756276b8b8d161e")]
    [InlineData(320, 0.1, true, "30fcb63609982588", "8994c66b7772c055")]
    [InlineData(770, 0.3, true, "526ffd6b2fe8c1f4", "1da96bd46a852dd2")]
    public void The_same_loads_get_the_same_counts(int slots, double speed, bool ramp, string hash, string otherHash)
    {
        // A change of the replication changes the hashes here, on purpose.
        var shape = new ClusterShape(slots, 32, gpuSpeed: [.. Enumerable.Range(0, 32).Select(gpu => ramp ? speed + ((1 - speed) * gpu / 31) : gpu == 3 ? speed : 1)]);
        float[][] rows = [.. TestData.Loads("dsv3-0324-mmlu-seqlen4k.json", layers: 8).Rows.Select(row => row.Select(value => (float)value).ToArray())];
        Assert.Equal(hash, ShortHash.Of(rows.Select(load => Counts(load, shape))));
        Assert.Equal(otherHash, ShortHash.Of(rows.Select(load => Counts(load, shape, otherSide: true))));
    }

    [Fact]
    public void There_is_no_other_side_where_greedy_counts_fit() =>
        Assert.False(new UnequalReplication(2, new ClusterShape(4, 2)).TryReplicateFromOtherSide([1, 2], new int[4], new int[4], new int[2], new double[2]));

    private static double LeastOf(float[] load, int[] count, int gpus, int slots) =>
        load.Zip(count, (value, replicas) => Enumerable.Repeat((double)value / replicas, Math.Min(replicas, gpus))).SelectMany(sizes => sizes).Order().Take(slots).Sum();

    private static int[] Counts(float[] load, ClusterShape shape, bool otherSide = false)
    {
        int[] made = new int[shape.ReplicaCount], replica = new int[shape.ReplicaCount], count = new int[load.Length];
        double[] share = new double[load.Length];
        var replication = new UnequalReplication(load.Length, shape);
        if (!otherSide || !replication.TryReplicateFromOtherSide(load, made, replica, count, share)) replication.Replicate(load, made, replica, count, share);
        Assert.Equal(count, Enumerable.Range(0, load.Length).Select(expert => made.Count(held => held == expert)));
        Assert.Equal(share, load.Zip(count, (value, replicas) => (double)value / replicas));
        foreach (IGrouping<int, int> expert in Enumerable.Range(0, made.Length).GroupBy(slot => made[slot]))
            Assert.Equal(Enumerable.Range(0, expert.Count()), expert.Select(slot => replica[slot]));
        return count;
    }

    private static int[] Greedy(float[] load, int slots)
    {
        int[] count = [.. load.Select(_ => 1)];
        for (int slot = load.Length; slot < slots; slot++)
        {
            double[] share = [.. load.Zip(count, (value, replicas) => (double)value / replicas)];
            count[Array.IndexOf(share, share.Max())]++;
        }

        return count;
    }
}
