using CsCheck;

namespace Eplb.Tests.Balancing;

/// <summary>Packing equals the reference's rule, carried out entry by entry without any structure.</summary>
public sealed class PackingTests
{
    // Infinite weights are what groups of huge loads sum up to: their packs tie, and must not be taken for full ones.
    private static readonly Gen<double> Weight = Gen.OneOf(
        Gen.Const(0.0),
        Gen.Int[0, 4].Select(value => (double)value),
        Gen.Double[0, 1000],
        Gen.Const(double.PositiveInfinity));

    [Fact]
    public void Each_entry_goes_to_the_lightest_pack_with_room() =>
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 9]).SelectMany(shape => Weight.Array[shape.Item1 * shape.Item2].Select(weight => (Packs: shape.Item1, Weight: weight)))
            .Sample(request =>
            {
                int[] place = new int[request.Weight.Length];
                new Packing().Pack(request.Weight, request.Packs, place);
                Assert.Equal(Expected(request.Weight, request.Packs), place);
            });

    private static int[] Expected(double[] weight, int packs)
    {
        int room = weight.Length / packs;
        if (room == 1) return [.. Enumerable.Range(0, packs)];
        int[] place = new int[weight.Length], used = new int[packs];
        double[] sum = new double[packs];
        foreach (int entry in Enumerable.Range(0, weight.Length).OrderByDescending(entry => (float)weight[entry]))
        {
            int lightest = Enumerable.Range(0, packs).Where(pack => used[pack] < room).MinBy(pack => sum[pack]);
            place[entry] = (lightest * room) + used[lightest]++;
            sum[lightest] += weight[entry];
        }

        return place;
    }
}
