using Google.OrTools.LinearSolver;

namespace Eplb.Tests.Evaluation;

/// <summary>The best split of the experts' loads over their replicas, as a linear program.</summary>
internal static class SplitProgram
{
    public static double LowestMaximum(PlacementMap map, double[] load)
    {
        using Solver solver = Solver.CreateSolver("GLOP");
        Variable max = solver.MakeNumVar(0, double.PositiveInfinity, "max");
        Constraint[] gpus = [.. Enumerable.Range(0, map.GpuCount).Select(_ => solver.MakeConstraint(double.NegativeInfinity, 0))];
        Constraint[] experts = [.. load.Select(value => solver.MakeConstraint(value, value))];
        for (int gpu = 0; gpu < gpus.Length; gpu++) gpus[gpu].SetCoefficient(max, -map.Shape.SpeedOf(gpu));
        for (int slot = 0; slot < map.ReplicaCount; slot++)
        {
            if (map.PhysicalToLogical[0][slot] < 0) continue;
            Variable share = solver.MakeNumVar(0, double.PositiveInfinity, "");
            gpus[map.Shape.GpuOf(slot)].SetCoefficient(share, 1);
            experts[map.PhysicalToLogical[0][slot]].SetCoefficient(share, 1);
        }

        solver.Minimize(max);
        Assert.Equal(Solver.ResultStatus.OPTIMAL, solver.Solve());
        return solver.Objective().Value();
    }
}
