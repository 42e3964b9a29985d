namespace Eplb.Tests.Evaluation;

public class BacktestTests
{
    private static readonly ClusterShape Shape = new(80, 8);
    private static readonly IReadOnlyList<ExpertLoad> Law = TestData.Windows("dsv2lite-esft-law.windows.json");
    private static readonly ExpertLoad[] Few = [.. Law.Where(load => load.Layer < 3)];

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
        Assert.Equal([3, 7, 11, 15], new Backtest(Law, Shape, PlacementPolicy.Global, windowLength: 3) { Interval = 4 }.Run()
            .Where(step => step.IsReplanned).Select(step => step.Window).Take(4));

    [Theory]
    [InlineData(0.0, 1)]
    [InlineData(1.0, 32)]
    public void Plans_are_made_below_the_threshold(double threshold, int plans) =>
        Assert.Equal(plans, new Backtest(Law, Shape, PlacementPolicy.Global) { Threshold = threshold }.Run().Count(step => step.IsReplanned));

    [Fact]
    public void A_placement_that_is_just_at_the_threshold_stays()
    {
        double? reached = new Backtest(Law, Shape, PlacementPolicy.Global).Run().First().Balancedness;
        Assert.False(new Backtest(Law, Shape, PlacementPolicy.Global) { Threshold = reached }.Run().ElementAt(1).IsReplanned);
        Assert.True(new Backtest(Law, Shape, PlacementPolicy.Global) { Threshold = reached + 1e-9 }.Run().ElementAt(1).IsReplanned);
    }

    [Fact]
    public void Refined_plans_are_made_for_the_windows_of_the_past_and_their_goal()
    {
        ExpertLoad[] past = [.. Few.Where(load => load.Window < 2)];
        var options = new PlanOptions { Refine = true, Windows = LoadWindows.Of(past), WindowGoal = WindowGoal.Worst };
        PlacementMap plan = Planner.Plan(LoadMatrix.Combine(past), Shape, PlacementPolicy.Global, options);
        BacktestStep step = new Backtest(Few, Shape, PlacementPolicy.Global, windowLength: 2) { Refine = true, WindowGoal = WindowGoal.Worst }.Run().First();
        Assert.Equal(new BalanceEvaluator(plan, FewOf(2)).Summarize().Balancedness, step.Balancedness);
    }

    [Fact]
    public void Refined_plans_are_made_for_the_dispatch_and_judged_by_it()
    {
        var options = new PlanOptions { Refine = true, Dispatch = DispatchRule.VllmAscend };
        PlacementMap plan = Planner.Plan(FewOf(0), Shape, PlacementPolicy.Global, options);
        BacktestStep step = new Backtest(Few, Shape, PlacementPolicy.Global) { Refine = true, Dispatch = DispatchRule.VllmAscend }.Run().First();
        Assert.Equal(new BalanceEvaluator(plan, FewOf(1), DispatchRule.VllmAscend).Summarize().Balancedness, step.Balancedness);
    }

    [Theory]
    [InlineData(false, DispatchRule.Even)]
    [InlineData(true, DispatchRule.Even)]
    [InlineData(true, DispatchRule.VllmAscend)]
    public void A_change_within_a_budget_is_made_for_the_sum_whatever_the_dispatch(bool refine, DispatchRule dispatch)
    {
        PlanOptions fresh = new() { Refine = refine, Dispatch = refine ? dispatch : DispatchRule.Even, Windows = refine && dispatch == DispatchRule.Even ? LoadWindows.Of([.. Few.Where(load => load.Window == 0)]) : null };
        PlacementMap first = Planner.Plan(FewOf(0), Shape, PlacementPolicy.Global, fresh);
        PlacementMap next = Planner.Plan(FewOf(1), Shape, PlacementPolicy.Global, new PlanOptions { Refine = refine, Current = first, MaxMoves = 3 });
        BacktestStep step = new Backtest(Few, Shape, PlacementPolicy.Global) { Refine = refine, Dispatch = dispatch, MaxMoves = 3 }.Run().ElementAt(1);
        Assert.Equal(SlotWrites.Count(first, next), step.MovedSlotCount);
        Assert.InRange(step.MovedSlotCount, 1, 3L * first.Layer.Length);
        Assert.Equal(new BalanceEvaluator(next, FewOf(2), dispatch).Summarize().Balancedness, step.Balancedness);
    }

    [Fact]
    public void The_summary_is_the_mean_of_the_steps()
    {
        BacktestStep[] steps = [.. new Backtest(Law, Shape, PlacementPolicy.Global, windowLength: 4).Run()];
        var summary = new BacktestSummary(steps, 4, 1);
        Assert.Equal((steps.Length, steps.Length), (summary.StepCount, summary.ReplanCount));
        Assert.Equal(steps.Average(step => step.Balancedness!.Value), summary.Balancedness!.Value, 1e-12);
        Assert.Equal(steps.Average(step => step.UnchangedBalancedness!.Value), summary.UnchangedBalancedness!.Value, 1e-12);
        Assert.Equal(steps.Average(step => step.OracleBalancedness!.Value), summary.OracleBalancedness!.Value, 1e-12);
        Assert.Equal(steps.Min(step => step.Balancedness), summary.WorstBalancedness);
        Assert.Equal((summary.Balancedness / summary.UnchangedBalancedness) - 1, summary.Gain);
        Assert.Equal(steps.Sum(step => step.MovedSlotCount), summary.MovedSlotCount);
    }

    [Fact]
    public void Loads_without_windows_or_with_too_few_are_refused()
    {
        Assert.Equal(EplbError.WindowMissing, Assert.Throws<EplbException>(() => new Backtest([new(0, [1, 2])], new ClusterShape(2, 2))).Error);
        Assert.Equal(EplbError.WindowMissing, Assert.Throws<EplbException>(() => new Backtest(Law, Shape, windowLength: 33)).Error);
        Assert.Equal(EplbError.CountNotPositive, Assert.Throws<EplbException>(() => new Backtest(Law, Shape, windowLength: 0)).Error);
        Assert.Equal(EplbError.CountNotPositive, Assert.Throws<EplbException>(() => new Backtest(Law, Shape) { Interval = 0 }.Run().First()).Error);
    }

    [Theory]
    [InlineData(2, 0, 2, EplbError.LayerMissing, "Window 2 has no layer 1, which window 0 has")]
    [InlineData(2, 5, 2, EplbError.LayerMissing, "Window 0 has no layer 5, which window 2 has")]
    [InlineData(1, 1, 3, EplbError.RowLengthMismatch, "Window 1: layer 1 has 3 experts, but window 0 has 2")]
    public void Windows_of_other_layers_or_experts_are_named(int window, int layer, int experts, EplbError error, string message)
    {
        // Layers 0 and 1 in four windows, but for one object.
        IEnumerable<ExpertLoad> loads = Enumerable.Range(0, 8).Select(i => (Window: i / 2, Layer: i % 2))
            .Select(at => at == (window, 1) ? new ExpertLoad(layer, new double[experts], window) : new ExpertLoad(at.Layer, [1, 2], at.Window));
        if (layer == 5) loads = loads.Append(new ExpertLoad(1, [1, 2], window));
        EplbException broken = Assert.Throws<EplbException>(() => new Backtest(loads, new ClusterShape(2, 2)));
        Assert.Equal(error, broken.Error);
        Assert.StartsWith(message, broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_past_without_load_changes_no_plan()
    {
        double[][] windows = [[4, 1, 1, 1], [0, 0, 0, 0], [1, 4, 1, 1], [1, 1, 1, 4]];
        BacktestStep[] steps = [.. new Backtest(windows.Select((load, window) => new ExpertLoad(0, load, window)), new ClusterShape(6, 2), PlacementPolicy.Global).Run()];
        Assert.Equal([true, false, true], steps.Select(step => step.IsReplanned));
        Assert.Equal((0, 0), (steps[1].LastPlanWindow, steps[1].MovedSlotCount));
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

    private static LoadMatrix FewOf(int window) => LoadMatrix.Combine(Few.Where(load => load.Window == window));

    private static IEnumerable<ExpertLoad> Window(params int[] windows) => Law.Where(load => windows.Contains(load.Window!.Value));

    private static PlacementMap Plan(params int[] windows) => Planner.Plan(LoadMatrix.Combine(Window(windows)), Shape, PlacementPolicy.Global);

    private static double? Judge(PlacementMap map, int window) =>
        new BalanceEvaluator(map, LoadMatrix.Combine(Window(window))).Summarize().Balancedness;
}
