using System.Diagnostics;

namespace Eplb.Benchmarks;

/// <summary>Times what no peer does: refined plans, those for a server's dispatch, and changes of the placement in force.</summary>
internal static class RefineTable
{
    /// <summary>The table, line by line.</summary>
    public static IEnumerable<string> Lines()
    {
        PlanCase plan = PlanCase.All().First();
        var uneven = LoadMatrix.Combine(plan.Loads.Rows.Select((row, layer) =>
            new ExpertLoad(plan.Loads.Layers[layer], [.. row.Select((load, expert) => load * (1 + (0.5 * Math.Sin(expert))))])));
        yield return "";
        yield return "| 58 x 256 to 288, 32 GPUs | one thread ms | two threads ms |";
        yield return "|---|---|---|";
        foreach (PlacementPolicy policy in (PlacementPolicy[])[PlacementPolicy.Hierarchical, PlacementPolicy.Global])
        {
            PlacementMap current = Planner.Plan(plan.Loads, plan.Shape, policy, new PlanOptions { Refine = true });
            yield return Row($"refine, {policy}", threads => Planner.Plan(plan.Loads, plan.Shape, policy, new PlanOptions { Refine = true }, threads));
            yield return Row($"change for other loads, {policy}", threads => Planner.Plan(uneven, plan.Shape, policy, new PlanOptions { Current = current }, threads));
        }

        foreach (DispatchRule rule in (DispatchRule[])[DispatchRule.SGLangStatic, DispatchRule.SGLangStaticNew, DispatchRule.VllmAscend])
            yield return Row($"refine for {rule}, Global", threads => Planner.Plan(plan.Loads, plan.Shape, PlacementPolicy.Global, new PlanOptions { Refine = true, Dispatch = rule }, threads));
    }

    private static string Row(string name, Func<int, PlacementMap> plan) => $"| {name} | {Best(plan, 1)} | {Best(plan, 2)} |";

    private static Timing Best(Func<int, PlacementMap> plan, int threads)
    {
        double best = double.PositiveInfinity;
        var watch = Stopwatch.StartNew();
        do
        {
            long start = Stopwatch.GetTimestamp();
            plan(threads);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        while (watch.ElapsedMilliseconds < 3000);

        return new Timing(best, "");
    }
}
