using CsCheck;

namespace Eplb.Tests;

public class UnequalClusterTests
{
    private static readonly PlanOptions Refined = new() { Refine = true };
    private static readonly LoadMatrix DeepSeek = TestData.Loads("dsv3-0324-mmlu-seqlen4k.json");

    private static readonly Gen<PlanRequest> Requests =
        from request in PlanGen.Hierarchical
        from extra in Gen.Int[0, request.Shape.GpuCount]
        from excluded in Gen.Int[0, request.Shape.GpuCount - 1].Array[0, request.Shape.GpuCount - 1]
        from speed in Gen.OneOf(Gen.Const(1.0), Gen.Const(0.5), Gen.Const(2.0), Gen.Double[0.1, 3]).Array[request.Shape.GpuCount]
        let shape = request.Shape
        select new PlanRequest(request.Loads, new ClusterShape(shape.ReplicaCount + extra, shape.GpuCount, shape.NodeCount, shape.GroupCount,
            excluded.Distinct().Take(shape.GpuCount - 1).ToArray(), speed));

    [Fact]
    public void Slots_that_do_not_divide_evenly_give_the_first_GPUs_one_more()
    {
        var shape = new ClusterShape(11, 4, 2);
        Assert.Equal([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3], Enumerable.Range(0, 11).Select(shape.GpuOf));
        Assert.Equal([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1], Enumerable.Range(0, 11).Select(shape.SlotOf));
        Assert.Equal([3, 3, 3, 2], Enumerable.Range(0, 4).Select(shape.SlotsOn));
    }

    [Fact]
    public void Every_expert_lives_on_a_GPU_in_use_and_excluded_GPUs_hold_nothing() => Requests.Sample(request =>
    {
        if (request.Shape.Live.ReplicaCount < request.Loads.ExpertCount) return;
        PlacementMap map = Planner.Plan(request.Loads, request.Shape, PlacementPolicy.Auto, Refined);
        for (int i = 0; i < map.Layers.Count; i++)
        {
            for (int slot = 0; slot < map.ReplicaCount; slot++)
                Assert.Equal(request.Shape.IsExcluded(request.Shape.GpuOf(slot)), map.PhysicalToLogical[i][slot] == -1);
            Assert.All(map.ExpertCount[i], count => Assert.True(count > 0));
            Assert.Equal(request.Shape.Live.ReplicaCount, map.ExpertCount[i].Sum());
        }
    }, iter: 40);

    [Fact]
    public void No_GPU_is_faster_than_the_bound_and_reports_agree_with_the_loads() => Requests.Sample(request =>
    {
        if (request.Shape.Live.ReplicaCount < request.Loads.ExpertCount) return;
        PlacementMap map = Planner.Plan(request.Loads, request.Shape, PlacementPolicy.Auto, Refined);
        foreach ((BalanceReport report, int i) in new BalanceEvaluator(map).ByLayer().Select((report, i) => (report, i)))
        {
            double[] times = TimesOf(map, i);
            Assert.Equal(times.Max(), report.MaxLoad, 1e-9 * (1 + times.Max()));
            if (report.Bound is { } bound) Assert.True(LoadBound.Of(map.Load![i], map.Shape, map.Policy).Value <= times.Max() * (1 + 1e-9), $"{bound}");
        }
    }, iter: 40);

    [Fact]
    public void A_refined_plan_for_unequal_GPUs_is_never_slower_than_the_plan_it_starts_from() => Requests.Sample(request =>
    {
        ClusterShape shape = request.Shape.Live;
        if (shape.ReplicaCount < request.Loads.ExpertCount) return;
        PlacementMap map = Planner.Plan(request.Loads, shape, PlacementPolicy.Global, Refined);
        for (int i = 0; i < map.Layers.Count; i++)
        {
            int[] slots = new int[shape.ReplicaCount];
            LayerBalancer.Create(PlacementPolicy.Global, request.Loads.ExpertCount, shape).Balance(
                [.. request.Loads.Rows[i].Select(load => (float)load)], slots, new int[slots.Length], new int[request.Loads.ExpertCount]);
            var start = new PlacementMap([LayerPlacement.Create(0, slots, request.Loads.ExpertCount, request.Loads.Rows[i])], shape, PlacementPolicy.Global);
            Assert.True(TimesOf(map, i).Max() <= TimesOf(start, 0).Max() * (1 + 2e-4));
        }
    }, iter: 40);

    [Fact]
    public void A_replica_is_not_taken_from_an_expert_that_a_GPU_holds_thrice_when_that_makes_this_GPU_the_slowest()
    {
        // Three slots for six experts of which one has nearly all load: its replicas cannot but share GPUs.
        LoadMatrix loads = LoadMatrix.Combine([new ExpertLoad(0, [801.4481566965177, 2, 0, 961600, 0, 114266])]);
        PlacementMap map = Planner.Plan(loads, new ClusterShape(12, 4, gpuSpeed: [2.0391929452897446, 0.5, 2, 0.625]), PlacementPolicy.Global, Refined);
        Assert.InRange(TimesOf(map, 0).Max(), 0, 114266 / 0.5);
    }

    [Fact]
    public void Without_refinement_the_plan_is_that_of_the_reference_for_the_GPUs_in_use()
    {
        PlacementMap map = Planner.Plan(DeepSeek, new ClusterShape(288, 32, excludedGpus: [3, 31]), PlacementPolicy.Global);
        PlacementMap live = Planner.Plan(DeepSeek, new ClusterShape(270, 30), PlacementPolicy.Global);
        Assert.Equal(live.PhysicalToLogical, map.PhysicalToLogical.Select(slots => slots.Where(expert => expert >= 0).ToArray()));
        Assert.All(map.PhysicalToLogical, slots => Assert.All(slots[27..36].Concat(slots[279..]), expert => Assert.Equal(-1, expert)));
    }

    [Fact]
    public void A_GPU_of_half_the_speed_gets_half_the_load()
    {
        double[] speed = [.. Enumerable.Range(0, 32).Select(gpu => gpu < 8 ? 0.5 : 1)];
        PlacementMap map = Planner.Plan(DeepSeek, new ClusterShape(288, 32, gpuSpeed: speed), PlacementPolicy.Global, Refined);
        Assert.True(new BalanceEvaluator(map).Summarize().Balancedness > 0.999);
        double[] loads = PlanLoads.OfGpus(map, 0);
        Assert.InRange(loads[0] / loads[31], 0.499, 0.501);
    }

    // Replicas of one size would leave slow GPUs with many slots up to four times the load that they can take.
    [Theory]
    [InlineData(288, 0.999), InlineData(320, 0.998), InlineData(384, 0.993), InlineData(512, 0.999), InlineData(768, 0.999)]
    public void Slow_GPUs_have_use_for_every_slot(int slots, double balancedness)
    {
        double[] half = [.. Enumerable.Range(0, 32).Select(gpu => gpu < 16 ? 1 : 0.5)], one = [.. half.Select((_, gpu) => gpu == 3 ? 0.1 : 1)];
        Assert.True(BalancednessOf(half) > balancedness);
        Assert.True(BalancednessOf(one) > 0.99);

        double BalancednessOf(double[] speed) =>
            new BalanceEvaluator(Planner.Plan(DeepSeek, new ClusterShape(slots, 32, gpuSpeed: speed), PlacementPolicy.Global, Refined)).Summarize().Balancedness!.Value;
    }

    // Where large replicas for it are made of hot experts or of cold ones, whichever goes together better.
    [Theory]
    [InlineData(288, 0.997), InlineData(320, 0.997), InlineData(384, 0.997), InlineData(512, 0.9995)]
    public void A_fast_GPU_has_use_for_all_its_speed(int slots, double balancedness)
    {
        double[] fast = [.. Enumerable.Range(0, 32).Select(gpu => gpu == 3 ? 3.0 : 1)];
        PlacementMap map = Planner.Plan(DeepSeek, new ClusterShape(slots, 32, gpuSpeed: fast), PlacementPolicy.Global, Refined);
        Assert.True(new BalanceEvaluator(map).Summarize().Balancedness > balancedness);
    }

    [Fact]
    public void A_slow_GPU_gets_a_cold_expert_twice_where_all_others_are_too_hot()
    {
        LoadMatrix mixtral = TestData.Loads("mixtral-8x7b-d2moe-wikitext.json");
        PlacementMap map = Planner.Plan(mixtral, new ClusterShape(16, 4, gpuSpeed: [1, 1, 1, 0.1]), PlacementPolicy.Global, Refined);
        PlanBalanceReport summary = new BalanceEvaluator(map).Summarize();
        Assert.True(summary.Balancedness > 0.99);
        Assert.True(summary.DuplicateCount > 0);
    }

    [Theory]
    [InlineData(290, new int[0], 0.9995)]
    [InlineData(288, new[] { 5 }, 0.9999)]
    [InlineData(300, new[] { 0, 8, 16, 24 }, 0.999)]
    public void DeepSeek_is_balanced_on_what_is_left(int slots, int[] excluded, double balancedness)
    {
        PlacementMap map = Planner.Plan(DeepSeek, new ClusterShape(slots, 32, excludedGpus: excluded), PlacementPolicy.Global, Refined);
        Assert.True(new BalanceEvaluator(map).Summarize().Balancedness > balancedness);
        Assert.Equal(0, new BalanceEvaluator(map).Summarize().DuplicateCount);
    }

    [Fact]
    public void Lost_experts_are_created_again_first_and_the_rest_of_the_budget_balances()
    {
        var whole = new ClusterShape(288, 32);
        PlacementMap current = Planner.Plan(DeepSeek, whole, PlacementPolicy.Global, Refined);
        var left = new ClusterShape(288, 32, excludedGpus: [7]);
        PlacementMap least = Planner.Plan(DeepSeek, left, PlacementPolicy.Global, new PlanOptions { Current = current, MaxMoves = 0 });
        PlacementMap more = Planner.Plan(DeepSeek, left, PlacementPolicy.Global, new PlanOptions { Current = current, MaxMoves = 28 });
        for (int i = 0; i < current.Layers.Count; i++)
        {
            int lost = Enumerable.Range(63, 9).Count(slot => current.ExpertCount[i][current.PhysicalToLogical[i][slot]] == 1);
            Assert.Equal(lost, Written(current, least, i));
            Assert.InRange(Written(current, more, i), lost, 28);
            Assert.True(TimesOf(more, i).Max() <= TimesOf(least, i).Max());
        }

        Assert.True(new BalanceEvaluator(more).Summarize().Balancedness > 0.97);
    }

    [Fact]
    public void A_GPU_that_comes_back_is_filled_again()
    {
        var left = new ClusterShape(288, 32, excludedGpus: [7]);
        PlacementMap current = Planner.Plan(DeepSeek, left, PlacementPolicy.Global, Refined);
        PlacementMap whole = Planner.Plan(DeepSeek, new ClusterShape(288, 32), PlacementPolicy.Global, new PlanOptions { Current = current, MaxMoves = 18 });
        for (int i = 0; i < current.Layers.Count; i++)
        {
            Assert.DoesNotContain(-1, whole.PhysicalToLogical[i]);
            Assert.InRange(Written(current, whole, i), 9, 18);
        }

        Assert.InRange(new BalanceEvaluator(whole).Summarize().Balancedness!.Value, 0.96, 1);
    }

    [Fact]
    public void A_change_after_a_loss_keeps_groups_on_their_nodes()
    {
        LoadMatrix loads = DeepSeek;
        PlacementMap current = Planner.Plan(loads, new ClusterShape(384, 32, 4, 8), PlacementPolicy.Hierarchical, Refined);
        var left = new ClusterShape(384, 32, 4, 8, excludedGpus: [0, 9, 10]);
        PlacementMap changed = Planner.Plan(loads, left, PlacementPolicy.Hierarchical, new PlanOptions { Current = current, MaxMoves = 40 });
        for (int i = 0; i < changed.Layers.Count; i++)
        {
            Assert.All(changed.ExpertCount[i], count => Assert.True(count > 0));
            Assert.All(changed.PhysicalToLogical[i].Select((expert, slot) => (expert, Node: slot / 96)).Where(held => held.expert >= 0).GroupBy(held => held.expert / 32),
                group => Assert.Single(group.Select(held => held.Node).Distinct()));
        }
    }

    [Theory]
    [InlineData(PlacementPolicy.Auto)]
    [InlineData(PlacementPolicy.Global)]
    [InlineData(PlacementPolicy.Hierarchical)]
    [InlineData(PlacementPolicy.IntraNode)]
    [InlineData(PlacementPolicy.ReplicateOnly)]
    public void The_policies_of_the_reference_refuse_what_only_refined_plans_can(PlacementPolicy policy)
    {
        LoadMatrix loads = LoadMatrix.Combine([new ExpertLoad(0, [1, 2, 3, 4])]);
        Assert.Equal(EplbError.CountNotDivisible, Assert.Throws<EplbException>(() => Planner.Plan(loads, new ClusterShape(7, 2), policy)).Error);
        var speeds = new ClusterShape(8, 2, gpuSpeed: [1, 0.5]);
        Assert.Equal(EplbError.SpeedInvalid, Assert.Throws<EplbException>(() => Planner.Plan(loads, speeds, policy)).Error);
    }

    [Fact]
    public void Too_few_slots_that_are_left_are_named_as_such()
    {
        LoadMatrix loads = LoadMatrix.Combine([new ExpertLoad(0, [1, 2, 3, 4])]);
        EplbException broken = Assert.Throws<EplbException>(() => Planner.Plan(loads, new ClusterShape(6, 3, excludedGpus: [0, 1])));
        Assert.Equal(EplbError.TooFewReplicas, broken.Error);
        Assert.Contains("2 are left without the excluded GPUs", broken.Message, StringComparison.Ordinal);
        loads = LoadMatrix.Combine([new ExpertLoad(0, [1, 2, 3, 4, 5, 6])]);
        broken = Assert.Throws<EplbException>(() => Planner.Plan(loads, new ClusterShape(8, 4, 2, 2, excludedGpus: [0]), PlacementPolicy.Hierarchical));
        Assert.Equal(EplbError.TooFewReplicas, broken.Error);
        Assert.Contains("Node 0 of the 2 in use has 2 slots", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_whose_node_lost_too_much_asks_for_another_policy()
    {
        // Node 0 holds three of four groups and keeps four of its six slots: enough for half of the experts, not for these six.
        LoadMatrix loads = LoadMatrix.Combine([new ExpertLoad(0, [1, 1, 1, 1, 1, 1, 1, 1])]);
        var current = new PlacementMap([LayerPlacement.Create(0, [0, 2, 1, 3, 4, 5, 6, 7, 6, 7, 6, 7], 8)], new ClusterShape(12, 6, 2, 4), PlacementPolicy.Hierarchical);
        EplbException broken = Assert.Throws<EplbException>(() => Planner.Plan(loads, new ClusterShape(12, 6, 2, 4, excludedGpus: [0]),
            PlacementPolicy.Hierarchical, new PlanOptions { Current = current }));
        Assert.Equal(EplbError.TooFewReplicas, broken.Error);
        Assert.Contains("No slot is left for the lost expert 0 on node 0", broken.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 4 }, null, EplbError.IndexOutOfRange)]
    [InlineData(new[] { -1 }, null, EplbError.IndexOutOfRange)]
    [InlineData(new[] { 0, 1, 2, 3 }, null, EplbError.CountNotPositive)]
    [InlineData(null, new[] { 1.0 }, EplbError.SpeedInvalid)]
    [InlineData(null, new[] { 1.0, 0, 1, 1 }, EplbError.SpeedInvalid)]
    [InlineData(null, new[] { 1.0, double.NaN, 1, 1 }, EplbError.SpeedInvalid)]
    [InlineData(null, new[] { 1.0, double.PositiveInfinity, 1, 1 }, EplbError.SpeedInvalid)]
    public void Wrong_GPUs_and_speeds_are_refused(int[]? excluded, double[]? speed, EplbError error) =>
        Assert.Equal(error, Assert.Throws<EplbException>(() => new ClusterShape(8, 4, 1, 1, excluded, speed)).Error);

    private static int Written(PlacementMap from, PlacementMap to, int position) =>
        to.PhysicalToLogical[position].Where((expert, slot) => expert >= 0 && expert != from.PhysicalToLogical[position][slot]).Count();

    private static double[] TimesOf(PlacementMap map, int position) =>
        [.. PlanLoads.OfGpus(map, position).Select((load, gpu) => map.Shape.IsExcluded(gpu) ? 0 : load / map.Shape.SpeedOf(gpu))];
}
