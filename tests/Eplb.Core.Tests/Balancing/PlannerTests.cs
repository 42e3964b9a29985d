using CsCheck;

namespace Eplb.Tests.Balancing;

/// <summary>What every plan promises, whatever the loads and the cluster.</summary>
public sealed class PlannerTests
{
    private static readonly PlacementPolicy[] Policies = [PlacementPolicy.Hierarchical, PlacementPolicy.Global, PlacementPolicy.ReplicateOnly];

    [Fact]
    public void Every_expert_is_placed_and_the_counts_add_up() => PlanGen.Hierarchical.Sample(request =>
    {
        foreach (PlacementPolicy policy in Policies)
        {
            PlacementMap map = Planner.Plan(request.Loads, request.Shape, policy);
            for (int layer = 0; layer < map.Layer.Length; layer++)
            {
                int[] counted = new int[request.Loads.ExpertCount];
                foreach (int expert in map.PhysicalToLogical[layer]) counted[expert]++;
                Assert.DoesNotContain(0, counted);
                Assert.Equal(counted, map.ExpertCount[layer]);
            }
        }
    });

    [Fact]
    public void LogicalToPhysical_is_the_inverse_of_PhysicalToLogical() => PlanGen.Hierarchical.Sample(request =>
    {
        PlacementMap map = Planner.Plan(request.Loads, request.Shape);
        for (int layer = 0; layer < map.Layer.Length; layer++)
        {
            int[] slots = [.. map.LogicalToPhysical[layer].SelectMany(expert => expert).Where(slot => slot >= 0).Order()];
            Assert.Equal(Enumerable.Range(0, map.ReplicaCount), slots);
            for (int expert = 0; expert < request.Loads.ExpertCount; expert++)
            {
                int[] held = map.LogicalToPhysical[layer][expert];
                Assert.All(held.Take(map.ExpertCount[layer][expert]), slot => Assert.Equal(expert, map.PhysicalToLogical[layer][slot]));
                Assert.All(held.Skip(map.ExpertCount[layer][expert]), slot => Assert.Equal(-1, slot));
            }
        }
    });

    [Fact]
    public void Hierarchical_keeps_the_experts_of_a_group_on_one_node() => PlanGen.Hierarchical.Sample(request =>
    {
        PlacementMap map = Planner.Plan(request.Loads, request.Shape, PlacementPolicy.Hierarchical);
        int groupSize = request.Loads.ExpertCount / map.GroupCount;
        foreach (IGrouping<(int Layer, int Group), PhysicalExpert> group in map.GetPhysicalExperts().GroupBy(slot => (slot.Layer, slot.LogicalExpert / groupSize)))
            Assert.Single(group.Select(slot => slot.Node).Distinct());
    });

    [Fact]
    public void Scaling_the_loads_by_a_power_of_two_changes_nothing() => PlanGen.Hierarchical.Sample(request =>
    {
        // Loads below float32's normal range round to fewer bits, and differently once scaled.
        if (request.Loads.Rows.Any(row => row.Any(load => load is > 0 and < 1e-30))) return;
        LoadMatrix scaled = LoadMatrix.Combine(request.Loads.Rows.Select((row, layer) => new ExpertLoad(layer, [.. row.Select(load => load * 4)])));
        foreach (PlacementPolicy policy in Policies)
        {
            Assert.Equal(
                Planner.Plan(request.Loads, request.Shape, policy).PhysicalToLogical,
                Planner.Plan(scaled, request.Shape, policy).PhysicalToLogical);
        }
    });

    [Fact]
    public void Relabelling_experts_relabels_the_plan_where_there_are_no_ties() => Gen.Select(PlanGen.Hierarchical, Gen.Int[0, 1000]).Sample((request, seed) =>
    {
        // With one slot a GPU the packing is the identity and follows the labels by design.
        if (request.Shape.SlotsPerGpu == 1 || HasTies(request)) return;
        int[] label = [.. Enumerable.Range(0, request.Loads.ExpertCount)];
        new Random(seed).Shuffle(label);
        LoadMatrix relabelled = LoadMatrix.Combine(request.Loads.Rows.Select((row, layer) =>
        {
            double[] moved = new double[row.Length];
            for (int expert = 0; expert < row.Length; expert++) moved[label[expert]] = row[expert];
            return new ExpertLoad(layer, moved);
        }));
        int[][] plan = [.. Planner.Plan(request.Loads, request.Shape, PlacementPolicy.Global).PhysicalToLogical.Select(row => row.Select(expert => label[expert]).ToArray())];
        int[][] other = Planner.Plan(relabelled, request.Shape, PlacementPolicy.Global).PhysicalToLogical;
        Assert.Equal(plan, other);
    });

    [Fact]
    public void A_smaller_load_never_gets_more_replicas() => PlanGen.Hierarchical.Sample(request =>
    {
        PlacementMap map = Planner.Plan(request.Loads, request.Shape, PlacementPolicy.Global);
        for (int layer = 0; layer < map.Layer.Length; layer++)
        {
            float[] load = [.. request.Loads.Rows[layer].Select(value => (float)value)];
            int[] byLoad = [.. Enumerable.Range(0, load.Length).OrderByDescending(expert => load[expert]).ThenBy(expert => expert)];
            for (int i = 1; i < byLoad.Length; i++)
                Assert.True(map.ExpertCount[layer][byLoad[i]] <= map.ExpertCount[layer][byLoad[i - 1]], $"layer {layer}, expert {byLoad[i]}");
        }
    });

    [Fact]
    public void No_plan_beats_its_bound() => PlanGen.Hierarchical.Sample(request =>
    {
        foreach (PlacementPolicy policy in Policies)
        {
            PlacementMap map = Planner.Plan(request.Loads, request.Shape, policy);
            foreach ((BalanceReport report, double[] load) in new BalanceEvaluator(map).ByLayer().Zip(request.Loads.Rows))
                Assert.True(report.MaxLoad >= LoadBound.Of(load, request.Shape, policy).Value * (1 - 1e-12));
        }
    });

    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    public void The_number_of_threads_changes_nothing(int threads)
    {
        LoadMatrix loads = TestData.Loads("dsv3-0324-mmlu-seqlen4k.json");
        var shape = new ClusterShape(288, 32, 4, 8);
        PlacementMap one = Planner.Plan(loads, shape, maxThreads: 1), many = Planner.Plan(loads, shape, maxThreads: threads);
        Assert.Equal(one.PhysicalToLogical, many.PhysicalToLogical);
        Assert.Equal(one.LogicalToPhysical, many.LogicalToPhysical);
    }

    [Fact]
    public void Auto_replicates_only_when_groups_do_not_divide_over_the_nodes()
    {
        LoadMatrix loads = TestData.Loads("gptoss20b-all.json");
        Assert.Equal(PlacementPolicy.ReplicateOnly, Planner.Plan(loads, new ClusterShape(40, 8, 2, 1)).Policy);
        Assert.Equal(PlacementPolicy.Hierarchical, Planner.Plan(loads, new ClusterShape(40, 8, 2, 4)).Policy);
    }

    [Theory]
    // replicas, GPUs, nodes, groups, policy, error
    [InlineData(0, 8, 1, 1, PlacementPolicy.Auto, EplbError.CountNotPositive)]
    [InlineData(40, -8, 1, 1, PlacementPolicy.Auto, EplbError.CountNotPositive)]
    [InlineData(40, 8, 0, 1, PlacementPolicy.Auto, EplbError.CountNotPositive)]
    [InlineData(40, 8, 1, 0, PlacementPolicy.Auto, EplbError.CountNotPositive)]
    [InlineData(41, 8, 1, 1, PlacementPolicy.Auto, EplbError.CountNotDivisible)]
    [InlineData(40, 8, 3, 3, PlacementPolicy.Auto, EplbError.CountNotDivisible)]
    [InlineData(24, 8, 1, 1, PlacementPolicy.Auto, EplbError.TooFewReplicas)]
    [InlineData(1 << 21, 8, 1, 1, PlacementPolicy.Auto, EplbError.ShapeTooLarge)]
    // the policies' own rules: 32 experts
    [InlineData(40, 8, 2, 1, PlacementPolicy.Hierarchical, EplbError.CountNotDivisible)]
    [InlineData(40, 8, 2, 6, PlacementPolicy.Auto, EplbError.CountNotDivisible)]
    [InlineData(40, 8, 2, 1, PlacementPolicy.IntraNode, EplbError.CountNotDivisible)]
    public void Counts_that_break_a_rule_are_refused(int replicas, int gpus, int nodes, int groups, PlacementPolicy policy, EplbError error)
    {
        LoadMatrix loads = TestData.Loads("gptoss20b-all.json");
        EplbException broken = Assert.Throws<EplbException>(() => Planner.Plan(loads, new ClusterShape(replicas, gpus, nodes, groups), policy));
        Assert.Equal(error, broken.Error);
    }

    [Fact]
    public void A_plan_larger_than_any_cluster_is_refused_before_it_is_made()
    {
        LoadMatrix loads = LoadMatrix.Combine(Enumerable.Range(0, 257).Select(layer => new ExpertLoad(layer, [1])));
        EplbException broken = Assert.Throws<EplbException>(() => Planner.Plan(loads, new ClusterShape(ClusterShape.MaxReplicaCount, 1 << 10)));
        Assert.Equal((EplbError.ShapeTooLarge, (object)ClusterShape.MaxReplicaCount), (broken.Error, broken.Target));
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(16)]
    public void The_first_layer_that_is_refused_is_named_on_any_number_of_threads(int threads)
    {
        // A Global plan keeps no group on one node, and is no placement that a Hierarchical one could follow.
        LoadMatrix loads = TestData.Loads("dsv2lite-esft-law.json");
        PlacementMap current = Planner.Plan(loads, new ClusterShape(80, 8, 2), PlacementPolicy.Global);
        EplbException broken = Assert.Throws<EplbException>(() =>
            Planner.Plan(loads, new ClusterShape(80, 8, 2, 4), PlacementPolicy.Hierarchical, new PlanOptions { Current = current }, threads));
        Assert.Equal(EplbError.PlacementInvalid, broken.Error);
        Assert.Equal($"Layer {loads.Layers[0]} of", broken.Message[..$"Layer {loads.Layers[0]} of".Length]);
    }

    [Theory]
    [InlineData(60, new int[0], "ReplicaCount 60 is below the 64 logical experts of a layer; each expert needs at least one slot, as with ReplicaCount 64.")]
    [InlineData(80, new[] { 1, 6 }, "Of 80 slots 60 are left without the excluded GPUs, which is below the 64 logical experts of a layer; each expert needs at least one slot, as with ReplicaCount 88.")]
    public void Too_few_slots_are_refused_with_a_number_that_is_enough(int slots, int[] lost, string message)
    {
        LoadMatrix loads = TestData.Loads("dsv2lite-esft-law.json", 1);
        EplbException broken = Assert.Throws<EplbException>(() => Planner.Plan(loads, new ClusterShape(slots, 8, excludedGpus: lost), PlacementPolicy.Global, new PlanOptions { Refine = true }));
        Assert.Equal(message, broken.Message);
        int enough = int.Parse(message.Split(' ')[^1].TrimEnd('.'), System.Globalization.CultureInfo.InvariantCulture);
        Assert.NotNull(Planner.Plan(loads, new ClusterShape(enough, 8, excludedGpus: lost), PlacementPolicy.Global));
    }

    [Fact]
    public void A_cancelled_plan_stops() => Assert.ThrowsAny<OperationCanceledException>(() =>
        Planner.Plan(TestData.Loads("gptoss20b-all.json"), new ClusterShape(40, 8), cancellationToken: new CancellationToken(canceled: true)));

    // Two experts tie where a replica of the one weighs the same as one of the other at any time of the replication.
    private static bool HasTies(PlanRequest request) => request.Loads.Rows.Any(row =>
    {
        int most = request.Shape.ReplicaCount - row.Length + 1;
        float[] weights = [.. row.SelectMany(load => Enumerable.Range(1, most).Select(count => (float)((float)load / (double)count)))];
        return weights.Distinct().Count() < weights.Length;
    });
}
