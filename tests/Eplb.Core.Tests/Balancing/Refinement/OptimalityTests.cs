using Xunit.Abstractions;

namespace Eplb.Tests;

public class OptimalityTests(ITestOutputHelper output)
{
    [Fact]
    public void Refinement_reaches_the_proven_optimum_nearly_always_and_a_hundredth_always()
    {
        var random = new Random(4);
        CheckMostAreOptimal(instances: 200, () =>
        {
            int gpus = random.Next(2, 5), slotsPerGpu = random.Next(1, 5);
            int experts = random.Next(slotsPerGpu, Math.Min(gpus * slotsPerGpu, 7) + 1);
            return Solve(RandomLoad(random, experts), gpus * slotsPerGpu, [.. Enumerable.Repeat(1, gpus)]);
        });
    }

    [Fact]
    public void Refinement_for_unequal_GPUs_reaches_the_proven_optimum_nearly_always_and_a_hundredth_always()
    {
        var random = new Random(6);
        CheckMostAreOptimal(instances: 100, () =>
        {
            int gpus = random.Next(2, 5), replicas = random.Next(gpus, (3 * gpus) + 1);
            int experts = random.Next((replicas + gpus - 1) / gpus, Math.Min(replicas, 7) + 1);
            int[] speed = [.. Enumerable.Range(0, gpus).Select(_ => random.Next(1, 4))];
            return Solve(RandomLoad(random, experts), replicas, speed);
        });
    }

    [Fact]
    public void Pairs_are_within_a_hundredth_of_the_proven_optimum_and_their_bound_never_above_it()
    {
        const int Instances = 150;
        var random = new Random(5);
        double gap = 0;
        for (int i = 0; i < Instances; i++)
        {
            int gpus = random.Next(3, 6), experts = random.Next(3, (2 * gpus) + 1);
            Solution solution = Solve(RandomLoad(random, experts), 2 * gpus, [.. Enumerable.Repeat(1, gpus)]);
            gap += (solution.Optimum / solution.Bound) - 1;
        }

        output.WriteLine($"the optimum is {gap / Instances:P2} above the bound");
    }

    private void CheckMostAreOptimal(int instances, Func<Solution> solve)
    {
        Solution[] missed = [.. Enumerable.Range(0, instances).Select(_ => solve()).Where(solution => solution.Reached > solution.Optimum * (1 + 1e-9))];
        foreach (Solution solution in missed) output.WriteLine(solution.Instance);
        output.WriteLine($"{instances - missed.Length} of {instances} at the optimum");
        Assert.True(missed.Length <= 0.05 * instances, $"{instances - missed.Length} of {instances} at the optimum");
    }

    private static Solution Solve(int[] load, int replicas, int[] speed)
    {
        double[] row = [.. load.Select(value => (double)value)];
        var shape = new ClusterShape(replicas, speed.Length, gpuSpeed: [.. speed.Select(value => (double)value)]);
        PlacementMap map = Planner.Plan(LoadMatrix.Combine([new ExpertLoad(0, row)]), shape, PlacementPolicy.Global, new PlanOptions { Refine = true });
        double optimum = PlacementOracle.Optimum(load, [.. Enumerable.Range(0, speed.Length).Select(shape.SlotsOn)], speed);
        double reached = PlanLoads.OfGpus(map, 0).Zip(speed, (sum, value) => sum / value).Max();
        double bound = LoadBound.Of(row, shape, PlacementPolicy.Global).Value;
        string instance = $"{replicas} slots on GPUs of speed {string.Join(",", speed)}, loads {string.Join(",", load)}: bound {bound}, optimum {optimum}, reached {reached}";
        Assert.True(bound <= optimum * (1 + 1e-9), instance);
        Assert.True(reached <= optimum * 1.01, instance);
        return new Solution(bound, optimum, reached, instance);
    }

    private static int[] RandomLoad(Random random, int experts) => random.Next(3) switch
    {
        0 => [.. Enumerable.Range(0, experts).Select(_ => random.Next(1, 100))],
        1 => [.. Enumerable.Range(0, experts).Select(_ => (int)(100 * Math.Exp((3 * random.NextDouble()) - 1.5)))],
        _ => [.. Enumerable.Range(1, experts).Select(rank => 500 / rank)],
    };

    private sealed record Solution(double Bound, double Optimum, double Reached, string Instance);
}
