using CsCheck;

namespace Eplb.Tests;

public class ChangeScoresTests
{
    [Fact]
    public void The_score_of_a_change_is_that_of_the_plan_with_it() => Gen.Int[0, 1_000_000].Sample(seed =>
    {
        var random = new Random(seed);
        int gpus = random.Next(2, 6), slots = random.Next(1, 5), experts = random.Next(2, (gpus * slots) + 1);
        var shape = new ClusterShape(gpus * slots, gpus, gpuSpeed: [.. Enumerable.Range(0, gpus).Select(_ => random.Next(1, 3))]);
        var plan = new GpuAssignment(experts, shape.FirstSlots(), shape.Speeds());
        for (int expert = 0; expert < experts; expert++) plan.Load[expert] = random.Next(1, 100);
        int[] start = [.. Enumerable.Range(0, gpus * slots).Select(slot => slot < experts ? slot : random.Next(experts))];
        plan.Assign(start);
        var scores = new ChangeScores(plan);
        scores.SetUnit(50);
        scores.Look();
        scores.Limit = random.Next(2) == 0 ? double.PositiveInfinity : plan.Time.Max();

        int slot = random.Next(start.Length), other = random.Next(start.Length), expert2 = random.Next(experts);
        if (plan.GpuOf[slot] != plan.GpuOf[other])
        {
            int[] swapped = (int[])start.Clone();
            (swapped[slot], swapped[other]) = (swapped[other], swapped[slot]);
            AssertScore(scores.OfSwapping(slot, other), plan, shape, swapped, start, scores.Limit);
        }

        if (plan.Count[start[slot]] < 2 || plan.Holds(plan.GpuOf[slot], expert2) || !scores.Choose(slot)) return;
        int[] written = (int[])start.Clone();
        written[slot] = expert2;
        double score = scores.OfWriting(expert2);
        AssertScore(score, plan, shape, written, start, scores.Limit);
    }, iter: 5000);

    // Only GPUs that the change touches are asked to stay below the limit.
    private static void AssertScore(double score, GpuAssignment plan, ClusterShape shape, int[] changed, int[] start, double limit)
    {
        double[] Times(int[] experts) => [.. Enumerable.Range(0, shape.GpuCount).Select(gpu => experts.Skip(shape.FirstSlotOf(gpu)).Take(shape.SlotsOn(gpu))
            .Sum(expert => plan.Load[expert] / experts.Count(held => held == expert)) / shape.SpeedOf(gpu))];
        double[] before = Times(start), after = Times(changed);
        bool reaches = after.Zip(before, (now, then) => Math.Abs(now - then) > 1e-9 * then && now >= limit).Any(hot => hot);
        if (double.IsPositiveInfinity(score)) Assert.Contains(after, time => time >= limit * (1 - 1e-9));
        else Assert.False(reaches && after.Max() > limit * (1 + 1e-9));
        if (!double.IsPositiveInfinity(score)) Assert.Equal(1, score / after.Sum(time => Math.Pow(time / 50, 8)), 1e-6);
    }
}
