namespace Eplb.Tests.Model;

/// <summary>Where a layer's experts live, as a server or a file says it.</summary>
public sealed class LayerPlacementTests
{
    [Theory]
    [InlineData(-1)]
    [InlineData(65536)]
    public void Layer_ids_end_where_those_of_loads_do(int layer)
    {
        EplbException error = Assert.Throws<EplbException>(() => LayerPlacement.Create(layer, [0, 1], 2));
        Assert.Equal(EplbError.IndexOutOfRange, error.Error);
        Assert.Equal($"Layer {layer} is out of range; layer ids are 0 to 65535.", error.Message);
    }
}
