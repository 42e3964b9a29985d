namespace Eplb.Tests.Evaluation;

public class BacktestTests
{
    private static readonly ClusterShape Shape = new(80, 8);
    private static readonly IReadOnlyList<ExpertLoad> Law = TestData.Windows("dsv2lite-esft-law.windows.json");

    [Fact]
    public void A_step_is_a_plan_of_the_past_judged_on_the_present()
    {
        BacktestStep[] steps = [.. new Backtest(Law, Shape, PlacementPolicy.Global, windowLength: 3).Run()];
        Assert.Equal(Enumerable.Range(3, steps.Length), steps.Select(step => step.Window));
        PlacementMap first = Plan(0, 1, 2), before = Plan(6, 7, 8), now = Plan(7, 8, 9);
        BacktestStep step = steps[7];
        Assert.Equal((10, 7, 9, true), (step.Window, step.FirstPlanWindow, step.LastPlanWindow, step.IsReplanned));
        Assert.Equal(Judge(now, 10), step.Balancedness);
        Assert.Equal(Judge(first, 10), step.UnchangedBalancedness);
        Assert.Equal(Judge(Plan(10), 10), step.OracleBalancedness);
        Assert.Equal(SlotWrites.Count(before, now), step.MovedSlotCount);
    }

    [Fact]
    public void The_first_plan_costs_no_moves_and_is_the_one_that_never_changes()
    {
        BacktestStep first = new Backtest(Law, Shape, PlacementPolicy.Global).Run().First();
        Assert.Equal((true, 0L), (first.IsReplanned, first.MovedSlotCount));
        Assert.Equal(first.Balancedness, first.UnchangedBalancedness);
    }

    [Fact]
    public void Equal_windows_need_no_move_and_no_oracle()
    {
        ExpertLoad[] loads = [.. Enumerable.Range(0, 5).SelectMany(window => Window(4).Select(load => new ExpertLoad(load.Layer, load.Load, window)))];
        Assert.All(new Backtest(loads, Shape, PlacementPolicy.Global).Run(), step =>
        {
            Assert.Equal(0, step.MovedSlotCount);
            Assert.Equal((step.OracleBalancedness, step.OracleBalancedness), (step.Balancedness, step.UnchangedBalancedness));
        });
    }

    [Fact]
    public void Plans_are_made_at_every_interval() =>
        Assert.Equal([2, 6, 10, 14], new Backtest(Law, Shape, PlacementPolicy.Global, windowLength: 2) { Interval = 4 }.Run()
            .Where(step => step.IsReplanned).Select(step => step.Window).Take(4));

    [Theory]
    [InlineData(0.0, 1)]
    [InlineData(1.0, 32)]
    public void Plans_are_made_below_the_threshold(double threshold, int plans) =>
        Assert.Equal(plans, new Backtest(Law, Shape, PlacementPolicy.Global) { Threshold = threshold }.Run().Count(step => step.IsReplanned));

    [Fact]
    public void The_summary_is_the_mean_of_the_steps()
    {
        BacktestStep[] steps = [.. new Backtest(Law, Shape, PlacementPolicy.Global, windowLength: 4).Run()];
        var summary = new BacktestSummary(steps, 4, 1);
        Assert.Equal((steps.Length, steps.Length), (summary.StepCount, summary.ReplanCount));
        Assert.Equal(steps.Average(step => step.Balancedness!.Value), summary.Balancedness!.Value, 1e-12);
        Assert.Equal(steps.Min(step => step.Balancedness), summary.WorstBalancedness);
        Assert.Equal((summary.Balancedness / summary.UnchangedBalancedness) - 1, summary.Gain);
        Assert.Equal(steps.Sum(step => step.MovedSlotCount), summary.MovedSlotCount);
    }

    [Fact]
    public void Loads_without_windows_or_with_too_few_are_refused()
    {
        Assert.Equal(EplbError.WindowMissing, Assert.Throws<EplbException>(() => new Backtest([new(0, [1, 2])], new ClusterShape(2, 2))).Error);
        Assert.Equal(EplbError.WindowMissing, Assert.Throws<EplbException>(() => new Backtest(Law, Shape, windowLength: 33)).Error);
    }

    [Fact]
    public void Idle_windows_have_no_figures()
    {
        var summary = new BacktestSummary([new() { Window = 1 }, new() { Window = 2, IsReplanned = true }], 1, 1);
        Assert.Equal((2, 1), (summary.StepCount, summary.ReplanCount));
        Assert.Equal((null, null, null, null), (summary.Balancedness, summary.Gain, summary.WorstBalancedness, summary.WorstWindow));
    }

    [Fact]
    public void A_back_test_can_be_cancelled()
    {
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (BacktestStep _ in new Backtest(Law, Shape).Run(source.Token)) source.Cancel();
        });
    }

    private static IEnumerable<ExpertLoad> Window(params int[] windows) => Law.Where(load => windows.Contains(load.Window!.Value));

    private static PlacementMap Plan(params int[] windows) => Planner.Plan(LoadMatrix.Combine(Window(windows)), Shape, PlacementPolicy.Global);

    private static double? Judge(PlacementMap map, int window) =>
        new BalanceEvaluator(map, LoadMatrix.Combine(Window(window))).Summarize().Balancedness;
}
