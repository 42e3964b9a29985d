using CsCheck;

namespace Eplb.Tests;

public class LayerMovesTests
{
    [Theory]
    // from, to, slots, GPUs, slots that may be written, balancedness to reach
    [InlineData("dsv2lite-esft-law.json", "dsv2lite-esft-translation.json", 80, 8, 4, 0.925)]
    [InlineData("dsv2lite-esft-law.json", "dsv2lite-esft-translation.json", 80, 8, 8, 0.994)]
    [InlineData("dsv2lite-esft-law.json", "dsv2lite-esft-translation.json", 80, 8, 16, 0.999)]
    [InlineData("dsv2lite-esft-law.json", "dsv2lite-esft-translation.json", 80, 16, 4, 0.738)]
    [InlineData("dsv2lite-esft-law.json", "dsv2lite-esft-translation.json", 80, 16, 8, 0.9)]
    [InlineData("dsv2lite-esft-law.json", "dsv2lite-esft-translation.json", 80, 16, 16, 0.982)]
    [InlineData("gptoss20b-mmlu_test.json", "gptoss20b-gpqa_main.json", 40, 8, 2, 0.793)]
    [InlineData("gptoss20b-mmlu_test.json", "gptoss20b-gpqa_main.json", 40, 8, 4, 0.923)]
    [InlineData("gptoss20b-mmlu_test.json", "gptoss20b-gpqa_main.json", 40, 8, 8, 0.988)]
    public void Few_moves_make_a_placement_fit_other_loads(string from, string to, int slots, int gpus, int maxMoves, double balancedness)
    {
        var shape = new ClusterShape(slots, gpus);
        LoadMatrix loads = TestData.Loads(to);
        PlacementMap current = Planner.Plan(TestData.Loads(from), shape, PlacementPolicy.Global);
        PlacementMap changed = Planner.Plan(loads, shape, PlacementPolicy.Global, new PlanOptions { Current = current, MaxMoves = maxMoves });
        Assert.All(Moves(current, changed), moves => Assert.InRange(moves, 0, maxMoves));
        Assert.InRange(PlanLoads.Balancedness(changed), balancedness, 1);
    }

    [Theory]
    // from, to, slots, GPUs, share of the slots that may be written
    [InlineData("dsv2lite-esft-law.json", "dsv2lite-esft-translation.json", 80, 8, 0.2)]
    [InlineData("dsv2lite-esft-law.json", "dsv2lite-esft-translation.json", 80, 16, 0.48)]
    [InlineData("dsv2lite-esft-law.json", "dsv2lite-esft-translation.json", 96, 32, 0.66)]
    [InlineData("gptoss20b-mmlu_test.json", "gptoss20b-gpqa_main.json", 40, 8, 0.49)]
    public void Without_a_budget_each_layer_reaches_the_balance_of_a_fresh_refined_plan_in_few_moves(string from, string to, int slots, int gpus, double share)
    {
        var shape = new ClusterShape(slots, gpus);
        LoadMatrix loads = TestData.Loads(to);
        PlacementMap current = Planner.Plan(TestData.Loads(from), shape, PlacementPolicy.Global);
        PlacementMap fresh = Planner.Plan(loads, shape, PlacementPolicy.Global, new PlanOptions { Refine = true });
        PlacementMap changed = Planner.Plan(loads, shape, PlacementPolicy.Global, new PlanOptions { Current = current });
        Assert.All(Enumerable.Range(0, loads.Rows.Count), i => Assert.True(PlanLoads.OfGpus(changed, i).Max() <= PlanLoads.OfGpus(fresh, i).Max() * (1 + 1.001e-3)));
        Assert.InRange(Moves(current, changed).Average(), 0, share * slots);
    }

    [Fact]
    public void Groups_that_change_nodes_take_few_more_moves_than_their_experts()
    {
        var shape = new ClusterShape(288, 32, 4, 8);
        LoadMatrix loads = TestData.Loads("dsv3-0324-mmlu-seqlen4k.json");
        LoadMatrix other = LoadMatrix.Combine(loads.Rows.Select((row, i) => new ExpertLoad(i, [.. row.Select((load, expert) => load * (1 + (0.5 * Math.Sin(expert))))])));
        PlacementMap current = Planner.Plan(loads, shape, PlacementPolicy.Hierarchical, new PlanOptions { Refine = true });
        PlacementMap changed = Planner.Plan(other, shape, PlacementPolicy.Hierarchical, new PlanOptions { Current = current });
        Assert.InRange(Moves(current, changed).Average(), 0, 0.4 * 288);
    }

    [Theory]
    [InlineData(PlacementPolicy.Hierarchical)]
    [InlineData(PlacementPolicy.Global)]
    [InlineData(PlacementPolicy.IntraNode)]
    public void Without_a_budget_changed_placements_are_whole_and_as_good_as_fresh_ones(PlacementPolicy policy) => PlanGen.Hierarchical.Sample(request =>
    {
        if (policy == PlacementPolicy.IntraNode && !FitsIntraNode(request.Loads.ExpertCount, request.Shape)) return;
        LoadMatrix reversed = LoadMatrix.Combine(request.Loads.Rows.Select((row, i) => new ExpertLoad(i, [.. row.Reverse()])));
        PlacementMap current = Planner.Plan(reversed, request.Shape, policy);
        PlacementMap fresh = Planner.Plan(request.Loads, request.Shape, policy, new PlanOptions { Refine = true });
        PlacementMap changed = Planner.Plan(request.Loads, request.Shape, policy, new PlanOptions { Current = current });
        for (int i = 0; i < changed.Layers.Count; i++)
        {
            Assert.All(changed.ExpertCount[i], count => Assert.True(count > 0));
            // A thousandth that a plan may be above the fresh one, and one that is not worth a move.
            Assert.True(PlanLoads.OfGpus(changed, i).Max() <= PlanLoads.OfGpus(fresh, i).Max() * (1 + 2.1e-3));
            if (policy == PlacementPolicy.Hierarchical) AssertGroupsStayOnOneNode(changed, i);
        }
    }, iter: 200);

    [Fact]
    public void A_placement_that_fits_is_left_alone()
    {
        var shape = new ClusterShape(80, 8);
        LoadMatrix loads = TestData.Loads("dsv2lite-esft-law.json");
        PlacementMap current = Planner.Plan(loads, shape, PlacementPolicy.Global, new PlanOptions { Refine = true });
        PlacementMap changed = Planner.Plan(loads, shape, PlacementPolicy.Global, new PlanOptions { Current = current });
        Assert.Equal(current.PhysicalToLogical, changed.PhysicalToLogical);
    }

    [Fact]
    public void The_target_is_reached_with_no_more_moves_than_a_higher_one_takes()
    {
        var shape = new ClusterShape(80, 8);
        LoadMatrix loads = TestData.Loads("dsv2lite-esft-translation.json");
        PlacementMap current = Planner.Plan(TestData.Loads("dsv2lite-esft-law.json"), shape, PlacementPolicy.Global);
        PlacementMap low = Planner.Plan(loads, shape, PlacementPolicy.Global, new PlanOptions { Current = current, TargetBalance = 0.9 });
        PlacementMap high = Planner.Plan(loads, shape, PlacementPolicy.Global, new PlanOptions { Current = current, TargetBalance = 0.97 });
        Assert.All(Enumerable.Range(0, loads.Rows.Count), i => Assert.True(PlanLoads.OfGpus(low, i) is var gpus && gpus.Average() / gpus.Max() >= 0.9));
        Assert.True(Moves(current, low).Sum() < Moves(current, high).Sum());
    }

    [Theory]
    [InlineData(PlacementPolicy.Hierarchical)]
    [InlineData(PlacementPolicy.Global)]
    public void The_budget_is_kept_every_expert_placed_and_no_layer_made_worse(PlacementPolicy policy) =>
        Gen.Select(PlanGen.Hierarchical, Gen.Int[0, 6]).Sample((request, maxMoves) =>
        {
            LoadMatrix reversed = LoadMatrix.Combine(request.Loads.Rows.Select((row, i) => new ExpertLoad(i, [.. row.Reverse()])));
            PlacementMap current = Planner.Plan(reversed, request.Shape, policy);
            PlacementMap changed = Planner.Plan(request.Loads, request.Shape, policy, new PlanOptions { Current = current, MaxMoves = maxMoves });
            for (int i = 0; i < changed.Layers.Count; i++)
            {
                Assert.All(changed.ExpertCount[i], count => Assert.True(count > 0));
                Assert.True(PlanLoads.OfGpus(changed, i).Max() <= PlanLoads.OfGpus(current, i, request.Loads.Rows[i]).Max() * (1 + 1e-9));
            }

            Assert.All(Moves(current, changed), moves => Assert.InRange(moves, 0, maxMoves));
        }, iter: 100);

    [Theory]
    // policy, balancedness of the placement in force, and with 51 slots of each layer written
    [InlineData(PlacementPolicy.Global, 0.42, 0.85)]
    [InlineData(PlacementPolicy.Hierarchical, 0.42, 0.6)]
    [InlineData(PlacementPolicy.IntraNode, 0.42, 0.4)]
    public void Large_placements_too_fit_other_loads_with_few_moves(PlacementPolicy policy, double before, double after)
    {
        double[][] rows = TestData.Loads("dsv3-0324-mmlu-seqlen4k.json").Rows.Take(7).ToArray();
        LoadMatrix old = LoadMatrix.Combine(rows[1..].Select((row, i) => new ExpertLoad(i, row)));
        LoadMatrix loads = LoadMatrix.Combine(rows[..6].Select((row, i) => new ExpertLoad(i, row)));
        PlacementMap current = Planner.Plan(old, new ClusterShape(1024, 128, 4, 8), policy);
        PlacementMap changed = Planner.Plan(loads, current.Shape, policy, new PlanOptions { Current = current, MaxMoves = 51 });
        Assert.All(Moves(current, changed), moves => Assert.InRange(moves, 1, 51));
        Assert.All(changed.ExpertCount, counts => Assert.DoesNotContain(0, counts));
        Assert.InRange(PlanLoads.Balancedness(current, loads), 0, before);
        Assert.InRange(PlanLoads.Balancedness(changed), after, 1);
        if (policy != PlacementPolicy.Hierarchical) return;
        for (int i = 0; i < rows.Length - 1; i++)
        {
            Assert.All(changed.PhysicalToLogical[i].Select((expert, slot) => (Group: expert / 32, Node: slot / 256)).GroupBy(held => held.Group),
                group => Assert.Single(group.Select(held => held.Node).Distinct()));
        }
    }

    [Fact]
    public void A_current_placement_of_another_cluster_is_refused()
    {
        LoadMatrix loads = TestData.Loads("gptoss20b-all.json");
        PlacementMap current = Planner.Plan(loads, new ClusterShape(40, 8));
        EplbException broken = Assert.Throws<EplbException>(() =>
            Planner.Plan(loads, new ClusterShape(48, 8), PlacementPolicy.Global, new PlanOptions { Current = current }));
        Assert.Equal(EplbError.PlacementInvalid, broken.Error);
    }

    [Fact]
    public void A_current_placement_of_another_model_is_refused()
    {
        var shape = new ClusterShape(40, 8);
        PlacementMap current = Planner.Plan(LoadMatrix.Combine([new ExpertLoad(0, new double[32]), new ExpertLoad(2, new double[32])]), shape);
        Assert.Equal(EplbError.RowLengthMismatch, Refused(new ExpertLoad(0, new double[16])));
        Assert.Equal(EplbError.LayerMissing, Refused(new ExpertLoad(1, new double[32])));

        EplbError Refused(ExpertLoad load) => Assert.Throws<EplbException>(() =>
            Planner.Plan(LoadMatrix.Combine([load]), shape, PlacementPolicy.Global, new PlanOptions { Current = current })).Error;
    }

    [Fact]
    public void A_group_that_lives_on_two_nodes_is_named()
    {
        LoadMatrix loads = LoadMatrix.Combine([new ExpertLoad(5, [1, 2, 3, 4])]);
        PlacementMap current = new([LayerPlacement.Create(5, [0, 2, 1, 3], 4)], new ClusterShape(4, 2, 2, 2), PlacementPolicy.Global);
        EplbException broken = Assert.Throws<EplbException>(() =>
            Planner.Plan(loads, new ClusterShape(4, 2, 2, 2), PlacementPolicy.Hierarchical, new PlanOptions { Current = current }));
        Assert.Equal((EplbError.PlacementInvalid, (object)5), (broken.Error, broken.Target));
        Assert.Contains("group 0 on nodes 0 and 1", broken.Message, StringComparison.Ordinal);
    }

    private static bool FitsIntraNode(int experts, ClusterShape shape)
    {
        int nodeSlots = shape.ReplicaCount / shape.NodeCount;
        return experts % nodeSlots == 0 && (shape.ReplicaCount - experts) % nodeSlots == 0;
    }

    private static void AssertGroupsStayOnOneNode(PlacementMap map, int position)
    {
        int groupSize = map.ExpertCount[position].Length / map.GroupCount, nodeSlots = map.ReplicaCount / map.NodeCount;
        var nodes = map.PhysicalToLogical[position].Select((expert, slot) => (Group: expert / groupSize, Node: slot / nodeSlots)).Distinct();
        Assert.Equal(map.GroupCount, nodes.Count());
    }

    private static IEnumerable<int> Moves(PlacementMap from, PlacementMap to) =>
        from.PhysicalToLogical.Zip(to.PhysicalToLogical, (a, b) => a.Where((expert, slot) => expert != b[slot]).Count());
}
