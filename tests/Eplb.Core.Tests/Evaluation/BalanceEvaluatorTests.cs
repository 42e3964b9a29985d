namespace Eplb.Tests.Evaluation;

/// <summary>What a report says is what the placement really does.</summary>
public sealed class BalanceEvaluatorTests
{
    private static readonly LoadMatrix DeepSeek = TestData.Loads("dsv3-0324-mmlu-seqlen4k.json");

    [Theory]
    // slots, policy, mean balancedness over the layers; the first row is the cluster without a plan
    [InlineData(256, PlacementPolicy.ReplicateOnly, .4728)]
    [InlineData(288, PlacementPolicy.ReplicateOnly, .6306)]
    [InlineData(256, PlacementPolicy.Global, .8335)]
    [InlineData(288, PlacementPolicy.Hierarchical, .8835)]
    [InlineData(288, PlacementPolicy.Global, .9925)]
    public void Plans_of_DeepSeek_loads_have_their_known_balancedness(int slots, PlacementPolicy policy, double balancedness)
    {
        PlacementMap map = Planner.Plan(DeepSeek, new ClusterShape(slots, 32, 4, 8), policy);
        Assert.Equal(balancedness, new BalanceEvaluator(map).Summarize().Balancedness!.Value, 1e-4);
    }

    [Fact]
    public void Idle_layers_are_left_out_of_the_summary()
    {
        double[] busy = DeepSeek.Rows[0];
        LoadMatrix loads = LoadMatrix.Combine([new ExpertLoad(0, new double[busy.Length]), new ExpertLoad(3, busy)]);
        PlanBalanceReport summary = new BalanceEvaluator(Planner.Plan(loads, new ClusterShape(288, 32))).Summarize();
        Assert.Equal(1, summary.LayerCount);
        Assert.Equal(1, summary.IdleLayerCount);
        Assert.Equal(3, summary.WorstLayer);
        Assert.InRange(summary.Balancedness!.Value, .98, 1);
    }

    [Fact]
    public void A_placement_is_judged_by_other_loads_when_they_are_given()
    {
        PlacementMap law = Planner.Plan(TestData.Loads("dsv2lite-esft-law.json"), new ClusterShape(80, 8), PlacementPolicy.Global);
        double own = new BalanceEvaluator(law).Summarize().Balancedness!.Value;
        double other = new BalanceEvaluator(law, TestData.Loads("dsv2lite-esft-translation.json")).Summarize().Balancedness!.Value;
        Assert.InRange(own, .99, 1);
        Assert.InRange(other, .647, .649);
    }

    [Theory]
    // load of each expert, slots, GPUs, nodes, groups, what limits
    [InlineData(new double[] { 4, 4, 4, 4 }, 4, 4, 1, 1, LoadLimit.None)]
    [InlineData(new double[] { 90, 1, 1, 1 }, 4, 4, 1, 1, LoadLimit.Replicas)]
    [InlineData(new double[] { 9, 9, 1, 1, 1, 1, 1, 1 }, 8, 4, 2, 4, LoadLimit.NodePacking)]
    [InlineData(new double[] { 7, 5, 5, 4, 4, 1 }, 6, 2, 1, 1, LoadLimit.GpuPacking)]
    public void The_reason_for_the_imbalance_is_named(double[] load, int slots, int gpus, int nodes, int groups, LoadLimit reason)
    {
        PlacementMap map = Planner.Plan(LoadMatrix.Combine([new ExpertLoad(0, load)]), new ClusterShape(slots, gpus, nodes, groups));
        Assert.Equal(reason, Assert.Single(new BalanceEvaluator(map).ByLayer()).LimitedBy);
    }

    [Fact]
    public void A_node_that_is_lost_as_a_whole_has_no_report()
    {
        PlacementMap map = Planner.Plan(LoadMatrix.Combine([new ExpertLoad(0, [4, 3, 2, 1])]), new ClusterShape(16, 4, 2, excludedGpus: [2, 3]), PlacementPolicy.Global);
        Assert.Equal([0], new BalanceEvaluator(map).ByNode().Select(report => report.Node));
        Assert.Equal([0, 1], new BalanceEvaluator(map).ByGpu().Select(report => report.Gpu));
    }

    [Fact]
    public void A_layer_without_loads_is_refused()
    {
        PlacementMap map = Planner.Plan(TestData.Loads("gptoss20b-all.json"), new ClusterShape(40, 8));
        LoadMatrix oneLayer = LoadMatrix.Combine([new ExpertLoad(0, TestData.Loads("gptoss20b-all.json").Rows[0])]);
        Assert.Equal(EplbError.LayerMissing, Assert.Throws<EplbException>(() => new BalanceEvaluator(map, oneLayer)).Error);
        Assert.Equal(EplbError.RowLengthMismatch, Assert.Throws<EplbException>(() => new BalanceEvaluator(map, DeepSeek)).Error);
    }
}
