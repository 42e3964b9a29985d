namespace Eplb.Tests.Model;

/// <summary>Loads are checked at the edge of the model.</summary>
public sealed class LoadTests
{
    [Theory]
    [InlineData(double.NaN, EplbError.LoadNotFinite)]
    [InlineData(double.PositiveInfinity, EplbError.LoadNotFinite)]
    [InlineData(double.NegativeInfinity, EplbError.LoadNegative)]
    [InlineData(1e39, EplbError.LoadNotFinite)]
    [InlineData(-1, EplbError.LoadNegative)]
    public void A_load_that_is_no_count_is_refused_with_its_place(double load, EplbError error)
    {
        EplbException broken = Assert.Throws<EplbException>(() => new ExpertLoad(7, [1, 2, load]));
        Assert.Equal(error, broken.Error);
        Assert.Contains("Layer 7, expert 2", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_load_describes_itself()
    {
        var load = new ExpertLoad(3, [2, 6, 6, 2], window: 1, source: "a.json");
        Assert.Equal((4, 16.0, 1, 1.5, false), (load.ExpertCount, load.Total, load.HottestExpert, load.Skew, load.IsIdle));
        Assert.True(new ExpertLoad(0, [0, 0]).IsIdle);
        Assert.Equal(0, new ExpertLoad(0, [0, 0]).Skew);
    }

    [Fact]
    public void Loads_of_one_layer_are_added_up_and_the_sources_left_alone()
    {
        double[] first = [1, 2];
        LoadMatrix loads = LoadMatrix.Combine([new ExpertLoad(5, first), new ExpertLoad(1, [7, 7]), new ExpertLoad(5, [10, 20]), new ExpertLoad(5, [100, 200])]);
        Assert.Equal([1, 5], loads.Layers);
        Assert.Equal([111, 222], loads.Rows[1]);
        Assert.Equal([1, 2], first);
    }

    [Fact]
    public void Layers_of_different_sizes_do_not_combine() => Assert.Equal(EplbError.RowLengthMismatch,
        Assert.Throws<EplbException>(() => LoadMatrix.Combine([new ExpertLoad(0, [1, 2]), new ExpertLoad(1, [1, 2, 3])])).Error);

    [Fact]
    public void A_sum_beyond_float32_is_refused() => Assert.Equal(EplbError.LoadNotFinite,
        Assert.Throws<EplbException>(() => LoadMatrix.Combine([new ExpertLoad(0, [3e38]), new ExpertLoad(0, [3e38])])).Error);

    [Fact]
    public void Nothing_is_no_load() => Assert.Equal(EplbError.LoadMissing, Assert.Throws<EplbException>(() => LoadMatrix.Combine([])).Error);

    [Fact]
    public void A_table_is_built_from_rows_in_any_order()
    {
        var table = new LoadTableBuilder();
        table.Add(1, 1, 4);
        table.Add(0, 0, 1);
        table.Add(1, 0, 3);
        table.Add(0, 1, 2);
        IReadOnlyList<ExpertLoad> loads = table.Build();
        Assert.Equal([0, 1], loads.Select(load => load.Layer));
        Assert.Equal([3, 4], loads[1].Load);
    }

    [Theory]
    [InlineData(null, "Layer 0: expert 1 is there more often")]
    [InlineData(3, "Layer 0, window 3: expert 1 is there more often")]
    public void A_table_refuses_an_expert_that_alone_is_there_twice(int? window, string message)
    {
        var table = new LoadTableBuilder();
        foreach (int expert in (int[])[0, 1, 2, 1]) table.Add(0, expert, 1, window);
        EplbException broken = Assert.Throws<EplbException>(() => table.Build());
        Assert.Equal(EplbError.ExpertDuplicate, broken.Error);
        Assert.StartsWith(message, broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_refuses_a_hole()
    {
        var table = new LoadTableBuilder();
        table.Add(0, 2, 1);
        Assert.Equal(EplbError.ExpertMissing, Assert.Throws<EplbException>(() => table.Build()).Error);
    }

    [Theory]
    [InlineData("one after another", new[] { 0, 1, 2, 0, 1, 2 }, new[] { 1.0, 2, 3, 4, 5, 6 })]
    [InlineData("the second backwards", new[] { 0, 1, 2, 2, 1, 0 }, new[] { 1.0, 2, 3, 6, 5, 4 })]
    [InlineData("merged", new[] { 0, 0, 1, 1, 2, 2 }, new[] { 1.0, 4, 2, 5, 3, 6 })]
    [InlineData("merged backwards", new[] { 2, 2, 1, 1, 0, 0 }, new[] { 3.0, 6, 2, 5, 1, 4 })]
    public void Tables_of_several_ranks_stay_apart(string order, int[] experts, double[] values)
    {
        var table = new LoadTableBuilder();
        for (int i = 0; i < experts.Length; i++) table.Add(7, experts[i], values[i]);
        IReadOnlyList<ExpertLoad> loads = table.Build();
        Assert.True(loads.Count == 2 && loads.All(load => load.Layer == 7), order);
        Assert.Equal([1, 2, 3], loads[0].Load);
        Assert.Equal([4, 5, 6], loads[1].Load);
    }

    [Theory]
    [InlineData(-1, 0, null, EplbError.IndexOutOfRange)]
    [InlineData(0, -1, null, EplbError.IndexOutOfRange)]
    [InlineData(0, 0, -1, EplbError.IndexOutOfRange)]
    [InlineData(0, LoadTableBuilder.MaxExpertCount, null, EplbError.ShapeTooLarge)]
    public void A_table_refuses_numbers_out_of_their_range(int layer, int expert, int? window, EplbError error) =>
        Assert.Equal(error, Assert.Throws<EplbException>(() => new LoadTableBuilder().Add(layer, expert, 1, window)).Error);

    [Fact]
    public void A_table_of_windows_keeps_them_apart_however_many_experts_there_are()
    {
        var table = new LoadTableBuilder();
        for (int expert = 0; expert < 200; expert++)
        {
            table.Add(0, expert, expert, window: 0);
            table.Add(0, 199 - expert, expert, window: 1);
        }

        IReadOnlyList<ExpertLoad> loads = table.Build();
        Assert.Equal([0, 1], loads.Select(load => load.Window!.Value));
        Assert.Equal(loads[0].Load, loads[1].Load.Reverse());
    }

    [Fact]
    public void A_window_is_numbered_from_0() =>
        Assert.Equal(EplbError.IndexOutOfRange, Assert.Throws<EplbException>(() => new ExpertLoad(0, [1], window: -1)).Error);

    [Fact]
    public void A_layer_is_numbered_up_to_65535()
    {
        Assert.Equal(65535, new ExpertLoad(65535, [1]).Layer);
        Assert.Equal(EplbError.IndexOutOfRange, Assert.Throws<EplbException>(() => new ExpertLoad(65536, [1])).Error);
        Assert.Equal(EplbError.IndexOutOfRange, Assert.Throws<EplbException>(() => new ExpertLoad(-1, [1])).Error);
    }

    [Fact]
    public void Sums_beyond_any_model_are_refused_before_they_are_made()
    {
        var sums = new LoadSums(perWindow: false);
        Assert.Null(sums.Find(0, 0));
        Assert.Equal(EplbError.ShapeTooLarge, Assert.Throws<EplbException>(() => sums.Row(0, 0, LoadSums.MaxExpertCount + 1)).Error);
        for (int layer = 0; layer < 16; layer++) sums.Row(0, layer, LoadSums.MaxExpertCount);
        EplbException broken = Assert.Throws<EplbException>(() => sums.Row(0, 16, LoadSums.MaxExpertCount));
        Assert.Equal((EplbError.ShapeTooLarge, true), (broken.Error, broken.Message.Contains("layers x experts)", StringComparison.Ordinal)));
    }
}
