namespace Eplb.Tests.Evaluation;

/// <summary>Memory does not grow with what has gone through.</summary>
/// <remarks>Runs while no other test does: the heap is that of the whole process.</remarks>
[Collection(Alone)]
[CollectionDefinition(Alone, DisableParallelization = true)]
public sealed class SoakTests
{
    private const string Alone = "Tests of the whole heap";

    [Fact]
    public void A_long_back_test_holds_no_more_memory_than_a_short_one()
    {
        ExpertLoad[] windows = [.. Enumerable.Range(0, 61).SelectMany(window => Enumerable.Range(0, 2).Select(layer =>
            new ExpertLoad(layer, [.. Enumerable.Range(0, 64).Select(expert => (double)((expert * 7919 * (window + layer + 1)) % 997))], window)))];
        var backtest = new Backtest(windows, new ClusterShape(80, 8), PlacementPolicy.Global) { Refine = false, MaxMoves = 4 };
        long early = 0;
        int steps = 0;
        foreach (BacktestStep step in backtest.Run())
        {
            Assert.InRange(step.Balancedness!.Value, 0, 1);
            if (++steps is 10) early = GC.GetTotalMemory(forceFullCollection: true);
        }

        Assert.Equal(60, steps);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - early, long.MinValue, 4 << 20);
    }
}
