using Eplb.Tests.Balancing;

namespace Eplb.Tests;

/// <summary>The searches by themselves, from placements that no policy would make: what each promises, and the hash of all that it finds, which a change of the search changes on purpose.</summary>
public sealed class SearchTests
{
    [Theory]
    [InlineData(Homes.Anywhere, "8d43439197433c3b")]
    [InlineData(Homes.OneNode, "0370412eee31a8fe")]
    [InlineData(Homes.FixedCounts, "c03a03fe4f8fdad5")]
    public void A_descent_keeps_its_budget_and_makes_no_GPU_slower_than_the_slowest(Homes homes, string hash) => IsSame(hash, homes, layer =>
        CheckedMoves(layer, new MoveDescent(layer.NewPlan(), layer.NodeOfGpu, layer.NodeOfExpert)));

    [Theory]
    [InlineData(Homes.Anywhere, "a0f28d355d9455a2")]
    [InlineData(Homes.OneNode, "5e155e451397270e")]
    [InlineData(Homes.FixedCounts, "80d6ee2139ad87a5")]
    public void A_beam_search_keeps_its_budget_and_makes_no_GPU_slower_than_the_slowest(Homes homes, string hash) => IsSame(hash, homes, layer =>
    {
        GpuAssignment plan = layer.NewPlan();
        return CheckedMoves(layer, new MoveSearch(plan, new ChangeScores(plan), layer.NodeOfGpu, layer.NodeOfExpert));
    });

    [Theory]
    [InlineData(Homes.Anywhere, "a9cbfc3e64fa16c9")]
    [InlineData(Homes.OneNode, "9b08db22e49f1d17")]
    public void A_reduction_gives_slots_back_and_keeps_to_its_target(Homes homes, string hash) => IsSame(hash, homes, layer =>
    {
        int[] changed = layer.Throw();
        int moves = layer.Moves(changed);
        double target = layer.Slowest(changed) * (1 + (layer.Next(3) / 10.0));
        GpuAssignment plan = layer.NewPlan();
        var scores = new ChangeScores(plan);
        scores.SetUnit(target);
        new MoveReduction(plan, scores, new MoveSearch(plan, scores, layer.NodeOfGpu, layer.NodeOfExpert), layer.NodeOfGpu, layer.NodeOfExpert)
            .Reduce(changed, layer.Current, target, CancellationToken.None);
        layer.AssertWhole(changed);
        Assert.InRange(layer.Moves(changed), 0, moves);
        Assert.InRange(layer.Slowest(changed), 0, target * (1 + 1e-9));
        return changed;
    });

    [Theory]
    [InlineData(Homes.Anywhere, "ac66dc6683fd39a2")]
    [InlineData(Homes.OneNode, "52c1547ba90f0637")]
    [InlineData(Homes.FixedCounts, "70b4aaa4b31482bd")]
    public void A_refinement_for_the_best_split_never_makes_it_worse(Homes homes, string hash) => IsSame(hash, homes, layer =>
    {
        var bestSplit = new OptimalDispatch(CancellationToken.None);
        int[] refined = (int[])layer.Current.Clone();
        new OptimalRefinement(layer.Shape, layer.NodeOfGpu, layer.NodeOfExpert).Refine(layer.Load, refined, layer.Load.Sum() / layer.Shape.TotalSpeed * (1 + 1e-4), CancellationToken.None);
        layer.AssertWhole(refined);
        Assert.InRange(Slowest(layer, refined, bestSplit), 0, Slowest(layer, layer.Current, bestSplit) * (1 + 1e-9));
        return refined;
    });

    [Theory]
    [InlineData(Homes.Anywhere, "d321de12e1d4f83a")]
    [InlineData(Homes.OneNode, "3ffa2e23e31ebef0")]
    public void What_lost_GPUs_held_is_created_again_and_no_slot_stays_empty(Homes homes, string hash) => IsSame(hash, homes, layer =>
    {
        // A third of the slots are empty, or some of them are, or other experts were written over them.
        int[] damaged = (int[])layer.Current.Clone();
        int empty = layer.Next(3);
        for (int slot = 0; slot < damaged.Length; slot++)
        {
            if (layer.Next(3) > 0) continue;
            int other = layer.Next(damaged.Length);
            if (layer.Next(2) < empty)
                damaged[slot] = LiveSlots.Empty;
            else if (layer.NodeOfGpu[layer.Shape.GpuOf(slot)] == layer.NodeOfGpu[layer.Shape.GpuOf(other)])
                damaged[slot] = layer.Current[other];
        }

        int[] whole = Recreation.Complete(damaged, layer.Load, layer.Shape, layer.NodeOfExpert);
        layer.AssertWhole(whole);
        return whole;
    });

    [Theory]
    [InlineData(Homes.Anywhere, false, "38630cd2889553f2")]
    [InlineData(Homes.Anywhere, true, "64a5a444e9291550")]
    [InlineData(Homes.AnywhereInPairs, false, "cecabd4a6a46153b")]
    public void A_refined_pool_is_never_slower_than_before(Homes homes, bool fixedCounts, string hash) => IsSame(hash, homes, layer =>
    {
        int[] refined = (int[])layer.Current.Clone();
        var pool = new PoolRefinement(layer.Load.Length, layer.Shape, fixedCounts);
        layer.Load.CopyTo(pool.Load);
        double slowest = pool.Refine(refined, pool.Bound(), CancellationToken.None);
        layer.AssertWhole(refined);
        if (fixedCounts) Assert.Equal(layer.Current.Order(), refined.Order());
        Assert.Equal(layer.Slowest(refined), slowest, layer.Load.Sum() * 1e-12);
        Assert.InRange(slowest, 0, layer.Slowest(layer.Current) * (1 + 1e-4));
        return refined;
    }, layers: 30);

    [Theory]
    [InlineData(Homes.Anywhere, "d8cbd984845110f6")]
    [InlineData(Homes.OneNode, "e36d404d6376f1c1")]
    [InlineData(Homes.FixedCounts, "e42dca76c87cfdb5")]
    public void A_search_for_windows_never_lowers_their_balance(Homes homes, string hash) => IsSame(hash, homes, layer =>
    {
        double[][] windows = [.. Enumerable.Range(0, 1 + layer.Next(4)).Select(_ => layer.Load.Select(load => load + layer.Next(200)).ToArray())];
        var plan = new WindowAssignment(windows, layer.Next(2) == 0 ? WindowGoal.Mean : WindowGoal.Worst, layer.Shape);
        plan.Assign(layer.Current);
        double before = plan.Value;
        new WindowSearch(plan, layer.NodeOfGpu, layer.NodeOfExpert).Improve(CancellationToken.None);
        layer.AssertWhole(plan.Expert);
        Assert.InRange(plan.Value, before, 1 + 1e-5);
        return plan.Expert;
    }, layers: 30);

    [Theory]
    [InlineData(Homes.Anywhere, DispatchRule.SGLangStatic, "e16fc6bf2464ec38")]
    [InlineData(Homes.OneNode, DispatchRule.SGLangStaticNew, "9b1f8e409c43486e")]
    [InlineData(Homes.FixedCounts, DispatchRule.SGLangStatic, "bb70061c8827b756")]
    [InlineData(Homes.Anywhere, DispatchRule.VllmAscend, "0f91254acbe30ef3")]
    public void A_search_for_a_rule_makes_no_GPU_slower_than_the_slowest(Homes homes, DispatchRule rule, string hash) => IsSame(hash, homes, layer =>
    {
        var dispatch = (ReplicaDispatch)DispatchRules.Create(rule)!;
        var plan = new DispatchAssignment(layer.Load.Length, layer.Shape, dispatch);
        layer.Load.CopyTo(plan.Load, 0);
        plan.Assign(layer.Current);
        double slowest = new DispatchSearch(plan, layer.NodeOfGpu, layer.NodeOfExpert).Improve(layer.Load.Sum() / layer.Shape.TotalSpeed * (1 + 1e-4), CancellationToken.None);
        layer.AssertWhole(plan.Expert);
        Assert.Equal(Slowest(layer, plan.Expert, dispatch), slowest, layer.Load.Sum() * 1e-9);
        Assert.InRange(slowest, 0, Slowest(layer, layer.Current, dispatch) * (1 + 1e-9));
        return plan.Expert;
    }, layers: 100);

    private static int[] CheckedMoves(AnyPlacement layer, IMoveSearch search)
    {
        double before = layer.Slowest(layer.Current);
        int budget = layer.Next(layer.Current.Length + 1);
        double target = layer.Next(2) == 0 ? 0 : before * 0.9;
        int[] found = search.Search(layer.Current, layer.Current, budget, target, CancellationToken.None);
        layer.AssertWhole(found);
        Assert.InRange(layer.Moves(found), 0, budget);
        Assert.InRange(layer.Slowest(found), 0, before * (1 + 1e-9));
        return found;
    }

    private static double Slowest(AnyPlacement layer, int[] placement, IDispatchRule dispatch) =>
        LayerGpuLoad.Of(LayerPlacement.Create(0, placement, layer.Load.Length), layer.Load, layer.Shape, dispatch).Gpu.Max();

    private static void IsSame(string hash, Homes homes, Func<AnyPlacement, int[]> search, int layers = 500)
    {
        Assert.Equal(hash, ShortHash.Of(Enumerable.Range(0, layers).Select(seed => search(new AnyPlacement(seed, homes)))));
    }
}
