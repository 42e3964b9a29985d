namespace Eplb.Tests.Formats;

/// <summary>A tensor lies in its storage whole, or is none.</summary>
public sealed class TorchTensorTests
{
    [Theory]
    // elements of the storage, offset, size, stride, and whether the elements lie one behind the other
    [InlineData(4, 0, new long[] { 2, 2 }, new long[] { 2, 1 }, true)]
    [InlineData(4, 0, new long[] { 2, 2 }, new long[] { 1, 2 }, false)]
    [InlineData(4, 0, new long[] { 1, 4 }, new long[] { 3, 1 }, true)]
    [InlineData(4, 3, new long[] { 1 }, new long[] { 0 }, true)]
    [InlineData(4, 4, new long[] { 0 }, new long[] { 1 }, true)]
    public void A_tensor_up_to_the_end_of_its_storage_is_one(long capacity, long offset, long[] size, long[] stride, bool isContiguous) =>
        Assert.Equal(isContiguous, Of(capacity, offset, size, stride).IsContiguous);

    [Theory]
    [InlineData(4, 0, new long[] { 3, 3 }, new long[] { 1, 1 })]
    [InlineData(4, 0, new long[] { 3 }, new long[] { 2 })]
    [InlineData(4, 4, new long[] { 1 }, new long[] { 1 })]
    // products beyond 64 bits
    [InlineData(1L << 62, 0, new long[] { 1L << 40 }, new long[] { 1L << 40 })]
    [InlineData(1L << 62, 0, new long[] { 1L << 40, 1L << 40 }, new long[] { 1, 1 })]
    public void A_tensor_beyond_its_storage_is_refused(long capacity, long offset, long[] size, long[] stride) =>
        Assert.Equal(EplbError.ShapeTooLarge, Assert.Throws<EplbException>(() => Of(capacity, offset, size, stride)).Error);

    [Theory]
    [InlineData(4, 0, new long[] { 3, 4 }, new long[] { 0, 1 })]
    [InlineData(1L << 62, 0, new long[] { 1L << 40, 1L << 40 }, new long[] { 0, 0 })]
    public void A_tensor_whose_places_share_elements_is_refused_with_the_way_out(long capacity, long offset, long[] size, long[] stride)
    {
        EplbException broken = Assert.Throws<EplbException>(() => Of(capacity, offset, size, stride));
        Assert.Equal(EplbError.FormatInvalid, broken.Error);
        Assert.Contains(".contiguous()", broken.Message, StringComparison.Ordinal);
    }

    private static TorchTensor Of(long capacity, long offset, long[] size, long[] stride) =>
        new(new TorchStorage("0", null, capacity), NumericType.UInt8, offset, size, stride);
}
