using System.Globalization;
using CsCheck;

namespace Eplb.Tests;

/// <summary>What holds for every plan, whatever the shape, loads, policy and options.</summary>
/// <remarks>
/// The suite tries a few; the environment variable EPLB_PROPERTY_CASES sets how many, and EPLB_PROPERTY_SEED which, so that a run can be
/// repeated and another one sees others. A failure names the seed of its case, to be tried alone.
/// </remarks>
public sealed class PlanPropertyTests
{
    private const double Rounding = 1e-9;

    private static readonly int Cases = Setting("EPLB_PROPERTY_CASES", 300), FirstSeed = Setting("EPLB_PROPERTY_SEED", 0);
    private static readonly DispatchRule[] Rules = Enum.GetValues<DispatchRule>();

    [Fact]
    public void Whatever_is_planned_is_whole_within_its_budget_no_worse_than_its_start_and_measured_right() => Parallel.For(FirstSeed, FirstSeed + Cases, seed =>
    {
        AnyPlan any = AnyPlan.All.Generate(new PCG(1, (ulong)seed), null, out _);
        try
        {
            Check(any);
        }
        catch (Exception broken)
        {
            throw new InvalidOperationException($"EPLB_PROPERTY_SEED={seed} EPLB_PROPERTY_CASES=1 repeats it: {any}", broken);
        }
    });

    private static int Setting(string name, int usual) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;

    private static void Check(AnyPlan any)
    {
        if (AnyPlan.TryPlan(any.Loads, any.Shape, any.Policy, any.Options) is not { } map) return;
        for (int i = 0; i < map.Layers.Count; i++)
        {
            IsWhole(map, i);
            KeepsItsBudget(map, i, any.Options);
            IsMeasuredRight(map, i);
        }

        IsNoWorseThanItsStart(map, any);
    }

    private static void IsWhole(PlacementMap map, int i)
    {
        int[] slots = map.PhysicalToLogical[i], count = map.ExpertCount[i];
        for (int slot = 0; slot < slots.Length; slot++)
            Assert.Equal(map.Shape.IsExcluded(map.Shape.GpuOf(slot)), slots[slot] < 0);
        Assert.All(count, (replicas, expert) => Assert.Equal(slots.Count(held => held == expert), replicas));
        Assert.DoesNotContain(0, count);
        int[][] inverse = map.LogicalToPhysical[i];
        Assert.All(inverse, (replicas, expert) => Assert.All(replicas.Take(count[expert]), slot => Assert.Equal(expert, slots[slot])));
    }

    private static void KeepsItsBudget(PlacementMap map, int i, PlanOptions options)
    {
        if (options.Current is not { } current || options.MaxMoves is not { } most || map.Shape.ExcludedGpus.Count > 0) return;
        Assert.InRange(map.PhysicalToLogical[i].Where((expert, slot) => expert != current.PhysicalToLogical[i][slot]).Count(), 0, most);
    }

    private static void IsMeasuredRight(PlacementMap map, int i)
    {
        double[] load = map.Load![i];
        double even = Peak(map, i, DispatchRule.Even), total = load.Sum();
        BalanceReport report = new BalanceEvaluator(map).ByLayer().ElementAt(i);
        if (total == 0)
        {
            Assert.Null(report.Balancedness);
            return;
        }

        double[] gpus = PlanLoads.OfGpus(map, i);
        double recomputed = gpus.Select((value, gpu) => value == 0 ? 0 : value / map.Shape.SpeedOf(gpu)).Max();
        double speed = Enumerable.Range(0, map.GpuCount).Sum(map.Shape.SpeedOf);
        Assert.Equal(recomputed, even, recomputed * Rounding);
        Assert.Equal(total / speed / recomputed, report.Balancedness!.Value, Rounding);
        double optimal = Peak(map, i, DispatchRule.Optimal);
        foreach (DispatchRule rule in Rules)
        {
            double peak = Peak(map, i, rule);
            Assert.True(optimal <= peak * (1 + Rounding), $"{rule} has the maximum {peak}, the best split {optimal}.");
            double bound = LoadBound.Of(load, map.Shape, map.Policy, rule).Value;
            Assert.True(bound <= peak * (1 + Rounding), $"{rule} has the maximum {peak}, the bound is {bound}.");
        }
    }

    private static void IsNoWorseThanItsStart(PlacementMap map, AnyPlan any)
    {
        // A plan for a rule starts from the refined plan for even shares, which starts from the plan of the reference.
        PlacementMap? start = any.Options.Current ?? (any.Options.Refine ? AnyPlan.TryPlan(any.Loads, any.Shape, map.Policy, new PlanOptions { Refine = any.Options.Dispatch != DispatchRule.Even }) : null);
        bool wasForOthers = any.Options.Current is not null && (map.Shape.ExcludedGpus.Count > 0 || map.Shape.GpuSpeed is not null);
        if (start is null || any.Options.Windows is not null || wasForOthers) return;
        for (int i = 0; i < map.Layers.Count; i++)
        {
            double before = Peak(new PlacementMap(start.Layers, map.Shape, map.Policy), i, any.Options.Dispatch, any.Loads.Rows[i]), after = Peak(map, i, any.Options.Dispatch);
            Assert.True(after <= before * (1 + Rounding), $"Layer {i}: {before} before, {after} after.");
        }
    }

    private static double Peak(PlacementMap map, int i, DispatchRule rule, double[]? load = null) =>
        LayerGpuLoad.Of(map.Layers[i], load ?? map.Load![i], map.Shape, DispatchRules.Create(rule)).Gpu.Max();
}
