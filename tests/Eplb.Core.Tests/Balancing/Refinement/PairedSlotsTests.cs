namespace Eplb.Tests;

public class PairedSlotsTests
{
    [Theory]
    // The cheapest counts have more replicas of an expert than there are GPUs.
    [InlineData(32, 16, new[] { 2.0, 0, 0, 3 })]
    [InlineData(32, 16, new[] { 0, 3, 0.0006636222673762326, 2 })]
    public void Few_experts_fill_many_pairs(int slots, int gpus, double[] load)
    {
        PlacementMap map = Planner.Plan(LoadMatrix.Combine([new ExpertLoad(0, load)]), new ClusterShape(slots, gpus), PlacementPolicy.Global, new PlanOptions { Refine = true });
        Assert.Equal(slots, map.ExpertCount[0].Sum());
        Assert.DoesNotContain(0, map.ExpertCount[0]);
    }
}
