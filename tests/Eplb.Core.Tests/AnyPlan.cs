using CsCheck;

namespace Eplb.Tests;

/// <summary>A request of any kind that the planner takes: what a new option adds to plans is added here, and to the checks of <see cref="PlanPropertyTests"/>.</summary>
internal sealed record AnyPlan(LoadMatrix Loads, ClusterShape Shape, PlacementPolicy Policy, PlanOptions Options)
{
    private static readonly Gen<double> Load = Gen.OneOf(
        Gen.Int[0, 3].Select(count => (double)count), Gen.Int[0, 1_000_000].Select(count => (double)count), Gen.Double[0, 1000], Gen.Double[1e-6, 1e-3], Gen.Const(0.0));

    /// <summary>Shapes that divide and shapes that do not, lost and slower GPUs, all policies, refined or not, for a rule, for windows, from a placement in force.</summary>
    public static readonly Gen<AnyPlan> All =
        from shape in Shapes
        from loads in RowsOf(shape.Experts)
        from policy in Gen.Enum<PlacementPolicy>()
        from kind in Gen.Int[0, 5]
        from rule in Gen.Enum<DispatchRule>()
        from goal in Gen.Enum<WindowGoal>()
        from before in RowsOf(shape.Experts, loads.Length)
        from budget in Gen.Int[0, 8]
        from target in Gen.Double[0.5, 1]
        select Make(shape.Shape, loads, before, policy, kind, rule, goal, budget, target);

    private static Gen<(ClusterShape Shape, int Experts)> Shapes =>
        from nodes in Gen.Int[1, 4]
        from gpusPerNode in Gen.Int[1, 4]
        from groupsPerNode in Gen.Int[1, 3]
        from groupSize in Gen.Int[1, 6]
        from spare in Gen.Int[0, 3]
        from isUneven in Gen.Int[0, 3]
        from extra in Gen.Int[0, (nodes * gpusPerNode) - 1]
        from lost in Gen.Int[0, 4 * nodes * gpusPerNode].Array[0, (nodes * gpusPerNode) - 1]
        from speed in Gen.OneOf(Gen.Const(0.5), Gen.Const(1.0), Gen.Const(1.0), Gen.Const(2.0)).Array[nodes * gpusPerNode]
        from hasSpeed in Gen.Int[0, 3]
        let gpus = nodes * gpusPerNode
        let groups = nodes * groupsPerNode
        let experts = groups * groupSize
        let slots = ((((experts + gpus - 1) / gpus) + spare) * gpus) + (isUneven == 0 ? extra : 0)
        select (new ClusterShape(slots, gpus, nodes, groups, [.. lost.Where(gpu => gpu < gpus).Distinct()], hasSpeed == 0 ? speed : null), experts);

    public override string ToString() =>
        $"{Loads.Rows.Count} x {Loads.ExpertCount} on {Shape.ReplicaCount} slots, {Shape.GpuCount} GPUs without [{string.Join(",", Shape.ExcludedGpus)}] at [{string.Join(",", Shape.GpuSpeed ?? [])}], "
        + $"{Shape.NodeCount} nodes, {Shape.GroupCount} groups; {Policy}, refine {Options.Refine}, {Options.Dispatch}, windows {Options.Windows?.Count} {Options.WindowGoal}, "
        + $"current {Options.Current is not null}, moves {Options.MaxMoves}, target {Options.TargetBalance}: {string.Join(" | ", Loads.Rows.Select(row => string.Join(",", row)))}";

    private static Gen<double[][]> RowsOf(int experts, int layers) => Load.Array[experts].Array[layers];

    private static Gen<double[][]> RowsOf(int experts) => Load.Array[experts].Array[1, 3];

    private static AnyPlan Make(ClusterShape shape, double[][] loads, double[][] before, PlacementPolicy policy, int kind, DispatchRule rule, WindowGoal goal, int budget, double target)
    {
        var own = LoadMatrix.Combine(loads.Select((row, layer) => new ExpertLoad(layer, row)));
        PlanOptions options = kind switch
        {
            0 => new PlanOptions(),
            1 => new PlanOptions { Refine = true },
            2 => new PlanOptions { Refine = true, Dispatch = rule },
            3 => new PlanOptions { Refine = true, WindowGoal = goal, Windows = LoadWindows.Of([.. WindowsOf(loads, 0), .. WindowsOf(before, 1)]) },
            4 => new PlanOptions { Refine = budget % 2 == 0, Current = Current(shape, before, policy), MaxMoves = budget },
            _ => new PlanOptions { Refine = budget % 2 == 0, Current = Current(shape, before, policy), TargetBalance = target },
        };
        if (kind == 3) own = LoadMatrix.Combine([.. WindowsOf(loads, 0), .. WindowsOf(before, 1)]);
        return new AnyPlan(own, shape, policy, options);
    }

    private static IEnumerable<ExpertLoad> WindowsOf(double[][] loads, int window) => loads.Select((row, layer) => new ExpertLoad(layer, row, window));

    // What ran before the GPUs were lost; null, which plans anew, where there is none.
    private static PlacementMap? Current(ClusterShape shape, double[][] loads, PlacementPolicy policy)
    {
        var whole = new ClusterShape(shape.ReplicaCount, shape.GpuCount, shape.NodeCount, shape.GroupCount);
        var matrix = LoadMatrix.Combine(loads.Select((row, layer) => new ExpertLoad(layer, row)));
        return TryPlan(matrix, whole, policy, new PlanOptions { Refine = true });
    }

    /// <summary>The plan, or null where the counts do not fit the policy.</summary>
    public static PlacementMap? TryPlan(LoadMatrix loads, ClusterShape shape, PlacementPolicy policy, PlanOptions options)
    {
        try
        {
            return Planner.Plan(loads, shape, policy, options, maxThreads: 1);
        }
        catch (EplbException broken) when (broken.Error is EplbError.CountNotDivisible or EplbError.TooFewReplicas or EplbError.SpeedInvalid or EplbError.PlacementInvalid)
        {
            return null;
        }
    }
}
