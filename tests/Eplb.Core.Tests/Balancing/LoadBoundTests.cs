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
}
