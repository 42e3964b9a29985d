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

    [Fact]
    public void The_dispatch_bound_is_the_best_of_all_replica_counts_under_the_least_peaks() =>
        Gen.Select(Gen.Int[0, 60].Array[1, 4], Gen.Int[1, 3], Gen.Int[1, 2], Gen.Int[0, 5], Gen.Bool).Sample((load, gpusPerNode, nodes, spare, onOneNode) =>
        {
            double[] row = [.. load.Select(value => (double)value)];
            int gpus = nodes * gpusPerNode;
            var shape = new ClusterShape((((row.Length + spare + gpus - 1) / gpus) + 1) * gpus, gpus, nodes);
            foreach (ReplicaDispatch rule in Enum.GetValues<DispatchRule>().Select(rule => DispatchRules.Create(rule)).OfType<ReplicaDispatch>())
                Assert.Equal(Best(row, shape.ReplicaCount, rule), DispatchBound.Of(row, shape, rule, onOneNode), 1e-9 * (1 + row.Max()));

            double Best(ReadOnlySpan<double> rest, int slots, ReplicaDispatch rule)
            {
                if (rest.IsEmpty) return 0;
                double best = double.PositiveInfinity;
                for (int count = 1; count <= slots - rest.Length + 1; count++)
                    best = Math.Min(best, Math.Max(rest[0] * rule.LeastPeak(count, shape, onOneNode), Best(rest[1..], slots - count, rule)));
                return best;
            }
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
    public void The_node_bound_is_the_best_packing_of_up_to_two_groups_a_node_and_never_above_it() =>
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[0, 100].Array[9], Gen.Int[1, 3].Array[3], Gen.Bool).Sample((nodes, groupsPerNode, load, speed, isEqual) =>
        {
            double[] row = [.. load.Take(nodes * groupsPerNode).Select(value => (double)value)];
            double[]? speeds = isEqual ? null : [.. speed.Take(nodes).Select(value => value / 2.0)];
            double best = BestPacking(row, nodes, groupsPerNode, speeds);
            double bound = NodePackingBound.Of(row, new ClusterShape(row.Length, nodes, nodes, row.Length, gpuSpeed: speeds));
            Assert.InRange(bound, 0, best * (1 + 1e-9));
            if (isEqual && groupsPerNode <= 2) Assert.Equal(best, bound, 1e-9 * best);
        });

    [Theory]
    // The largest group needs the two smallest beside it, and the nodes their share.
    [InlineData(new double[] { 9, 1, 2, 3, 1, 2 }, 11)]
    [InlineData(new double[] { 5, 5, 5, 5, 4, 4 }, 14)]
    public void Three_groups_a_node_have_the_bound_of_the_largest_or_of_the_mean(double[] load, double bound) =>
        Assert.Equal(bound, NodePackingBound.Of(load, new ClusterShape(6, 2, 2, 6)), 1e-9);

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
    public void The_pair_bound_is_close_to_the_best_pairs()
    {
        var random = new Random(3);
        double[] share = [.. Enumerable.Range(0, 60).Select(_ =>
        {
            int gpus = random.Next(4, 7);
            double[] load = [.. Enumerable.Range(0, random.Next(gpus, gpus + 3)).Select(_ => Math.Pow(random.Next(1, 11), 2))];
            return LoadBound.Of(load, new ClusterShape(2 * gpus, gpus), PlacementPolicy.Global).Value / BestPairs.Of(load, gpus);
        })];
        Assert.InRange(share.Average(), 0.9949, 1);
        Assert.InRange(share.Count(value => value > 0.999), 46, share.Length);
    }

    [Fact]
    public void The_pair_bound_of_DeepSeek_on_144_GPUs_is_as_high_as_it_was_measured()
    {
        double[] rise = [1.00815, 1.04570, 1.04313, 1.03869, 1.03101, 1.01193, 1.01636, 1.07263];
        for (int layer = 0; layer < rise.Length; layer++)
        {
            LoadBound bound = LoadBound.Of(TestData.Loads("dsv3-0324-mmlu-seqlen4k.json").Rows[layer], new ClusterShape(288, 144), PlacementPolicy.Global);
            Assert.Equal(rise[layer], bound.Pair / Math.Max(bound.Mean, bound.Replica), 1e-4);
        }
    }

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

    // Slowest node of the best of all ways to give each node as many groups.
    private static double BestPacking(double[] group, int nodes, int groupsPerNode, double[]? speed)
    {
        double[] sum = new double[nodes];
        int[] count = new int[nodes];
        return Best(0);

        double Best(int next)
        {
            if (next == group.Length) return sum.Select((load, node) => load / (speed?[node] ?? 1)).Max();
            double best = double.PositiveInfinity;
            for (int node = 0; node < nodes; node++)
            {
                if (count[node] == groupsPerNode) continue;
                sum[node] += group[next];
                count[node]++;
                best = Math.Min(best, Best(next + 1));
                sum[node] -= group[next];
                count[node]--;
            }

            return best;
        }
    }
}
