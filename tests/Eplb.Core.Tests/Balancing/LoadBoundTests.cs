using CsCheck;

namespace Eplb.Tests;

public class LoadBoundTests
{
    private static readonly Gen<double[]> Loads = Gen.Int[0, 1000].Select(value => (double)value).Array[1, 40];

    [Fact]
    public void The_replica_bound_is_what_greedy_replication_reaches() =>
        Gen.Select(Loads, Gen.Int[0, 60]).Sample((load, redundant) =>
        {
            int slots = load.Length + redundant;
            var count = new int[load.Length];
            new Replication().Replicate([.. load.Select(value => (float)value)], new int[slots], new int[slots], count, new double[load.Length]);
            double largest = load.Select((value, expert) => value / count[expert]).Max();
            Assert.Equal(largest, ReplicaBound.Of(load, slots), 1e-9 * (1 + largest));
        });

    [Theory]
    // policy, slots, bound of the mean, of the largest replica, of the best nodes: groups of 90, 20, 10, 0 pair up to 90 and 30.
    [InlineData(PlacementPolicy.Global, 8, 30, 60, 0)]
    [InlineData(PlacementPolicy.Global, 12, 30, 15, 0)]
    [InlineData(PlacementPolicy.Hierarchical, 12, 30, 15, 45)]
    public void The_highest_bound_binds(PlacementPolicy policy, int slots, double mean, double replica, double node)
    {
        var bound = LoadBound.Of([60, 30, 10, 10, 5, 5, 0, 0], new ClusterShape(slots, 4, 2, 4), policy);
        Assert.Equal((mean, replica, node), (bound.Mean, bound.Replica, bound.Node));
        Assert.Equal(Math.Max(mean, Math.Max(replica, node)), bound.Value);
    }

    [Fact]
    public void The_pair_bound_never_exceeds_the_best_pairs_of_any_counts() =>
        Gen.Select(Gen.OneOf(Gen.Int[0, 100], Gen.Int[1, 10].Select(value => value * value * value)).Array[2, 6], Gen.Int[2, 6]).Sample((load, gpus) =>
        {
            if (load.Length > 2 * gpus || load.Sum() == 0) return;
            double[] row = [.. load.Select(value => (double)value)];
            double bound = LoadBound.Of(row, new ClusterShape(2 * gpus, gpus), PlacementPolicy.Global).Value, best = BestPairs.Of(row, gpus);
            Assert.True(bound <= best * (1 + 1e-9), $"{gpus} GPUs, loads {string.Join(",", load)}: bound {bound}, best {best}");
        }, iter: 2000);

    [Fact]
    public void Two_slots_a_gpu_bind_where_large_replicas_lack_small_ones()
    {
        // Six experts fill the six slots, so two of the three large replicas are paired with a 6.
        var shape = new ClusterShape(6, 3);
        double[] load = [8, 8, 8, 6, 6, 0];
        LoadBound bound = LoadBound.Of(load, shape, PlacementPolicy.Global);
        Assert.Equal((12, 8), (bound.Mean, bound.Replica));
        Assert.InRange(bound.Pair, 13.9, 14);
        Assert.Equal(0, LoadBound.Of(load, shape, PlacementPolicy.Global, DispatchRule.Optimal).Pair);
        Assert.Equal(0, LoadBound.Of(load, new ClusterShape(6, 2), PlacementPolicy.Global).Pair);
        Assert.Equal(0, LoadBound.Of(load, new ClusterShape(6, 3, gpuSpeed: [1, 1, 2]), PlacementPolicy.Global).Pair);
    }

    [Fact]
    public void The_pair_bound_of_gpus_of_one_speed_is_their_load_over_it()
    {
        double[] load = [8, 8, 8, 6, 6, 0];
        double slow = LoadBound.Of(load, new ClusterShape(6, 3), PlacementPolicy.Global).Pair;
        Assert.Equal(slow / 2, LoadBound.Of(load, new ClusterShape(6, 3, gpuSpeed: [2, 2, 2]), PlacementPolicy.Global).Pair, 1e-9);
        Assert.Equal(slow, LoadBound.Of(load, new ClusterShape(8, 4, excludedGpus: [1]), PlacementPolicy.Global).Pair, 1e-9);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.Epsilon)]
    [InlineData(1e-300)]
    [InlineData(1e300)]
    public void Loads_of_any_size_have_a_bound(double unit)
    {
        LoadBound bound = LoadBound.Of([8 * unit, 8 * unit, 8 * unit, 6 * unit, 6 * unit, 0], new ClusterShape(6, 3), PlacementPolicy.Global);
        Assert.InRange(bound.Value, 0, 14 * unit);
    }
}
