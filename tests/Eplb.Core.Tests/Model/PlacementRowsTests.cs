using CsCheck;

namespace Eplb.Tests.Model;

/// <summary>Maps and rows convert into each other without loss.</summary>
public sealed class PlacementRowsTests
{
    [Fact]
    public void Rows_of_a_live_plan_give_the_plan_itself() => PlanGen.Hierarchical.Sample(request =>
    {
        PlacementMap map = Planner.Plan(request.Loads, request.Shape);
        Assert.Same(map, PlacementRows.ToMap([.. map.GetPhysicalExperts()]));
    });

    [Fact]
    public void Copied_rows_in_any_order_give_an_equal_plan() => Gen.Select(PlanGen.Of(Gen.Int[0, 100000].Select(load => (double)load)), Gen.Int[0, 1000]).Sample((request, seed) =>
    {
        PlacementMap map = Planner.Plan(request.Loads, request.Shape);
        PhysicalExpert[] rows = [.. map.GetPhysicalExperts().Select(Copy)];
        new Random(seed).Shuffle(rows);
        PlacementMap back = PlacementRows.ToMap(rows);
        Assert.Equal(map.PhysicalToLogical, back.PhysicalToLogical);
        Assert.Equal(map.LogicalToPhysical, back.LogicalToPhysical);
        Assert.Equal(map.ExpertCount, back.ExpertCount);
        if (map.Load!.Any(row => row.Any(load => load > 0))) Assert.Equal(map.Load, back.Load);
    });

    [Fact]
    public void Some_layers_of_a_plan_are_a_plan()
    {
        PlacementMap map = Planner.Plan(TestData.Loads("gptoss20b-all.json"), new ClusterShape(40, 8, 2, 4));
        PlacementMap part = PlacementRows.ToMap([.. map.GetPhysicalExperts().Where(slot => slot.Layer is 3 or 5)]);
        Assert.Equal([3, 5], part.Layer);
        Assert.Equal(map.PhysicalToLogical[5], part.PhysicalToLogical[1]);
        Assert.Equal(PlacementPolicy.Hierarchical, part.Policy);
    }

    [Fact]
    public void A_slot_that_is_missing_or_there_twice_is_refused()
    {
        PhysicalExpert[] rows = [.. Planner.Plan(TestData.Loads("gptoss20b-all.json"), new ClusterShape(40, 8)).GetPhysicalExperts()];
        Assert.Equal(EplbError.PlacementInvalid, Assert.Throws<EplbException>(() => PlacementRows.ToMap(rows[..^1])).Error);
        Assert.Equal(EplbError.PlacementInvalid, Assert.Throws<EplbException>(() => PlacementRows.ToMap([.. rows, rows[7]])).Error);
        Assert.Equal(EplbError.PlacementInvalid, Assert.Throws<EplbException>(() => PlacementRows.ToMap([])).Error);
    }

    private static PhysicalExpert Copy(PhysicalExpert slot) =>
        new(slot.Layer, slot.PhysicalExpert, slot.LogicalExpert, slot.Replica, slot.ReplicaCount, slot.Node, slot.Gpu, slot.Slot, slot.Load);
}
