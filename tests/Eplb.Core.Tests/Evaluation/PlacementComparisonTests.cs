using CsCheck;

namespace Eplb.Tests.Evaluation;

/// <summary>What it takes to go from one placement to another.</summary>
public sealed class PlacementComparisonTests
{
    private static readonly ClusterShape Shape = new(8, 4, 2);

    [Fact]
    public void What_only_a_lost_GPU_held_comes_from_storage()
    {
        var left = new ClusterShape(8, 4, 2, excludedGpus: [1]);
        PlacementMap from = Map([0, 1, 2, 3, 4, 5, 0, 2]);
        var to = new PlacementMap([LayerPlacement.Create(0, [0, 1, -1, -1, 4, 5, 3, 2], 6, allowsEmpty: true)], left, PlacementPolicy.Global);
        var comparison = new PlacementComparison(from, to, 10);
        ExpertMove move = comparison.Moves().Single();
        Assert.Equal((3, -1, 3, 6, MoveScope.Storage, 10.0, (int?)null),
            (move.LogicalExpert, move.SourceGpu, move.TargetGpu, move.TargetSlot, move.Scope, move.Bytes, move.Batch));
        MoveSummary summary = comparison.Summarize();
        Assert.Equal((1, 1, 0, 0), (summary.SlotCount, summary.StorageCount, summary.IntraNodeCount, summary.InterNodeCount));
        Assert.Equal((10, 0, 0), (summary.StorageBytes, summary.IntraNodeBytes, summary.InterNodeBytes));
        Assert.Equal(1, SlotWrites.CountFromStorage(from, to));
    }

    [Fact]
    public void The_source_is_the_nearest_gpu_that_holds_the_expert()
    {
        // GPUs 0 and 1 are one node, 2 and 3 the other.
        ExpertMove[] moves = [.. new PlacementComparison(Map([0, 1, 2, 3, 4, 5, 0, 2]), Map([1, 1, 2, 0, 4, 3, 5, 2]), 10).Moves()];
        Assert.Equal(
            [(1, 0, 0, 0, MoveScope.SameGpu, 0.0, (int?)null), (0, 0, 1, 3, MoveScope.IntraNode, 10.0, 0), (3, 1, 2, 5, MoveScope.InterNode, 10.0, 0), (5, 2, 3, 6, MoveScope.IntraNode, 10.0, 0)],
            moves.Select(move => (move.LogicalExpert, move.SourceGpu, move.TargetGpu, move.TargetSlot, move.Scope, move.Bytes, move.Batch)));
    }

    [Fact]
    public void The_summary_adds_up_what_is_sent_and_names_the_busiest_gpu()
    {
        MoveSummary summary = new PlacementComparison(Map([0, 1, 2, 3, 4, 5, 0, 2]), Map([1, 1, 2, 0, 4, 3, 5, 2]), 10).Summarize(5, 2);
        Assert.Equal((4, 4 / 8.0, 2, 1), (summary.SlotCount, summary.SlotShare, summary.IntraNodeCount, summary.InterNodeCount));
        Assert.Equal((20, 10, 4, 5), (summary.IntraNodeBytes, summary.InterNodeBytes, summary.IntraNodeSeconds, summary.InterNodeSeconds));
        Assert.Equal((1, 1, 10, 5), (summary.BatchCount, summary.BusiestGpu, summary.BusiestGpuBytes, summary.BusiestGpuSeconds));
    }

    [Fact]
    public void A_gpu_that_receives_more_than_any_sends_is_the_busiest()
    {
        MoveSummary summary = new PlacementComparison(Map([0, 1, 2, 3, 4, 5, 0, 2]), Map([0, 1, 2, 3, 4, 5, 3, 4]), 10).Summarize();
        Assert.Equal((2, 3, 20), (summary.BatchCount, summary.BusiestGpu, summary.BusiestGpuBytes));
    }

    [Fact]
    public void Of_the_nearest_holders_the_one_that_sent_least_and_of_these_the_lowest_sends()
    {
        // Experts 0 and 3 are on GPUs 0 and 1, and wanted on GPUs 2 and 3 of the same node.
        var node = new ClusterShape(8, 4);
        var from = new PlacementMap([LayerPlacement.Create(0, [0, 3, 3, 0, 1, 2, 1, 2], 4)], node, PlacementPolicy.Global);
        var to = new PlacementMap([LayerPlacement.Create(0, [0, 3, 3, 0, 0, 2, 1, 3], 4)], node, PlacementPolicy.Global);
        Assert.Equal([(0, 2), (1, 3)], new PlacementComparison(from, to).Moves().Select(move => (move.SourceGpu, move.TargetGpu)));
    }

    [Fact]
    public void Batches_add_up_over_the_layers_and_seconds_need_both_bandwidths()
    {
        // GPU 0 sends expert 0 to each of the others of its own node and of the other.
        LayerPlacement[] before = [Layer(0, [0, 1, 2, 3, 4, 5, 4, 5]), Layer(1, [0, 1, 2, 3, 4, 5, 4, 5])], after = [Layer(0, [0, 1, 0, 3, 0, 5, 4, 2]), Layer(1, [0, 1, 2, 3, 4, 5, 4, 0])];
        var comparison = new PlacementComparison(new PlacementMap(before, Shape, PlacementPolicy.Global), new PlacementMap(after, Shape, PlacementPolicy.Global), 10);
        MoveSummary summary = comparison.Summarize(intraNodeBandwidth: 5, interNodeBandwidth: 2);
        Assert.Equal((2, 4, 1, 3), (summary.LayerCount, summary.SlotCount, summary.IntraNodeCount, summary.InterNodeCount));
        Assert.Equal((3, 0, 30), (summary.BatchCount, summary.BusiestGpu, summary.BusiestGpuBytes));
        Assert.Equal((10 / 5.0) + (20 / 2.0), summary.BusiestGpuSeconds);
        foreach (MoveSummary half in (MoveSummary[])[comparison.Summarize(intraNodeBandwidth: 5), comparison.Summarize(interNodeBandwidth: 2)])
        {
            Assert.Null(half.BusiestGpuSeconds);
            Assert.Equal((0, 30), (half.BusiestGpu, half.BusiestGpuBytes));
        }
    }

    [Fact]
    public void Equal_placements_take_no_moves()
    {
        MoveSummary summary = new PlacementComparison(Map([0, 1, 2, 3, 4, 5, 0, 2]), Map([0, 1, 2, 3, 4, 5, 0, 2]), 10).Summarize();
        Assert.Equal((0, 0, null), (summary.SlotCount, summary.BatchCount, summary.BusiestGpu));
    }

    [Fact]
    public void In_a_batch_no_gpu_sends_or_receives_more_than_one_and_no_batch_is_needless() =>
        Gen.Select(Gen.Int[0, 7], Gen.Int[0, 7]).Where((source, target) => source != target).Array[1, 60].Sample(copies =>
        {
            int[] batch = MoveBatches.Of(copies, 8);
            Assert.Equal(copies.Length, copies.Select((copy, i) => (copy.Item1, batch[i])).Distinct().Count());
            Assert.Equal(copies.Length, copies.Select((copy, i) => (copy.Item2, batch[i])).Distinct().Count());
            int busiest = Math.Max(copies.GroupBy(copy => copy.Item1).Max(sent => sent.Count()), copies.GroupBy(copy => copy.Item2).Max(received => received.Count()));
            Assert.Equal(busiest, batch.Max() + 1);
        });

    [Fact]
    public void Placements_of_different_clusters_are_refused()
    {
        var other = new PlacementMap([LayerPlacement.Create(0, [0, 1, 2, 3, 4, 5, 0, 2], 6)], new ClusterShape(8, 2), PlacementPolicy.Global);
        Assert.Equal(EplbError.PlacementInvalid, Assert.Throws<EplbException>(() => new PlacementComparison(Map([0, 1, 2, 3, 4, 5, 0, 2]), other)).Error);
    }

    [Fact]
    public void Placements_of_different_models_are_refused()
    {
        PlacementMap one = Map([0, 1, 2, 3, 4, 5, 0, 1]);
        PlacementMap fewer = new([LayerPlacement.Create(0, [0, 1, 2, 3, 4, 0, 1, 2], 5)], Shape, PlacementPolicy.Global);
        PlacementMap other = new([LayerPlacement.Create(1, [0, 1, 2, 3, 4, 5, 0, 1], 6)], Shape, PlacementPolicy.Global);
        Assert.Equal(EplbError.RowLengthMismatch, Assert.Throws<EplbException>(() => new PlacementComparison(one, fewer)).Error);
        Assert.Equal(EplbError.LayerMissing, Assert.Throws<EplbException>(() => new PlacementComparison(one, other)).Error);
    }

    private static LayerPlacement Layer(int layer, int[] slots) => LayerPlacement.Create(layer, slots, 6);

    private static PlacementMap Map(int[] slots) => new([LayerPlacement.Create(0, slots, 6)], Shape, PlacementPolicy.Global);
}
