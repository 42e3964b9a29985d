using System.Text;
using CsCheck;
using Eplb.Tests.Balancing;

namespace Eplb.Tests;

/// <summary>A refined plan follows from its request alone, so that its hash can be written down. A change of the search changes the hashes here, on purpose.</summary>
public sealed class SamePlansTests
{
    private static readonly LoadMatrix DeepSeek = TestData.Loads("dsv3-0324-mmlu-seqlen4k.json", 2);
    private static readonly LoadMatrix Law = TestData.Loads("dsv2lite-esft-law.json", 3), Translation = TestData.Loads("dsv2lite-esft-translation.json", 3);

    [Theory]
    // slots, GPUs, nodes, groups, excluded GPU, hash
    [InlineData(PlacementPolicy.Global, 288, 32, 4, 8, null, "ece076c24a07e1e0")]
    [InlineData(PlacementPolicy.Global, 288, 144, 18, 1, null, "e1aa248e3d6aabae")]
    [InlineData(PlacementPolicy.Global, 300, 32, 4, 8, 5, "cc98c3e783acf404")]
    [InlineData(PlacementPolicy.Hierarchical, 288, 32, 4, 8, null, "205d8f3a7bb9c739")]
    [InlineData(PlacementPolicy.Hierarchical, 320, 32, 4, 8, 9, "25f8ca748cba0344")]
    [InlineData(PlacementPolicy.IntraNode, 512, 32, 2, 1, null, "d50e4de3fdad5e77")]
    public void A_plan_of_each_policy(PlacementPolicy policy, int slots, int gpus, int nodes, int groups, int? excluded, string hash) =>
        IsSame(hash, DeepSeek, new ClusterShape(slots, gpus, nodes, groups, excluded is { } gpu ? [gpu] : null), policy, new PlanOptions { Refine = true });

    [Theory]
    [InlineData(PlacementPolicy.Global, "89f4b56e9657acbd")]
    [InlineData(PlacementPolicy.Hierarchical, "295a0ebac9ced9f6")]
    public void A_plan_for_GPUs_of_other_speeds(PlacementPolicy policy, string hash) =>
        IsSame(hash, Law, new ClusterShape(82, 8, 2, 4, gpuSpeed: [1, 1, 1, 2, 1, 0.5, 1, 1]), policy, new PlanOptions { Refine = true });

    [Theory]
    [InlineData(DispatchRule.SGLangStatic, PlacementPolicy.Global, "7f83c73116c84db9")]
    [InlineData(DispatchRule.SGLangStaticNew, PlacementPolicy.Hierarchical, "8cedfe0f5f8a841c")]
    [InlineData(DispatchRule.VllmAscend, PlacementPolicy.Global, "c5034e9e7c6c5ff7")]
    [InlineData(DispatchRule.Optimal, PlacementPolicy.Global, "c5034e9e7c6c5ff7")]
    [InlineData(DispatchRule.SGLangStatic, PlacementPolicy.Hierarchical, "6e9877b6bfc1afc1")]
    [InlineData(DispatchRule.Optimal, PlacementPolicy.Hierarchical, "8cedfe0f5f8a841c")]
    public void A_plan_for_each_dispatch(DispatchRule rule, PlacementPolicy policy, string hash) =>
        IsSame(hash, Law, new ClusterShape(80, 8, 2, 4), policy, new PlanOptions { Refine = true, Dispatch = rule });

    [Theory]
    [InlineData(WindowGoal.Mean, PlacementPolicy.Global, "a71ea4a4f2fe7535")]
    [InlineData(WindowGoal.Worst, PlacementPolicy.Global, "87263988677b720c")]
    [InlineData(WindowGoal.Mean, PlacementPolicy.Hierarchical, "a75e1130dec2b12c")]
    public void A_plan_for_windows(WindowGoal goal, PlacementPolicy policy, string hash)
    {
        ExpertLoad[] loads = [.. TestData.Windows("dsv2lite-esft-law.windows.json").Where(load => load.Layer < 3 && load.Window < 6)];
        IsSame(hash, LoadMatrix.Combine(loads), new ClusterShape(80, 8, 2, 4), policy, new PlanOptions { Refine = true, Windows = LoadWindows.Of(loads), WindowGoal = goal });
    }

    [Theory]
    // moves, target, lost GPU
    [InlineData(PlacementPolicy.Global, null, null, null, "da8bcb97cf4a53d3")]
    [InlineData(PlacementPolicy.Global, 8, null, null, "e16bb0432e51f32f")]
    [InlineData(PlacementPolicy.Global, null, 0.95, null, "1bd7ff4ba43a4d62")]
    [InlineData(PlacementPolicy.Global, 12, null, 3, "c1ccdac5c4fc86b4")]
    [InlineData(PlacementPolicy.Hierarchical, null, null, null, "77927b3fb87d0709")]
    [InlineData(PlacementPolicy.Hierarchical, 8, null, null, "e43050429bba56d0")]
    public void A_change_of_the_placement_in_force(PlacementPolicy policy, int? moves, double? target, int? lost, string hash)
    {
        PlacementMap current = Planner.Plan(Law, new ClusterShape(80, 8, 2, 4), policy, new PlanOptions { Refine = true });
        IsSame(hash, Translation, new ClusterShape(80, 8, 2, 4, lost is { } gpu ? [gpu] : null), policy,
            new PlanOptions { Refine = true, Current = current, MaxMoves = moves, TargetBalance = target });
    }

    [Theory]
    // The first of 40 requests of all kinds: shapes, policies, dispatch rules, windows, speeds, lost GPUs, budgets.
    [InlineData(0, "9d579005937f82bf")]
    [InlineData(40, "bcad945a0bc79763")]
    [InlineData(80, "991b82bb658c80f2")]
    [InlineData(120, "36acc83bdb696030")]
    [InlineData(160, "abd03561a90f2ea7")]
    [InlineData(200, "3e0c03d451b81185")]
    [InlineData(240, "650cf202059005af")]
    [InlineData(280, "7a5ccef63dc1b391")]
    public void Small_plans_of_all_kinds(int first, string hash)
    {
        var hashes = new StringBuilder();
        for (int seed = first; seed < first + 40; seed++)
        {
            AnyPlan any = AnyPlan.All.Generate(new PCG(2, (ulong)seed), null, out _);
            hashes.Append(AnyPlan.TryPlan(any.Loads, any.Shape, any.Policy, any.Options) is { } map ? PlacementHash.Of(map) : "-");
        }

        Assert.Equal(hash, ShortHash.Of(hashes.ToString()));
    }

    private static void IsSame(string hash, LoadMatrix loads, ClusterShape shape, PlacementPolicy policy, PlanOptions options) =>
        Assert.Equal(hash, PlacementHash.Of(Planner.Plan(loads, shape, policy, options))[..16]);
}
