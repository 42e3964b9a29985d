using CsCheck;

namespace Eplb.Tests.Model;

public class WorkloadMixTests
{
    private static readonly ExpertLoad[] Law = [new(0, [3, 1], source: "law"), new(1, [2, 2], source: "law")];
    private static readonly ExpertLoad[] Code = [new(0, [0, 10], source: "code"), new(1, [5, 15], source: "code")];

    [Fact]
    public void Weights_belong_to_the_sources_in_their_order() =>
        AssertMix(WorkloadMix.Mix([.. Law, .. Code], [2, 0.5]), [6, 7], [6.5, 11.5]);

    [Fact]
    public void Normalised_workloads_count_by_their_proportions() =>
        AssertMix(WorkloadMix.Mix([.. Law, .. Code], [3, 1], normalize: true), [2.25, 1.75], [1.75, 2.25]);

    [Fact]
    public void Windows_and_repeated_layers_are_workloads_of_their_own()
    {
        AssertMix(WorkloadMix.Mix([new(0, [1, 0], 0), new(0, [0, 1], 1)], [5, 7]), [5, 7]);
        AssertMix(WorkloadMix.Mix([new(0, [1, 0]), new(0, [0, 1])], [5, 7]), [5, 7]);
    }

    [Fact]
    public void A_mix_without_weights_is_the_sum() => PlanGen.Hierarchical.Sample(request =>
    {
        ExpertLoad[] loads = [.. request.Loads.Rows.SelectMany((row, layer) => new ExpertLoad[] { new(layer, row, source: "a"), new(layer, row, source: "b") })];
        foreach ((ExpertLoad mixed, double[] row) in WorkloadMix.Mix(loads).Zip(request.Loads.Rows))
            Assert.Equal(row.Select(load => 2 * load), mixed.Load);
    });

    [Fact]
    public void Idle_layers_stay_idle_and_may_be_missing_elsewhere() =>
        AssertMix(WorkloadMix.Mix([new(0, [0, 0], source: "a"), new(1, [1, 1], source: "a"), new(1, [1, 3], source: "b")], normalize: true), [0, 0], [0.75, 1.25]);

    [Theory]
    [InlineData(1.0)]
    [InlineData(1.0, 1.0, 1.0)]
    [InlineData(0.0, 0.0)]
    [InlineData(-1.0, 1.0)]
    [InlineData(double.NaN, 1.0)]
    public void Weights_that_do_not_fit_are_refused(params double[] weights) =>
        Assert.Equal(EplbError.WeightInvalid, Assert.Throws<EplbException>(() => WorkloadMix.Mix([.. Law, .. Code], weights)).Error);

    [Fact]
    public void A_busy_layer_that_one_workload_lacks_is_refused() =>
        Assert.Equal(EplbError.LayerMissing, Assert.Throws<EplbException>(() => WorkloadMix.Mix([.. Law, Code[0]])).Error);

    private static void AssertMix(IReadOnlyList<ExpertLoad> mix, params double[][] rows)
    {
        Assert.Equal(rows, mix.Select(load => load.Load));
        Assert.Equal(Enumerable.Range(0, rows.Length), mix.Select(load => load.Layer));
    }

    [Fact]
    public void Nothing_cannot_be_mixed() => Assert.Equal(EplbError.LoadMissing, Assert.Throws<EplbException>(() => WorkloadMix.Mix([])).Error);
}
