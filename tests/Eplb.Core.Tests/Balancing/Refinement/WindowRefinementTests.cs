using CsCheck;

namespace Eplb.Tests;

public class WindowRefinementTests
{
    private static readonly IReadOnlyList<ExpertLoad> Law = TestData.Windows("dsv2lite-esft-law.windows.json");
    private static readonly IReadOnlyList<ExpertLoad> Translation = TestData.Windows("dsv2lite-esft-translation.windows.json");

    private static readonly Gen<(ExpertLoad[] Loads, ClusterShape Shape)> Windowed =
        from nodes in Gen.Int[1, 2]
        from gpusPerNode in Gen.Int[1, 3]
        from groupSize in Gen.Int[1, 4]
        from spare in Gen.Int[0, 2]
        from isSlow in Gen.Bool
        let gpus = nodes * gpusPerNode
        let experts = nodes * groupSize
        let shape = new ClusterShape(gpus * (((experts + gpus - 1) / gpus) + spare), gpus, nodes, nodes, null,
            isSlow ? [.. Enumerable.Range(1, gpus).Select(gpu => (double)gpu)] : null)
        from rows in Gen.Int[0, 50].Array[experts].Array[2, 5]
        select (rows.Select((row, window) => new ExpertLoad(0, [.. row.Select(load => (double)load)], window)).ToArray(), shape);

    [Theory]
    [InlineData(PlacementPolicy.Global)]
    [InlineData(PlacementPolicy.Hierarchical)]
    public void A_plan_for_windows_is_whole_and_never_worse_by_its_goal_than_the_plans_for_the_sum_and_for_the_other_goal(PlacementPolicy policy) => Windowed.Sample(random =>
    {
        PlacementMap sum = Plan(random.Loads, random.Shape, policy, WindowGoal.Sum);
        PlacementMap mean = Plan(random.Loads, random.Shape, policy, WindowGoal.Mean), worst = Plan(random.Loads, random.Shape, policy, WindowGoal.Worst);
        foreach ((WindowGoal goal, PlacementMap map, PlacementMap other) in new[] { (WindowGoal.Mean, mean, worst), (WindowGoal.Worst, worst, mean) })
        {
            Assert.Equal(random.Shape.ReplicaCount, LayerPlacement.Create(0, map.PhysicalToLogical[0], map.ExpertCount[0].Length).ExpertCount.Sum());
            double[] after = Balances(map, random.Loads);
            foreach (double[] before in new[] { Balances(sum, random.Loads), Balances(other, random.Loads) })
                Assert.True(before.Length == 0 || (goal == WindowGoal.Mean ? after.Average() >= before.Average() - 1e-9 : after.Min() >= before.Min() - 1e-5));
            if (policy == PlacementPolicy.Hierarchical)
            {
                int groupSize = map.ExpertCount[0].Length / map.GroupCount;
                Assert.Equal(map.GroupCount, map.PhysicalToLogical[0].Select((expert, slot) => (expert / groupSize, map.Shape.NodeOf(map.Shape.GpuOf(slot)))).Distinct().Count());
            }
        }
    }, iter: 40);

    [Fact]
    public void What_a_change_is_announced_to_be_worth_is_what_it_is_worth() =>
        Gen.Select(Windowed, Gen.Int[0, int.MaxValue].Array[1, 20], Gen.Bool).Sample((random, steps, isMean) =>
        {
            double[][] rows = [.. random.Loads.Select(load => load.Load).Where(row => row.Sum() > 0)];
            if (rows.Length == 0) return;
            var plan = new WindowAssignment(rows, isMean ? WindowGoal.Mean : WindowGoal.Worst, random.Shape);
            plan.Assign(Plan(random.Loads, random.Shape, PlacementPolicy.Global, WindowGoal.Sum).PhysicalToLogical[0]);
            foreach (int step in steps)
            {
                int slot = step % plan.Expert.Length, other = step / 7 % plan.Expert.Length, expert = step / 3 % plan.Count.Length;
                int[] next = [.. plan.Expert];
                double announced;
                if (step % 2 == 0 && plan.Count[next[slot]] > 1 && next[slot] != expert)
                {
                    announced = plan.ValueOfRewrite(slot, expert);
                    next[slot] = expert;
                }
                else if (plan.GpuOf[slot] != plan.GpuOf[other])
                {
                    plan.PrepareSwaps(plan.GpuOf[slot], plan.GpuOf[other]);
                    announced = plan.ValueOfSwap(slot, other, double.NegativeInfinity);
                    (next[slot], next[other]) = (next[other], next[slot]);
                }
                else
                {
                    continue;
                }

                plan.Assign(next);
                Assert.Equal(plan.Value, announced, 1e-9);
            }
        });

    [Theory]
    // slots, GPUs, goal; balancedness of the plan for the sum and of the plan for windows: on the even windows, which both are made from, and on the odd ones
    [InlineData(80, 8, WindowGoal.Mean, 0.784, 0.932, 0.786, 0.906)]
    [InlineData(80, 8, WindowGoal.Worst, 0.681, 0.861, 0.674, 0.794)]
    [InlineData(80, 16, WindowGoal.Mean, 0.696, 0.863, 0.695, 0.832)]
    public void Two_kinds_of_traffic_are_planned_for_far_better_than_their_sum(int slots, int gpus, WindowGoal goal, double sumSeen, double seen, double sumNew, double unseen)
    {
        ExpertLoad[] all = [.. Law, .. Translation.Select(load => new ExpertLoad(load.Layer, load.Load, load.Window + 1000))];
        ExpertLoad[] even = [.. all.Where(load => load.Window % 2 == 0)], odd = [.. all.Where(load => load.Window % 2 == 1)];
        var shape = new ClusterShape(slots, gpus);
        PlacementMap sum = Plan(even, shape, PlacementPolicy.Global, WindowGoal.Sum), map = Plan(even, shape, PlacementPolicy.Global, goal);
        Assert.Equal(sumSeen, Judge(sum, even, goal), 2e-3);
        Assert.Equal(seen, Judge(map, even, goal), 2e-3);
        Assert.Equal(sumNew, Judge(sum, odd, goal), 2e-3);
        Assert.Equal(unseen, Judge(map, odd, goal), 2e-3);
    }

    [Fact]
    public void The_loads_of_a_plan_for_windows_are_their_sum()
    {
        PlacementMap map = Plan(Law, new ClusterShape(80, 8), PlacementPolicy.Global, WindowGoal.Mean);
        Assert.Equal(LoadMatrix.Combine(Law).Rows, map.Load!);
    }

    [Fact]
    public void The_number_of_threads_does_not_change_a_plan_for_windows()
    {
        var options = new PlanOptions { Refine = true, Windows = LoadWindows.Of(Law) };
        int[][] Slots(int threads) => Planner.Plan(LoadMatrix.Combine(Law), new ClusterShape(80, 16), PlacementPolicy.Global, options, threads).PhysicalToLogical;
        Assert.Equal(Slots(1), Slots(2));
    }

    [Fact]
    public void Ranks_of_one_window_are_added_up_and_idle_windows_left_out()
    {
        LoadWindows windows = LoadWindows.Of([new(3, [1, 2], 5), new(3, [10, 20], 5), new(3, [0, 0], 6), new(3, [4, 0], 9), new(1, [7, 7], 6)])!;
        Assert.Equal(3, windows.Count);
        Assert.Equal([[11, 22], [4, 0]], windows.Of(3));
        Assert.Equal([[7, 7]], windows.Of(1));
        Assert.Empty(windows.Of(2));
    }

    [Fact]
    public void Many_windows_are_added_up_in_runs_that_keep_the_sum() => Gen.Int[33, 1000].Sample(count =>
    {
        LoadWindows windows = LoadWindows.Of([.. Enumerable.Range(0, count).Select(window => new ExpertLoad(0, [1, window], 2 * window))])!;
        Assert.Equal(LoadWindows.MaxCount, windows.Count);
        Assert.Equal(count, windows.Of(0).Sum(row => row[0]));
        Assert.Equal((double)count * (count - 1) / 2, windows.Of(0).Sum(row => row[1]));
        Assert.All(windows.Of(0), row => Assert.InRange(row[0], count / 32, (count / 32) + 1));
    }, iter: 50);

    [Fact]
    public void Loads_without_windows_or_of_one_only_are_planned_for_in_sum()
    {
        Assert.Null(LoadWindows.Of([new(0, [1, 2]), new(0, [3, 4])]));
        Assert.Null(LoadWindows.Of([new(0, [1, 2], 1), new(0, [3, 4], 2), new(0, [5, 6])]));
        Assert.Null(LoadWindows.Of([new(0, [1, 2], 1), new(1, [3, 4], 1)]));
    }

    [Fact]
    public void Windows_are_refused_where_nothing_is_refined_for_them()
    {
        LoadMatrix loads = LoadMatrix.Combine(Law);
        var shape = new ClusterShape(80, 8);
        LoadWindows windows = LoadWindows.Of(Law)!;
        EplbError Refused(PlanOptions options) => Assert.Throws<EplbException>(() => Planner.Plan(loads, shape, PlacementPolicy.Global, options)).Error;
        Assert.Equal(EplbError.ParameterMissing, Refused(new PlanOptions { Windows = windows }));
        Assert.Equal(EplbError.ParameterConflict, Refused(new PlanOptions { Windows = windows, Refine = true, Dispatch = DispatchRule.SGLangStatic }));
        Assert.Equal(EplbError.ParameterConflict, Refused(new PlanOptions { Windows = windows, Refine = true, Current = Planner.Plan(loads, shape) }));
    }

    [Fact]
    public void Refinement_for_windows_can_be_cancelled() => Assert.Throws<OperationCanceledException>(() => WindowRefinement.Refine(
        LoadWindows.Of(Law)!.Of(0), WindowGoal.Mean, PlacementPolicy.Global, new ClusterShape(80, 8),
        Planner.Plan(LoadMatrix.Combine(Law), new ClusterShape(80, 8), PlacementPolicy.Global).PhysicalToLogical[0], new CancellationToken(canceled: true)));

    private static PlacementMap Plan(IReadOnlyCollection<ExpertLoad> loads, ClusterShape shape, PlacementPolicy policy, WindowGoal goal) =>
        Planner.Plan(LoadMatrix.Combine(loads), shape, policy, new PlanOptions { Refine = true, Windows = LoadWindows.Of(loads), WindowGoal = goal });

    private static double[] Balances(PlacementMap map, IEnumerable<ExpertLoad> loads) => [.. loads.GroupBy(load => load.Window)
        .SelectMany(window => new BalanceEvaluator(map, LoadMatrix.Combine(window)).ByLayer()).Where(report => report.Balancedness is not null).Select(report => report.Balancedness!.Value)];

    // Mean over the layers of the mean or the worst balancedness over windows.
    private static double Judge(PlacementMap map, IEnumerable<ExpertLoad> loads, WindowGoal goal) => loads.GroupBy(load => load.Window)
        .SelectMany(window => new BalanceEvaluator(map, LoadMatrix.Combine(window)).ByLayer()).GroupBy(report => report.Layer)
        .Average(layer => goal == WindowGoal.Mean ? layer.Average(report => report.Balancedness!.Value) : layer.Min(report => report.Balancedness!.Value));
}
