namespace Eplb;

/// <summary>Plans one layer at a time under one shape; owns the buffers that planning needs, so that a layer allocates only its result.</summary>
internal abstract class LayerBalancer
{
    /// <summary>Plans one layer.</summary>
    /// <param name="load">Load of each logical expert as float32, as the reference casts it, finite, +0 or higher: [experts].</param>
    /// <param name="physicalToLogical">Out: logical expert in each slot: [slots].</param>
    /// <param name="replica">Out: replica number in each slot: [slots].</param>
    /// <param name="expertCount">Out: replicas of each logical expert: [experts].</param>
    public abstract void Balance(ReadOnlySpan<float> load, Span<int> physicalToLogical, Span<int> replica, Span<int> expertCount);

    /// <summary>Makes the balancer of a policy.</summary>
    /// <param name="policy">A resolved policy, not Auto.</param>
    /// <param name="experts">Logical experts of a layer.</param>
    /// <param name="shape">Cluster to fill, without excluded GPUs; already checked against the policy.</param>
    public static LayerBalancer Create(PlacementPolicy policy, int experts, ClusterShape shape) => policy switch
    {
        PlacementPolicy.Hierarchical or PlacementPolicy.Global when !shape.IsEven || !shape.IsOfOneSpeed => new UnequalBalancer(policy, experts, shape),
        PlacementPolicy.Hierarchical => new HierarchicalBalancer(experts, shape.ReplicaCount, shape.GroupCount, shape.NodeCount, shape.GpuCount),
        PlacementPolicy.Global => new HierarchicalBalancer(experts, shape.ReplicaCount, groups: 1, nodes: 1, shape.GpuCount),
        PlacementPolicy.IntraNode => new IntraNodeBalancer(experts, shape),
        PlacementPolicy.ReplicateOnly => new ReplicateOnlyBalancer(experts),
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, "Resolve Auto first."),
    };
}
