using CsCheck;

namespace Eplb.Tests;

public class GpuMatchingTests
{
    [Fact]
    public void A_plan_whose_gpus_were_shuffled_is_put_back() => Gen.Int[1, 9].Select(Gen.Int[1, 5], Gen.Int[0, 1000]).Sample((gpus, slots, seed) =>
    {
        var shape = new ClusterShape(gpus * slots, gpus);
        int[] current = [.. Enumerable.Range(0, gpus * slots)];
        int[] order = [.. Enumerable.Range(0, gpus)];
        new Random(seed).Shuffle(order);
        int[] plan = [.. order.SelectMany(gpu => current.Skip(gpu * slots).Take(slots))];
        GpuMatching.Apply(plan, current, shape, keepsNodes: false);
        Assert.Equal(current, plan);
    });

    [Fact]
    public void Gpus_of_a_node_stay_together_and_slots_and_speeds_fit() => Gen.Int[0, 1000].Sample(seed =>
    {
        var random = new Random(seed);
        var shape = new ClusterShape(26, 8, 2, gpuSpeed: [1, 1, 2, 2, 1, 1, 2, 2]);
        int[] plan = [.. Enumerable.Range(0, 26).Select(_ => random.Next(13))], current = [.. Enumerable.Range(0, 26).Select(_ => random.Next(-1, 13))];
        int[] renumbered = (int[])plan.Clone();
        GpuMatching.Apply(renumbered, current, shape, keepsNodes: true);
        Assert.Equal(Contents(plan, shape).Order(), Contents(renumbered, shape).Order());
        Assert.Equal(Nodes(plan, shape).Order(), Nodes(renumbered, shape).Order());
    });

    private static IEnumerable<string> Contents(int[] plan, ClusterShape shape) => Enumerable.Range(0, shape.GpuCount)
        .Select(gpu => $"{shape.SpeedOf(gpu)}: {string.Join(",", plan.Skip(shape.FirstSlotOf(gpu)).Take(shape.SlotsOn(gpu)))}");

    private static IEnumerable<string> Nodes(int[] plan, ClusterShape shape) => Enumerable.Range(0, shape.NodeCount).Select(node => string.Join("; ",
        Contents(plan, shape).Skip(shape.FirstGpuOf(node)).Take(shape.GpusPerNode).Order()));
}
