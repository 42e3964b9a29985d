using Google.OrTools.Sat;

namespace Eplb.Tests;

/// <summary>Proves the lowest load that the most loaded GPU of a small layer can have, by constraint programming.</summary>
internal static class PlacementOracle
{
    /// <summary>The optimum over all plans that fill every slot, place every expert and keep the replicas of an expert on different GPUs.</summary>
    /// <param name="load">Load of each expert: [experts].</param>
    /// <param name="slots">Slots of each GPU: [GPUs].</param>
    /// <param name="speed">Speed of each GPU, by which its load is divided: [GPUs].</param>
    public static double Optimum(int[] load, int[] slots, int[] speed)
    {
        int gpus = slots.Length;
        // Loads are multiplied by a number that every count and speed divides, so that all shares and times are whole.
        int scale = Enumerable.Range(1, gpus).Aggregate(LeastCommonMultiple) * speed.Aggregate(LeastCommonMultiple);
        var model = new CpModel();
        IntVar most = model.NewIntVar(0, (long)load.Sum() * scale, "most");
        var held = new BoolVar[load.Length, gpus];
        var gpuLoad = new List<IntVar>[gpus];
        for (int gpu = 0; gpu < gpus; gpu++) gpuLoad[gpu] = [];
        for (int expert = 0; expert < load.Length; expert++)
        {
            for (int gpu = 0; gpu < gpus; gpu++) held[expert, gpu] = model.NewBoolVar($"{expert} on {gpu}");
            BoolVar[] hasCount = [.. Enumerable.Range(1, gpus).Select(count => model.NewBoolVar($"{expert} has {count}"))];
            model.AddExactlyOne(hasCount);
            model.Add(LinearExpr.Sum(Enumerable.Range(0, gpus).Select(gpu => held[expert, gpu])) ==
                LinearExpr.WeightedSum(hasCount, [.. Enumerable.Range(1, gpus).Select(count => (long)count)]));
            for (int gpu = 0; gpu < gpus; gpu++)
            {
                IntVar share = model.NewIntVar(0, (long)load[expert] * scale, $"share of {expert} on {gpu}");
                gpuLoad[gpu].Add(share);
                for (int count = 1; count <= gpus; count++)
                    model.Add(share >= load[expert] * (long)(scale / count)).OnlyEnforceIf([held[expert, gpu], hasCount[count - 1]]);
            }
        }

        for (int gpu = 0; gpu < gpus; gpu++)
        {
            model.Add(LinearExpr.Sum(Enumerable.Range(0, load.Length).Select(expert => held[expert, gpu])) == slots[gpu]);
            model.Add(LinearExpr.Sum(gpuLoad[gpu]) <= most * speed[gpu]);
        }

        model.Minimize(most);
        var solver = new CpSolver { StringParameters = "num_workers:1,random_seed:1" };
        Assert.Equal(CpSolverStatus.Optimal, solver.Solve(model));
        return solver.ObjectiveValue / scale;
    }

    private static int LeastCommonMultiple(int a, int b) => a / GreatestCommonDivisor(a, b) * b;

    private static int GreatestCommonDivisor(int a, int b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);
}
