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

    [Theory]
    [InlineData(1_000_000, 1, "Layer 1 has 2 of its 1000001 slots (slot 1 is missing)")]
    [InlineData(int.MaxValue, 1, "Layer 1 has 2 of its 2147483648 slots (slot 1 is missing)")]
    [InlineData(1, 2_000_000_000, "ReplicaCount 2 is below GpuCount 2000000001")]
    public void A_number_that_is_far_off_costs_no_memory(int slot, int gpu, string message)
    {
        PhysicalExpert[] rows = [Row(0, 0, 0), Row(0, 1, 1), Row(1, 0, 0), Row(1, slot, gpu)];
        long before = GC.GetAllocatedBytesForCurrentThread();
        string refusal = Assert.Throws<EplbException>(() => PlacementRows.ToMap(rows)).Message;
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20, "Memory was taken for slots or GPUs that are not there.");
        Assert.Contains(message, refusal, StringComparison.Ordinal);

        static PhysicalExpert Row(int layer, int slot, int gpu) => new(layer, slot, slot, 0, 1, 0, gpu, 0, 0, gpuSpeed: 1);
    }

    [Fact]
    public void Rows_of_a_live_plan_in_another_order_are_still_that_plan()
    {
        PlacementMap map = Planner.Plan(TestData.Loads("gptoss20b-all.json"), new ClusterShape(40, 8));
        PlacementMap equal = Planner.Plan(TestData.Loads("gptoss20b-all.json"), new ClusterShape(40, 8));
        PhysicalExpert[] rows = [.. map.GetPhysicalExperts()];
        Assert.Equal(map.PhysicalToLogical, PlacementRows.ToMap([.. rows.Reverse()]).PhysicalToLogical);
        // A slot of another plan, though an equal one: a third plan.
        rows[^1] = equal.GetPhysicalExperts().Last();
        Assert.NotSame(map, PlacementRows.ToMap(rows));
        Assert.Equal(map.PhysicalToLogical, PlacementRows.ToMap(rows).PhysicalToLogical);
        // Layers in another order.
        Assert.Equal(map.Layer, PlacementRows.ToMap([.. map.GetPhysicalExperts().OrderByDescending(slot => slot.Layer)]).Layer);
    }

    [Fact]
    public void A_GPU_without_experts_is_an_excluded_one()
    {
        PlacementMap map = Planner.Plan(LoadMatrix.Combine([new ExpertLoad(0, [4, 3, 2, 1])]), new ClusterShape(9, 3, excludedGpus: [1]));
        Assert.Equal([1], PlacementRows.ToMap([.. map.GetPhysicalExperts().Select(Copy)]).ExcludedGpu);
        PhysicalExpert[] empty = [.. map.GetPhysicalExperts().Select(slot => new PhysicalExpert(0, slot.PhysicalExpert, -1, -1, 0, slot.Node, slot.Gpu, slot.Slot, 0))];
        Assert.Contains("All slots are empty", Assert.Throws<EplbException>(() => PlacementRows.ToMap(empty)).Message, StringComparison.Ordinal);
    }

    [Theory]
    // slot, node and GPU of a row; each of two GPUs has two slots
    [InlineData(-1, 0, 0)]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, 0)]
    public void A_row_that_its_GPU_or_node_does_not_own_is_refused(int slot, int node, int gpu)
    {
        PhysicalExpert[] rows = [new(0, 0, 0, 0, 1, 0, 0, 0, 1), new(0, slot, 1, 0, 1, node, gpu, 1, 1), new(0, 2, 2, 0, 1, 1, 1, 0, 1), new(0, 3, 3, 0, 1, 1, 1, 1, 1)];
        EplbException broken = Assert.Throws<EplbException>(() => PlacementRows.ToMap(rows));
        Assert.Equal((EplbError.PlacementInvalid, (object)rows[1]), (broken.Error, broken.Target));
    }

    [Theory]
    // layer, slot, expert, replica, replicas, node, GPU, slot of the GPU, load, load of the expert (- for unknown): two GPUs of two slots
    [InlineData("", null)]
    [InlineData("0 0 1 0 1 0 0 0 4 4", "Layer 0, slot 0: ReplicaCount is 1, but the layer has 2 replicas of what is in the slot; correct ReplicaCount, or leave it out")]
    [InlineData("0 0 1 0 -1 0 0 -1 4 8", null)]
    [InlineData("0 0 1 0 2 0 0 1 4 8", "Layer 0, slot 0: Slot is 1, but it is slot 0 of GPU 0; correct Slot, or leave it out")]
    [InlineData("0 0 1 0 2 0 0 0 5 8", "Layer 0, slot 0: Load is 5, but the load of expert 1, 8, shared by its replicas is 4; correct ExpertLoad and Load, or leave both out")]
    [InlineData("0 0 1 0 2 0 0 0 5 -", "Layer 0, slot 0: Load is 5, but the load of expert 1, 8, shared by its replicas is 4")]
    [InlineData("0 0 1 0 2 0 0 0 4.00000000000001 8", null)]
    [InlineData("0 0 1 0 2 0 0 0 4 -", null)]
    [InlineData("0 0 1 0 2 0 0 0 0 8", "Layer 0, slot 0: Load is 0")]
    [InlineData("0 0 1 0 2 0 0 0 4 9", "Layer 0, slot 0: Load is 4, but the load of expert 1, 9, shared by its replicas is 4.5")]
    [InlineData("0 3 1 1 2 0 1 1 4 9", "Layer 0, slot 3: ExpertLoad is 9, but the load of expert 1 is 8 in another slot; correct ExpertLoad and Load, or leave both out")]
    [InlineData("0 3 1 1 2 0 1 1 4 NaN", "Layer 0, slot 3: ExpertLoad is NaN")]
    public void What_rows_say_of_replicas_and_loads_is_held_against_them(string changed, string? message)
    {
        string[] rows = ["0 0 1 0 2 0 0 0 4 8", "0 1 0 0 1 0 0 1 3 3", "0 2 2 0 1 0 1 0 0.1 0.1", "0 3 1 1 2 0 1 1 4 8"];
        PhysicalExpert[] slots = [.. rows.Select(row => Row(changed.Length > 0 && row[..4] == changed[..4] ? changed : row))];
        if (message is null)
        {
            Assert.Equal([[3, 8, 0.1]], PlacementRows.ToMap(slots).Load);
            return;
        }

        EplbException broken = Assert.Throws<EplbException>(() => PlacementRows.ToMap(slots));
        Assert.Equal(EplbError.PlacementInvalid, broken.Error);
        Assert.IsType<PhysicalExpert>(broken.Target);
        Assert.StartsWith(message, broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Loads_of_experts_alone_are_enough_and_zeros_are_loads_then()
    {
        Assert.Equal([[5, 8], [0, 0]], PlacementRows.ToMap([Row("0 0 0 0 1 0 0 0 0 5"), Row("0 1 1 0 1 0 0 1 0 8"), Row("1 0 0 0 1 0 0 0 0 0"), Row("1 1 1 0 1 0 0 1 0 0")]).Load);
        PlacementMap part = PlacementRows.ToMap([Row("0 0 0 0 1 0 0 0 5 5"), Row("0 1 1 0 1 0 0 1 8 8"), Row("1 0 0 0 1 0 0 0 0 -"), Row("1 1 1 0 1 0 0 1 0 -")]);
        Assert.Equal([[5, 8], null], part.Layers.Select(layer => layer.Load));
        Assert.Null(PlacementRows.ToMap([Row("0 0 0 0 1 0 0 0 0 -"), Row("0 1 1 0 1 0 0 1 0 -")]).Load);
    }

    [Fact]
    public void Layers_that_do_not_belong_together_are_no_map()
    {
        var shape = new ClusterShape(4, 2);
        LayerPlacement zero = LayerPlacement.Create(0, [0, 1, 2, 3], 4), one = LayerPlacement.Create(1, [0, 1, 2, 3], 4);
        IsRefused("at least one layer");
        IsRefused("Layer 0 is there twice", zero, zero);
        IsRefused("Layer 0 is there twice or out of order", one, zero);
        IsRefused("Layer 1 has 6 slots and 4 experts", zero, LayerPlacement.Create(1, [0, 1, 2, 3, 0, 1], 4));
        IsRefused("Layer 1 has 4 slots and 3 experts", zero, LayerPlacement.Create(1, [0, 1, 2, 2], 3));
        Assert.Null(new PlacementMap([zero, one], shape, PlacementPolicy.Global).Load);

        void IsRefused(string why, params LayerPlacement[] layers)
        {
            EplbException broken = Assert.Throws<EplbException>(() => new PlacementMap(layers, shape, PlacementPolicy.Global));
            Assert.Equal(EplbError.PlacementInvalid, broken.Error);
            Assert.Contains(why, broken.Message, StringComparison.Ordinal);
        }
    }

    private static PhysicalExpert Row(string text)
    {
        string[] parts = text.Split(' ');
        int[] ids = [.. parts.Take(8).Select(int.Parse)];
        return new PhysicalExpert(ids[0], ids[1], ids[2], ids[3], ids[4], ids[5], ids[6], ids[7], Number(parts[8]))
        {
            ExpertLoad = parts[9] == "-" ? null : Number(parts[9]),
        };

        static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static PhysicalExpert Copy(PhysicalExpert slot) =>
        new(slot.Layer, slot.PhysicalExpert, slot.LogicalExpert, slot.Replica, slot.ReplicaCount, slot.Node, slot.Gpu, slot.Slot, slot.Load);
}
