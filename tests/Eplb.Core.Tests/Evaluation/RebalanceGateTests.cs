namespace Eplb.Tests.Evaluation;

public class RebalanceGateTests
{
    private static readonly LoadMatrix Law = TestData.Loads("dsv2lite-esft-law.json"), Translation = TestData.Loads("dsv2lite-esft-translation.json");
    private static readonly PlacementMap Current = Planner.Plan(Law, new ClusterShape(80, 8), PlacementPolicy.Global);
    private static readonly PlacementMap Planned = Planner.Plan(Translation, new ClusterShape(80, 8), PlacementPolicy.Global);

    [Fact]
    public void The_advice_is_what_both_plans_measure()
    {
        RebalanceAdvice advice = new RebalanceGate { ExpertBytes = 100, Bandwidth = 10 }.Weigh(Current, Translation);
        double now = new BalanceEvaluator(Current, Translation).Summarize().Balancedness!.Value, planned = new BalanceEvaluator(Planned).Summarize().Balancedness!.Value;
        Assert.True(advice.IsWorthwhile);
        Assert.Equal((now, planned, (planned / now) - 1), (advice.Balancedness!.Value, advice.PlannedBalancedness!.Value, advice.Gain!.Value));
        Assert.Equal(new DriftEvaluator(Law, Translation).Summarize().JensenShannon, advice.JensenShannon);
        Assert.Equal(SlotWrites.Count(Current, Planned), advice.MovedSlotCount);
        Assert.Equal(100 * advice.MovedSlotCount, advice.MovedBytes);
        Assert.Equal(10.0 * SlotWrites.CountByGpu(Current, Planned).Max(), advice.TransferSeconds);
        Assert.Equal(advice.TransferSeconds / advice.Gain, advice.PaybackSeconds);
    }

    [Fact]
    public void A_plan_for_these_very_loads_is_left_alone()
    {
        RebalanceAdvice advice = new RebalanceGate { ExpertBytes = 100, Bandwidth = 10 }.Weigh(Current, Law);
        Assert.False(advice.IsWorthwhile);
        Assert.Equal("A new plan gains 0.0 %, less than the 5.0 % that are asked for.", advice.Reason);
        Assert.Equal((0.0, 0L), (advice.Gain!.Value, advice.MovedSlotCount));
        Assert.Null(advice.PaybackSeconds);
    }

    [Theory]
    [InlineData(0.4, true)]
    [InlineData(0.6, false)]
    public void The_minimum_gain_decides(double minimum, bool worthwhile) =>
        Assert.Equal(worthwhile, new RebalanceGate { MinimumGain = minimum }.Weigh(Current, Translation).IsWorthwhile);

    [Fact]
    public void A_gain_that_just_reaches_the_minimum_is_worth_it()
    {
        double gain = new RebalanceGate().Weigh(Current, Translation).Gain!.Value;
        RebalanceAdvice advice = new RebalanceGate { MinimumGain = gain }.Weigh(Current, Translation);
        Assert.True(advice.IsWorthwhile);
        Assert.Equal(FormattableString.Invariant($"A new plan gains {100 * gain:0.0} %, at least the {100 * gain:0.0} % that are asked for."), advice.Reason);
        Assert.False(new RebalanceGate { MinimumGain = Math.BitIncrement(gain) }.Weigh(Current, Translation).IsWorthwhile);
    }

    [Fact]
    public void A_placement_with_more_slots_on_some_GPUs_implies_a_refined_plan()
    {
        PlacementMap current = Planner.Plan(Law, new ClusterShape(77, 8), PlacementPolicy.Global, new PlanOptions { Refine = true });
        RebalanceAdvice advice = new RebalanceGate().Weigh(current, Translation);
        Assert.Equal(new RebalanceGate { Refine = true }.Weigh(current, Translation).PlannedBalancedness, advice.PlannedBalancedness);
    }

    [Fact]
    public void The_new_plan_has_the_policy_that_is_asked_for()
    {
        PlacementMap planned = Planner.Plan(Translation, Current.Shape, PlacementPolicy.ReplicateOnly);
        RebalanceAdvice advice = new RebalanceGate { Policy = PlacementPolicy.ReplicateOnly }.Weigh(Current, Translation);
        Assert.Equal(new BalanceEvaluator(planned).Summarize().Balancedness, advice.PlannedBalancedness);
    }

    [Fact]
    public void A_refined_plan_is_made_for_the_dispatch_unless_it_changes_the_placement_in_force()
    {
        // Three layers will do.
        LoadMatrix loads = TestData.Loads("dsv2lite-esft-translation.json", layers: 3);
        var current = new PlacementMap([.. Current.Layers.Take(3)], Current.Shape, Current.Policy);
        const DispatchRule Rule = DispatchRule.VllmAscend;
        RebalanceAdvice fresh = new RebalanceGate { Refine = true, Dispatch = Rule }.Weigh(current, loads);
        PlacementMap planned = Planner.Plan(loads, current.Shape, current.Policy, new PlanOptions { Refine = true, Dispatch = Rule });
        Assert.Equal(new BalanceEvaluator(planned, rule: Rule).Summarize().Balancedness, fresh.PlannedBalancedness);

        RebalanceAdvice change = new RebalanceGate { Refine = true, Dispatch = Rule, MaxMoves = 2 }.Weigh(current, loads);
        PlacementMap changed = Planner.Plan(loads, current.Shape, current.Policy, new PlanOptions { Refine = true, Current = current, MaxMoves = 2 });
        Assert.Equal(new BalanceEvaluator(changed, rule: Rule).Summarize().Balancedness, change.PlannedBalancedness);
    }

    [Fact]
    public void A_budget_keeps_the_plan_near_the_placement_in_force()
    {
        RebalanceAdvice advice = new RebalanceGate { Policy = PlacementPolicy.Global, MaxMoves = 4, ExpertBytes = 10 }.Weigh(Current, Translation);
        Assert.InRange(advice.MovedSlotCount, 1, 4L * Current.Layer.Length);
        Assert.Equal(10 * advice.MovedSlotCount, advice.MovedBytes);
        Assert.True(advice.Gain > 0);
    }

    [Fact]
    public void Without_the_loads_of_the_plan_nothing_is_known_of_the_drift()
    {
        PlacementMap unknown = new([.. Current.Layer.Select((layer, i) => LayerPlacement.Create(layer, Current.PhysicalToLogical[i], Current.ExpertCount[i].Length))],
            new ClusterShape(80, 8), PlacementPolicy.Global);
        Assert.Null(new RebalanceGate().Weigh(unknown, Law).JensenShannon);
        Assert.NotNull(new RebalanceGate().Weigh(Current, Law).JensenShannon);
    }

    [Fact]
    public void Idle_loads_are_no_reason_to_plan()
    {
        LoadMatrix idle = LoadMatrix.Combine(Law.Layers.Select(layer => new ExpertLoad(layer, new double[64])));
        RebalanceAdvice advice = new RebalanceGate { MinimumGain = 0 }.Weigh(Current, idle);
        Assert.False(advice.IsWorthwhile);
        Assert.Null(advice.Gain);
        Assert.Equal("All layers are idle: there is nothing to balance.", advice.Reason);
    }

    [Fact]
    public void Loads_of_layers_that_the_placement_does_not_have_do_not_matter()
    {
        LoadMatrix more = LoadMatrix.Combine(Translation.Rows.Select((row, layer) => new ExpertLoad(layer, row)).Append(new ExpertLoad(99, Translation.Rows[0])));
        Assert.Equal(new RebalanceGate().Weigh(Current, Translation).MovedSlotCount, new RebalanceGate().Weigh(Current, more).MovedSlotCount);
    }
}
