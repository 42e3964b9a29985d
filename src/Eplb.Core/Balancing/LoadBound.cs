namespace Eplb;

/// <summary>What the most loaded GPU of one layer carries at least, whatever the plan: the reasons one by one, and the one that binds.</summary>
/// <remarks>All values are loads of one GPU over its speed, in the unit of the loads where all GPUs run at speed 1. A plan whose most loaded GPU carries <see cref="Value"/> is optimal.</remarks>
public readonly struct LoadBound
{
    private LoadBound(double mean, double replica, double node, double pair, double dispatch)
    {
        Mean = mean;
        Replica = replica;
        Node = node;
        Pair = pair;
        Dispatch = dispatch;
    }

    /// <summary>Total load over the number of GPUs, or the sum of their speeds.</summary>
    public double Mean { get; }

    /// <summary>Load of the largest replica under the best choice of replica counts: too few slots to split the hottest experts further.</summary>
    public double Replica { get; }

    /// <summary>Load of the most loaded node under the best packing of groups onto nodes, over its number of GPUs or the sum of their speeds; 0 where the policy leaves experts free to live on any node.</summary>
    public double Node { get; }

    /// <summary>Load of a GPU of two slots whose large replica has a small one beside it, for which too few slots are there; 0 where GPUs have other numbers of slots or different speeds, or replicas share loads unevenly.</summary>
    public double Pair { get; }

    /// <summary>Load of the most loaded replica under the server's dispatch, with the best choice of replica counts and places: higher than <see cref="Replica"/> under a rule that cannot share evenly, else 0.</summary>
    public double Dispatch { get; }

    /// <summary>The highest of the bounds.</summary>
    public double Value => Math.Max(Math.Max(Mean, Pair), Math.Max(Math.Max(Replica, Node), Dispatch));

    /// <summary>Bounds for one layer.</summary>
    /// <param name="load">Load of each logical expert, 0 or higher: [experts].</param>
    /// <param name="shape">Cluster; already checked against the policy.</param>
    /// <param name="policy">Policy whose constraints the plan keeps; only Hierarchical has a node bound.</param>
    /// <param name="rule">How the server's dispatch shares the load of an expert over its replicas.</param>
    public static LoadBound Of(ReadOnlySpan<double> load, ClusterShape shape, PlacementPolicy policy, DispatchRule rule = DispatchRule.Even)
    {
        if (shape is null) throw new ArgumentNullException(nameof(shape));
        double total = 0;
        foreach (double value in load) total += value;
        ClusterShape live = shape.Live;
        double node = policy == PlacementPolicy.Hierarchical && live.NodeCount > 1 ? NodePackingBound.Of(load, live) : 0;
        double mean = total / live.TotalSpeed, replica = ReplicaBound.Of(load, live.ReplicaCount) / live.TopSpeed;
        double floor = Math.Max(mean, replica) * live.TopSpeed, pair = rule == DispatchRule.Even ? PairBound.Of(load, live, floor) : floor;
        // The newer static rule of SGLang shares as evenly as the best choice of counts assumes, where the replicas of an expert are on one node.
        double dispatch = rule is DispatchRule.SGLangStatic or DispatchRule.VllmAscend
            ? DispatchBound.Of(load, live, (ReplicaDispatch)DispatchRules.Create(rule), policy is PlacementPolicy.Hierarchical) / live.TopSpeed
            : 0;
        return new LoadBound(mean, replica, node, pair > floor ? pair / live.TopSpeed : 0, dispatch);
    }
}
