namespace Eplb;

/// <summary>Refines the plan of one layer for several windows of load, within the constraints of its policy.</summary>
/// <remarks>Starts from the plan that is refined for the sum of the windows, and never ends with a lower balancedness by its goal than that, or than what the search for the other goal finds.</remarks>
internal static class WindowRefinement
{
    /// <summary>Improves a plan in place.</summary>
    /// <param name="windows">Load of each expert in each window, every window with some load: [windows][experts].</param>
    /// <param name="goal">What to make as even as possible.</param>
    /// <param name="policy">A resolved policy, not Auto.</param>
    /// <param name="shape">Cluster without excluded GPUs.</param>
    /// <param name="physicalToLogical">Logical expert in each slot: [slots].</param>
    /// <param name="cancellationToken">Stops between two changes of the plan.</param>
    public static void Refine(IReadOnlyList<double[]> windows, WindowGoal goal, PlacementPolicy policy, ClusterShape shape,
        Span<int> physicalToLogical, CancellationToken cancellationToken)
    {
        if (windows.Count < 2 || goal == WindowGoal.Sum) return;
        bool anyNode = policy == PlacementPolicy.Global || shape.NodeCount == 1;
        int[] nodeOfGpu = [.. Enumerable.Range(0, shape.GpuCount).Select(gpu => anyNode ? 0 : shape.NodeOf(gpu))];
        int[]? nodeOfExpert = policy == PlacementPolicy.IntraNode ? null : new int[windows[0].Length];
        for (int slot = 0; nodeOfExpert is not null && slot < physicalToLogical.Length; slot++)
            nodeOfExpert[physicalToLogical[slot]] = nodeOfGpu[shape.GpuOf(slot)];
        int[] start = physicalToLogical.ToArray();
        // The way to the other goal at times leads further by this one too.
        WindowAssignment found = Search(goal), other = Search(goal == WindowGoal.Mean ? WindowGoal.Worst : WindowGoal.Mean);
        double value = found.Value;
        found.Expert.AsSpan().CopyTo(physicalToLogical);
        found.Assign(other.Expert);
        if (found.Value > value) found.Expert.AsSpan().CopyTo(physicalToLogical);
        if (policy == PlacementPolicy.Global) NodeSpread.Apply(physicalToLogical, shape);

        WindowAssignment Search(WindowGoal by)
        {
            var plan = new WindowAssignment(windows, by, shape);
            plan.Assign(start);
            new WindowSearch(plan, nodeOfGpu, nodeOfExpert).Improve(cancellationToken);
            return plan;
        }
    }
}
