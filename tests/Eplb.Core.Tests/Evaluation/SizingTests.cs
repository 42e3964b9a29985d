namespace Eplb.Tests.Evaluation;

public class SizingTests
{
    private static readonly LoadMatrix DeepSeek = TestData.Loads("dsv3-0324-mmlu-seqlen4k.json");
    private static readonly ReplicaSizing Sizing = new(DeepSeek, 0.95) { Policy = PlacementPolicy.Global, ExpertBytes = 1000 };

    [Fact]
    public void Slots_are_added_until_the_target_is_reached()
    {
        IReadOnlyList<SizingOption> options = Sizing.Sweep([32], [1]);
        Assert.Equal([256, 288], options.Select(option => option.ReplicaCount));
        Assert.Equal([false, true], options.Select(option => option.MeetsTarget));
        Assert.Equal([false, true], options.Select(option => option.IsSmallest));
        Assert.Equal(9 * 58 * 1000, options[1].GpuBytes);
        Assert.Equal((32, 9), (options[1].RedundantCount, options[1].SlotsPerGpu));
    }

    [Fact]
    public void A_target_out_of_reach_ends_at_twice_the_fewest_slots()
    {
        IReadOnlyList<SizingOption> options = new ReplicaSizing(DeepSeek, 1).Sweep([64], [1]);
        Assert.Equal([256, 320, 384, 448, 512], options.Select(option => option.ReplicaCount));
        Assert.DoesNotContain(options, option => option.IsSmallest);
    }

    [Fact]
    public void An_option_is_what_its_plan_measures()
    {
        foreach (SizingOption option in Sizing.Sweep([16, 32], [1, 4], [256, 288, 320]))
        {
            PlacementMap map = Planner.Plan(DeepSeek, new ClusterShape(option.ReplicaCount, option.GpuCount, option.NodeCount), PlacementPolicy.Global);
            PlanBalanceReport summary = new BalanceEvaluator(map).Summarize();
            Assert.Equal((summary.Balancedness, summary.WorstBalancedness, summary.LimitedBy), (option.Balancedness, option.WorstBalancedness, option.LimitedBy));
            Assert.InRange(option.Balancedness, 0, option.BalancednessBound);
            Assert.Equal(new BalanceEvaluator(map).ByLayer().Average(layer => layer.MeanLoad / layer.Bound!.Value), option.BalancednessBound, 1e-12);
        }
    }

    [Fact]
    public void The_front_has_no_dominated_option_and_dominates_every_other()
    {
        IReadOnlyList<SizingOption> options = Sizing.Sweep([16, 32, 48], [1], [256, 288, 320, 336, 384, 432, 480]);
        Assert.All(options, option => Assert.Equal(option.IsParetoOptimal, !options.Any(option.IsDominatedBy)));
        Assert.All(options.Where(option => !option.IsParetoOptimal), option => Assert.Contains(options, other => other.IsParetoOptimal && option.IsDominatedBy(other)));
        SizingOption smallest = options.Single(option => option.IsSmallest);
        Assert.Equal(options.Where(option => option.MeetsTarget).Min(option => option.ReplicaCount), smallest.ReplicaCount);
    }

    [Fact]
    public void Counts_that_do_not_fit_are_left_out_unless_none_fits()
    {
        Assert.Equal([288], Sizing.Sweep([32], [1], [100, 288, 300]).Select(option => option.ReplicaCount));
        Assert.Equal(EplbError.CountNotDivisible, Assert.Throws<EplbException>(() => Sizing.Sweep([32], [1], [300])).Error);
        Assert.Equal(EplbError.CountNotPositive, Assert.Throws<EplbException>(() => Sizing.Sweep([0], [1])).Error);
    }

    [Fact]
    public void Options_come_by_GPUs_nodes_and_slots_however_the_counts_are_given()
    {
        var progress = new Reports();
        IReadOnlyList<SizingOption> options = Sizing.Sweep([32, 16, 32], [2, 1, 2], [320, 256, 320], progress);
        Assert.Equal(
            [(16, 1, 256), (16, 1, 320), (16, 2, 256), (16, 2, 320), (32, 1, 256), (32, 1, 320), (32, 2, 256), (32, 2, 320)],
            options.Select(option => (option.GpuCount, option.NodeCount, option.ReplicaCount)));
        Assert.Equal([0.25, 0.5, 0.75, 1], progress.Shares);
    }

    [Fact]
    public void Of_options_with_as_few_slots_the_smallest_has_the_fewest_GPUs_then_nodes()
    {
        SizingOption smallest = new ReplicaSizing(DeepSeek, 0.5) { Policy = PlacementPolicy.Global }.Sweep([32, 16], [2, 1], [320, 288]).Single(option => option.IsSmallest);
        Assert.Equal((288, 16, 1), (smallest.ReplicaCount, smallest.GpuCount, smallest.NodeCount));
    }

    [Fact]
    public void A_target_that_is_just_reached_is_met()
    {
        SizingOption option = Sizing.Sweep([32], [1], [288]).Single();
        Assert.True(new ReplicaSizing(DeepSeek, option.Balancedness) { Policy = PlacementPolicy.Global }.Sweep([32], [1], [288]).Single().MeetsTarget);
        Assert.False(new ReplicaSizing(DeepSeek, Math.BitIncrement(option.Balancedness)) { Policy = PlacementPolicy.Global }.Sweep([32], [1], [288]).Single().MeetsTarget);
    }

    [Theory]
    // GPUs, slots a GPU and balance of the other, against 16 GPUs of 9 slots at 0.9
    [InlineData(16, 9, 0.9, false)]
    [InlineData(8, 9, 0.9, true)]
    [InlineData(16, 8, 0.9, true)]
    [InlineData(16, 9, 0.95, true)]
    [InlineData(8, 8, 0.95, true)]
    [InlineData(17, 8, 0.95, false)]
    [InlineData(8, 10, 0.95, false)]
    [InlineData(8, 8, 0.85, false)]
    public void An_option_is_dominated_by_one_that_is_nowhere_worse_and_somewhere_better(int gpus, int slotsPerGpu, double balancedness, bool isDominated)
    {
        var option = new SizingOption { GpuCount = 16, SlotsPerGpu = 9, Balancedness = 0.9 };
        Assert.Equal(isDominated, option.IsDominatedBy(new SizingOption { GpuCount = gpus, SlotsPerGpu = slotsPerGpu, Balancedness = balancedness }));
    }

    [Fact]
    public void Other_loads_ask_for_more_replicas_than_those_that_were_planned_for()
    {
        LoadMatrix law = TestData.Loads("dsv2lite-esft-law.json"), translation = TestData.Loads("dsv2lite-esft-translation.json");
        Assert.Contains(new ReplicaSizing(law, 0.9) { Policy = PlacementPolicy.Global }.Sweep([8], [1]), option => option.IsSmallest);
        Assert.DoesNotContain(new ReplicaSizing(law, 0.9) { Policy = PlacementPolicy.Global, JudgedBy = translation }.Sweep([8], [1]), option => option.IsSmallest);
    }

    [Fact]
    public void Nothing_to_try_and_nothing_to_carry_are_refused()
    {
        Assert.Equal(EplbError.CountNotPositive, Assert.Throws<EplbException>(() => Sizing.Sweep([], [1])).Error);
        var idle = new ReplicaSizing(LoadMatrix.Combine([new ExpertLoad(0, [0, 0])]), 0.9);
        Assert.Equal(EplbError.LoadMissing, Assert.Throws<EplbException>(() => idle.Sweep([2], [1])).Error);
        // What is wrong whatever the counts is not taken for a count that does not fit.
        Assert.Equal(EplbError.CountNotPositive, Assert.Throws<EplbException>(() => Sizing.Sweep([32], [1], [0])).Error);
    }

    private sealed class Reports : IProgress<double>
    {
        public List<double> Shares { get; } = [];

        public void Report(double value) => Shares.Add(value);
    }
}
