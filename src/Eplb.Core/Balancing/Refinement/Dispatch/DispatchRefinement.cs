namespace Eplb;

/// <summary>Refines plans of one layer at a time for the dispatch of a server, within the constraints of their policy; owns the buffers.</summary>
/// <remarks>Starts from the plan that is refined for even shares and, where that does not lead to the bound, from others; never ends with a slower slowest GPU under the rule than that or the unrefined plan.</remarks>
internal sealed class DispatchRefinement
{
    private const double Tolerance = 1e-4;

    // Nearer to the bound than this, a further start is not worth its time.
    private const double WorthAnotherStart = 1e-3;

    private readonly PlacementPolicy _policy;
    private readonly ClusterShape _shape;
    private readonly int[] _nodeOfGpu;      // [GPUs]: 0 where experts may live on any node
    private readonly int[]? _nodeOfExpert;  // [experts]
    private readonly double[] _nodeLoad;    // [nodes], or the one number where experts may live on any
    private readonly DispatchAssignment? _plan;
    private readonly DispatchSearch? _search;
    private readonly OptimalRefinement? _optimal;
    private readonly PoolFilling? _fewSplits;           // both null where experts stay on their nodes, and for the best split
    private readonly FirstReplicaFilling? _firsts;      // for nodes that it can fill

    /// <summary>Makes the buffers.</summary>
    /// <param name="policy">A resolved policy, not Auto.</param>
    /// <param name="experts">Logical experts of a layer.</param>
    /// <param name="shape">Cluster without excluded GPUs; already checked against the policy.</param>
    /// <param name="rule">How the server's dispatch shares the load of an expert over its replicas.</param>
    public DispatchRefinement(PlacementPolicy policy, int experts, ClusterShape shape, DispatchRule rule)
    {
        _policy = policy;
        _shape = shape;
        Rule = rule;
        bool anyNode = policy == PlacementPolicy.Global || shape.NodeCount == 1;
        _nodeOfGpu = [.. Enumerable.Range(0, shape.GpuCount).Select(gpu => anyNode ? 0 : shape.NodeOf(gpu))];
        _nodeLoad = new double[anyNode ? 1 : shape.NodeCount];
        if (policy != PlacementPolicy.IntraNode) _nodeOfExpert = new int[experts];
        if (DispatchRules.Create(rule) is ReplicaDispatch dispatch)
        {
            _plan = new DispatchAssignment(experts, shape, dispatch);
            _search = new DispatchSearch(_plan, _nodeOfGpu, _nodeOfExpert);
            if (!anyNode || _nodeOfExpert is null) return;
            _fewSplits = new PoolFilling(experts, shape);
            if (FirstReplicaFilling.Suits(experts, shape, dispatch)) _firsts = new FirstReplicaFilling(experts, shape, dispatch);
        }
        else
        {
            _optimal = new OptimalRefinement(shape, _nodeOfGpu, _nodeOfExpert);
        }
    }

    /// <summary>The rule that plans are refined for.</summary>
    public DispatchRule Rule { get; }

    /// <summary>Improves a plan in place.</summary>
    /// <param name="load">Load of each logical expert: [experts].</param>
    /// <param name="unrefined">Logical expert in each slot of the unrefined plan: the start where that leads further; changed in place: [slots].</param>
    /// <param name="physicalToLogical">Logical expert in each slot: [slots].</param>
    /// <param name="cancellationToken">Stops between two changes of the plan.</param>
    public void Refine(double[] load, int[] unrefined, int[] physicalToLogical, CancellationToken cancellationToken)
    {
        double bound = LoadBound.Of(load, _shape, _policy, Rule).Value;
        if (bound == 0) return;
        double slowest = Refine(load, physicalToLogical, bound, cancellationToken);
        if (slowest <= bound * (1 + GpuAssignment.Rounding)) return;

        // What the best split makes of a start shows only in its end.
        bool isReached = slowest <= bound * (1 + Tolerance);
        double other = isReached || _optimal is null ? Slowest(load, unrefined) : 0;
        if (!isReached && other < slowest) other = Refine(load, unrefined, bound, cancellationToken);
        if (other < slowest)
        {
            unrefined.CopyTo(physicalToLogical, 0);
            slowest = other;
        }

        if (slowest > bound * (1 + WorthAnotherStart) && _firsts?.TryFill(load, unrefined) == true) RefineOther();
        if (slowest > bound * (1 + WorthAnotherStart) && _fewSplits?.TrySplitFew(load, unrefined) == true) RefineOther();

        void RefineOther()
        {
            other = Refine(load, unrefined, bound, cancellationToken);
            if (other >= slowest) return;
            unrefined.CopyTo(physicalToLogical, 0);
            slowest = other;
        }
    }

    private double Slowest(double[] load, int[] physicalToLogical) =>
        LayerGpuLoad.Of(LayerPlacement.Create(0, physicalToLogical, load.Length), load, _shape, DispatchRules.Create(Rule)).Gpu.Max();

    // Ends at the bound, but for a ten-thousandth.
    private double Refine(double[] load, Span<int> physicalToLogical, double bound, CancellationToken cancellationToken)
    {
        double goal = bound * (1 + Tolerance);
        if (_nodeOfExpert is not null)
        {
            for (int slot = 0; slot < physicalToLogical.Length; slot++) _nodeOfExpert[physicalToLogical[slot]] = _nodeOfGpu[_shape.GpuOf(slot)];
            goal = Math.Max(goal, MeanOfFullestNode(load) * (1 + Tolerance));
        }

        if (_optimal is not null) return _optimal.Refine(load, physicalToLogical, goal, cancellationToken);
        load.CopyTo(_plan!.Load, 0);
        _plan.Assign(physicalToLogical);
        double slowest = _search!.Improve(goal, cancellationToken);
        _plan.Expert.AsSpan().CopyTo(physicalToLogical);
        return slowest;
    }

    // Experts stay on their nodes, so that no node gets below its mean.
    private double MeanOfFullestNode(double[] load)
    {
        Array.Clear(_nodeLoad, 0, _nodeLoad.Length);
        for (int expert = 0; expert < load.Length; expert++) _nodeLoad[_nodeOfExpert![expert]] += load[expert];
        if (_nodeLoad.Length == 1) return _nodeLoad[0] / _shape.TotalSpeed;
        return _nodeLoad.Select((sum, node) => sum / _shape.SpeedOfNode(node)).Max();
    }
}
