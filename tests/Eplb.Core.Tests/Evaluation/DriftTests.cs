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
    public void Drift_does_not_depend_on_the_direction() => Gen.Select(Load, Load).Sample((a, b) =>
    {
        LoadDrift there = Compare(a, b), back = Compare(b, a);
        Assert.Equal(there.Cosine ?? -1, back.Cosine ?? -1, 1e-12);
        Assert.Equal(there.JensenShannon ?? -1, back.JensenShannon ?? -1, 1e-12);
        Assert.Equal(there.HottestOverlap, back.HottestOverlap);
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

    private static LoadDrift Compare(double[] a, double[] b, int? top = null) =>
        new DriftEvaluator(LoadMatrix.Combine([new ExpertLoad(0, a)]), LoadMatrix.Combine([new ExpertLoad(0, b)]), top).ByLayer().Single();
}
