using CsCheck;

namespace Eplb.Tests.Evaluation;

/// <summary>Plans whose GPUs all carry the same read as such, whatever the rounding of their shares.</summary>
public sealed class PerfectBalanceTests
{
    [Theory]
    [InlineData(7), InlineData(10), InlineData(49), InlineData(100), InlineData(1000)]
    public void One_expert_on_all_GPUs_is_perfectly_balanced(int gpus)
    {
        PlacementMap map = Plan([1], gpus);
        PlanBalanceReport report = new BalanceEvaluator(map).Summarize();
        Assert.Equal((1.0, 1.0, 0.0), (report.Balancedness, report.ImbalanceRatio, report.Gap));
        Assert.Equal(report.MaxLoad, report.MeanLoad);
        Assert.Equal(LoadLimit.None, report.LimitedBy);
    }

    [Fact]
    public void A_target_of_1_is_met_by_a_perfect_plan()
    {
        SizingOption option = new ReplicaSizing(LoadMatrix.Combine([new ExpertLoad(0, [1])]), 1) { Policy = PlacementPolicy.Global }.Sweep([10], [1], [10]).Single();
        Assert.True(option.MeetsTarget && option.IsSmallest);
        Assert.Equal((1.0, 1.0), (option.Balancedness, option.BalancednessBound));
    }

    [Fact]
    public void Nothing_reads_as_better_than_perfect() => Gen.Select(Gen.Double[0.1, 10].Array[1, 9], Gen.Int[1, 40], Gen.Int[1, 3]).Sample((load, gpus, slots) =>
        {
            if (gpus * slots < load.Length) return;
            foreach (BalanceReport report in new BalanceEvaluator(Plan(load, gpus, slots)).ByLayer())
            {
                Assert.InRange(report.Balancedness!.Value, 0, 1);
                Assert.InRange(report.MeanLoad, 0, report.Bound!.Value);
                Assert.InRange(report.Bound!.Value, 0, report.MaxLoad);
            }
        });

    private static PlacementMap Plan(double[] load, int gpus, int slots = 1) =>
        Planner.Plan(LoadMatrix.Combine([new ExpertLoad(0, load)]), new ClusterShape(gpus * slots, gpus), PlacementPolicy.Global);
}
