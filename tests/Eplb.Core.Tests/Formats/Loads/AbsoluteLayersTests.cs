namespace Eplb.Tests;

/// <summary>Loads by position get absolute ids; loads that have them keep them.</summary>
public sealed class AbsoluteLayersTests
{
    private static readonly double[] Busy = [1, 2], Idle = [0, 0];

    [Fact]
    public void Positions_are_counted_from_the_first_MoE_layer()
    {
        ExpertLoad load = AbsoluteLayers.Of([new(0, Idle, 4, "a", true), new(1, Busy, 4, "a", true)], new ModelLayers(firstMoeLayer: 3))[1];
        Assert.Equal((4, 4, "a", true), (load.Layer, load.Window, load.Source, load.IsChronological));
        Assert.Same(Busy, load.Load);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    [InlineData(3)]
    public void Ids_are_absolute_where_no_layer_before_it_carries_load(int? first)
    {
        ExpertLoad[] loads = [new(2, first > 2 ? Idle : Busy), new(3, Busy)];
        Assert.Same(loads, AbsoluteLayers.Of(loads, new ModelLayers(firstMoeLayer: first)));
    }

    [Fact]
    public void Ids_beyond_those_of_any_model_are_refused() =>
        Assert.Equal(EplbError.IndexOutOfRange, Assert.Throws<EplbException>(() => AbsoluteLayers.Of([new(1, Busy)], new ModelLayers(firstMoeLayer: 65535))).Error);
}
