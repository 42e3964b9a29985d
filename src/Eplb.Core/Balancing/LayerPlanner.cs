namespace Eplb;

/// <summary>Plans one layer at a time: as the policy says, then refined where that is asked for; owns the buffers of one thread.</summary>
internal sealed class LayerPlanner
{
    // A thread keeps its buffers for the next plan of the same shape, so that re-planning allocates nothing but the plan.
    [ThreadStatic]
    private static LayerPlanner? _ofThread;

    private readonly PlacementPolicy _policy;
    private readonly ClusterShape _shape;  // of the GPUs in use
    private readonly LayerBalancer _balancer;
    private readonly float[] _load;
    private LayerRefinement? _refinement;
    private DispatchRefinement? _dispatch;
    private LayerMoves? _moves;

    private LayerPlanner(PlacementPolicy policy, int experts, ClusterShape shape)
    {
        _policy = policy;
        _shape = shape;
        _balancer = LayerBalancer.Create(policy, experts, shape);
        _load = new float[experts];
    }

    /// <summary>The planner of this thread, made anew when the last plan was of another shape.</summary>
    /// <param name="policy">A resolved policy, not Auto.</param>
    /// <param name="experts">Logical experts of a layer.</param>
    /// <param name="shape">Cluster to fill; already checked against the policy.</param>
    public static LayerPlanner OfThread(PlacementPolicy policy, int experts, ClusterShape shape)
    {
        LayerPlanner? planner = _ofThread;
        if (planner is null || policy != planner._policy || experts != planner._load.Length || !planner._shape.Fits(shape.Live))
            _ofThread = planner = new LayerPlanner(policy, experts, shape.Live);
        return planner;
    }

    /// <summary>Plans one layer.</summary>
    /// <param name="shape">Cluster to fill: the one that the planner was asked for with.</param>
    /// <param name="layer">Layer id.</param>
    /// <param name="load">Load of each logical expert: [experts].</param>
    /// <param name="options">What the plan is to have beyond the reference's.</param>
    /// <param name="cancellationToken">Stops between two changes of a plan that is refined.</param>
    public LayerPlacement Plan(ClusterShape shape, int layer, double[] load, PlanOptions options, CancellationToken cancellationToken)
    {
        // Adding +0 turns -0 into +0: from here on the bits of loads ascend with their values.
        for (int expert = 0; expert < load.Length; expert++) _load[expert] = (float)load[expert] + 0f;
        int[] physicalToLogical = new int[_shape.ReplicaCount];
        int[] replica = new int[_shape.ReplicaCount];
        int[] count = new int[load.Length];
        _balancer.Balance(_load, physicalToLogical, replica, count);
        if (!options.IsRefined)
            return new LayerPlacement(layer, LiveSlots.Spread(physicalToLogical, shape), LiveSlots.Spread(replica, shape), count, load);
        int[] plan = options.Current is null
            ? Refine(layer, load, physicalToLogical, options, cancellationToken)
            : Change(shape, layer, load, physicalToLogical, options, cancellationToken);
        return LayerPlacement.Create(layer, LiveSlots.Spread(plan, shape), load.Length, load, allowsEmpty: true);
    }

    private int[] Refine(int layer, double[] load, int[] physicalToLogical, PlanOptions options, CancellationToken cancellationToken)
    {
        int[]? unrefined = options.Dispatch == DispatchRule.Even ? null : (int[])physicalToLogical.Clone();
        _refinement ??= LayerRefinement.Create(_policy, load.Length, _shape);
        _refinement.Refine(load, physicalToLogical, cancellationToken);
        if (options.Windows is not null)
            WindowRefinement.Refine(options.Windows.Of(layer), options.WindowGoal, _policy, _shape, physicalToLogical, cancellationToken);
        if (options.Dispatch != DispatchRule.Even)
        {
            if (_dispatch?.Rule != options.Dispatch) _dispatch = new DispatchRefinement(_policy, load.Length, _shape, options.Dispatch);
            _dispatch.Refine(load, unrefined!, physicalToLogical, cancellationToken);
        }

        return physicalToLogical;
    }

    private int[] Change(ClusterShape shape, int layer, double[] load, int[] physicalToLogical, PlanOptions options, CancellationToken cancellationToken)
    {
        _moves ??= new LayerMoves(_policy, load.Length, _shape);
        int[] current = LiveSlots.Gather(options.Current!.PhysicalToLogical[Array.BinarySearch(options.Current.Layer, layer)], shape);
        return _moves.Plan(layer, load, current, () => Refine(layer, load, physicalToLogical, options, cancellationToken), options, cancellationToken);
    }
}
