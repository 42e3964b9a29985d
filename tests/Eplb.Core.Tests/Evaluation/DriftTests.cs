using CsCheck;

namespace Eplb.Tests.Evaluation;

public class DriftTests
{
    private static readonly Gen<double[]> Load = Gen.Int[0, 1000].Select(value => (double)value).Array[12];

    [Fact]
    public void Proportional_loads_have_not_drifted() => Load.Where(load => load.Sum() > 0).Select(Gen.Int[1, 9]).Sample((load, factor) =>
    {
        LoadDrift drift = Compare(load, [.. load.Select(value => value * factor)]);
        Assert.Equal(1, drift.Cosine!.Value, 1e-12);
        Assert.Equal(0, drift.JensenShannon!.Value, 1e-12);
        Assert.Equal(1, drift.HottestOverlap);
    });

    [Fact]
    public void Tiny_loads_have_a_cosine_too()
    {
        Assert.Equal(1 / Math.Sqrt(2), Compare([1e-300, 1e-300, 0], [1e-300, 0, 0]).Cosine!.Value, 1e-12);
        Assert.Equal(1, Compare([5e-324, 0], [3e38, 0]).Cosine!.Value, 1e-12);
    }

    [Fact]
    public void Drift_does_not_depend_on_the_direction() => Gen.Select(Load, Load).Sample((a, b) =>
    {
        LoadDrift there = Compare(a, b), back = Compare(b, a);
        Assert.Equal(there.Cosine ?? -1, back.Cosine ?? -1, 1e-12);
        Assert.Equal(there.JensenShannon ?? -1, back.JensenShannon ?? -1, 1e-12);
        Assert.Equal(there.HottestOverlap, back.HottestOverlap);
    });

    [Fact]
    public void The_divergence_is_in_bits_and_the_hottest_are_those_with_the_highest_loads()
    {
        // Half of log2(4/3) + half of (1/2 log2(2/3) + 1/2 log2(2)).
        Assert.Equal((0.5 * Math.Log2(4 / 3.0)) + (0.25 * Math.Log2(2 / 3.0)) + 0.25, Compare([7, 0], [3, 3]).JensenShannon!.Value, 1e-12);
        Assert.Equal(1, Compare([9, 1, 0], [9, 0, 1], top: 1).HottestOverlap);
        Assert.Equal(0, Compare([0, 1, 9], [1, 9, 0], top: 1).HottestOverlap);
    }

    [Fact]
    public void The_summary_is_the_mean_of_the_busy_layers_and_the_sum_of_the_loads() => Load.Array[2, 4].Select(Load.Array[4]).Sample((a, b) =>
    {
        var evaluator = new DriftEvaluator(Matrix(a), Matrix([.. b.Take(a.Length)]));
        LoadDrift[] busy = [.. evaluator.ByLayer().Where(layer => layer.Cosine is not null)];
        LoadDriftSummary summary = evaluator.Summarize();
        Assert.Equal((busy.Length, a.Length - busy.Length), (summary.LayerCount, summary.IdleLayerCount));
        Assert.Equal(a.Sum(row => row.Sum()), summary.ReferenceTotal);
        Assert.Equal(b.Take(a.Length).Sum(row => row.Sum()), summary.DifferenceTotal);
        if (busy.Length == 0) return;
        Assert.Equal(busy.Average(layer => layer.Cosine!.Value), summary.Cosine!.Value, 1e-12);
        Assert.Equal(busy.Average(layer => layer.JensenShannon!.Value), summary.JensenShannon!.Value, 1e-12);
        Assert.Equal(busy.Average(layer => layer.HottestOverlap!.Value), summary.HottestOverlap!.Value, 1e-12);
        Assert.Equal(busy.Max(layer => layer.JensenShannon), summary.WorstJensenShannon);
    });

    [Fact]
    public void A_layer_that_is_idle_on_one_side_has_no_drift() => Assert.All([Compare([0, 0], [1, 2]), Compare([1, 2], [0, 0])], drift =>
    {
        Assert.Equal((null, null, null), (drift.Cosine, drift.JensenShannon, drift.HottestOverlap));
        Assert.Equal(3, drift.ReferenceTotal + drift.DifferenceTotal);
    });

    [Fact]
    public void Loads_without_a_common_expert_are_as_far_apart_as_loads_can_be()
    {
        LoadDrift drift = Compare([4, 3, 0, 0], [0, 0, 9, 1], top: 2);
        Assert.Equal((0.0, 0.0), (drift.Cosine!.Value, drift.HottestOverlap!.Value));
        Assert.Equal(1, drift.JensenShannon!.Value, 1e-12);
    }

    [Fact]
    public void The_hottest_experts_are_an_eighth_unless_told()
    {
        Assert.Equal(32, Compare(new double[256], new double[256]).HottestCount);
        Assert.Equal(1, Compare([1, 2], [2, 1]).HottestCount);
        Assert.Equal(2, Compare([1, 2], [2, 1], top: 9).HottestCount);
        Assert.Equal(0.5, Compare([9, 8, 1, 0], [9, 1, 8, 0], top: 2).HottestOverlap);
    }

    [Fact]
    public void Other_tasks_of_a_model_have_their_known_drift()
    {
        LoadDriftSummary drift = new DriftEvaluator(TestData.Loads("dsv2lite-esft-law.json"), TestData.Loads("dsv2lite-esft-translation.json")).Summarize();
        Assert.Equal(26, drift.LayerCount);
        Assert.InRange(drift.Cosine!.Value, 0.59, 0.73);
        Assert.True(drift.WorstJensenShannon > drift.JensenShannon);
    }

    [Fact]
    public void Idle_layers_have_no_drift_and_are_left_out_of_the_summary()
    {
        var reference = LoadMatrix.Combine([new ExpertLoad(0, [0, 0]), new ExpertLoad(1, [1, 2])]);
        var evaluator = new DriftEvaluator(reference, LoadMatrix.Combine([new ExpertLoad(1, [2, 4])]));
        Assert.Null(evaluator.ByLayer()[0].Cosine);
        LoadDriftSummary summary = evaluator.Summarize();
        Assert.Equal((1, 1, 1), (summary.LayerCount, summary.IdleLayerCount, summary.WorstLayer));
    }

    [Fact]
    public void An_idle_layer_may_be_left_out_but_a_busy_one_may_not()
    {
        LoadMatrix both = LoadMatrix.Combine([new ExpertLoad(0, [1, 2]), new ExpertLoad(1, [0, 0])]), one = LoadMatrix.Combine([new ExpertLoad(0, [2, 1])]);
        Assert.Equal([0, 1], new DriftEvaluator(both, one).ByLayer().Select(drift => drift.Layer!.Value));
        Assert.Equal([0, 1], new DriftEvaluator(one, both).ByLayer().Select(drift => drift.Layer!.Value));
        LoadMatrix busy = LoadMatrix.Combine([new ExpertLoad(0, [1, 2]), new ExpertLoad(1, [0, 3])]);
        Assert.Equal(EplbError.LayerMissing, Assert.Throws<EplbException>(() => new DriftEvaluator(busy, one)).Error);
        Assert.Equal(EplbError.LayerMissing, Assert.Throws<EplbException>(() => new DriftEvaluator(one, busy)).Error);
    }

    [Fact]
    public void The_hottest_are_at_least_one() =>
        Assert.Equal(EplbError.CountNotPositive, Assert.Throws<EplbException>(() => Compare([1, 2], [1, 2], top: 0)).Error);

    private static LoadMatrix Matrix(double[][] rows) => LoadMatrix.Combine(rows.Select((row, layer) => new ExpertLoad(layer, row)));

    private static LoadDrift Compare(double[] a, double[] b, int? top = null) =>
        new DriftEvaluator(LoadMatrix.Combine([new ExpertLoad(0, a)]), LoadMatrix.Combine([new ExpertLoad(0, b)]), top).ByLayer().Single();
}
