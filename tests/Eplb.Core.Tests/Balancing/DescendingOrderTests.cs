using CsCheck;

namespace Eplb.Tests.Balancing;

/// <summary>The fast sorts equal a stable sort of the float32 values.</summary>
public sealed class DescendingOrderTests
{
    // Ties, values that differ as float64 only, the whole range of float32, and infinity, which sums of a group can reach.
    private static readonly Gen<double> Weight = Gen.OneOf(
        Gen.Int[0, 3].Select(value => (double)value),
        Gen.Int[0, 3].Select(value => 1 + (value * 1e-9)),
        Gen.Float[0, float.MaxValue].Select(value => (double)value),
        Gen.Const(float.Epsilon * 3.0),
        Gen.Const(double.PositiveInfinity));

    [Theory]
    // One entry, around the width of vectors, around the size where the sort changes, and well above it.
    [InlineData(1, 40)]
    [InlineData(380, 390)]
    [InlineData(2000, 2100)]
    public void The_order_is_stable_and_descends(int least, int most)
    {
        var order = new DescendingOrder();
        Weight.Array[least, most].Sample(weight =>
        {
            int[] expected = [.. Enumerable.Range(0, weight.Length).OrderByDescending(entry => (float)weight[entry])];
            lock (order) Assert.Equal(expected, order.Of(weight));
        });
    }
}
