namespace Eplb;

/// <summary>Which policy a request ends in, and whether the counts fit it.</summary>
internal static class PolicyRules
{
    /// <summary>Resolves Auto as the reference does and checks the counts against the policy's rules.</summary>
    /// <param name="policy">Policy asked for.</param>
    /// <param name="experts">Logical experts of a layer.</param>
    /// <param name="shape">Cluster to fill.</param>
    /// <exception cref="EplbException">Too few slots, or counts that the policy cannot divide.</exception>
    public static PlacementPolicy Resolve(PlacementPolicy policy, int experts, ClusterShape shape)
    {
        if (shape.ReplicaCount < experts)
        {
            throw new EplbException(EplbError.TooFewReplicas,
                $"ReplicaCount {shape.ReplicaCount} is below the {experts} logical experts of a layer; each expert needs at least one slot.",
                shape.ReplicaCount);
        }

        if (policy == PlacementPolicy.Auto)
            policy = shape.GroupCount % shape.NodeCount == 0 ? PlacementPolicy.Hierarchical : PlacementPolicy.ReplicateOnly;
        if (policy == PlacementPolicy.Hierarchical) CheckHierarchical(experts, shape);
        if (policy == PlacementPolicy.IntraNode) CheckIntraNode(experts, shape);
        return policy;
    }

    /// <summary>Checks that the placement in force is one of this model on this cluster.</summary>
    /// <param name="current">The placement in force.</param>
    /// <param name="loads">Loads to plan for.</param>
    /// <param name="shape">Cluster to fill.</param>
    /// <exception cref="EplbException">Other numbers of slots, GPUs, nodes or experts, or a layer that the placement does not have.</exception>
    public static void CheckCurrent(PlacementMap current, LoadMatrix loads, ClusterShape shape)
    {
        if (current.ReplicaCount != shape.ReplicaCount || current.GpuCount != shape.GpuCount)
        {
            throw new EplbException(EplbError.PlacementInvalid,
                $"The current placement has {current.ReplicaCount} slots on {current.GpuCount} GPUs; the plan is for {shape.ReplicaCount} on {shape.GpuCount}.",
                current);
        }

        if (current.ExpertCount[0].Length != loads.ExpertCount)
        {
            throw new EplbException(EplbError.RowLengthMismatch,
                $"The current placement has {current.ExpertCount[0].Length} logical experts, the loads have {loads.ExpertCount}.", current);
        }

        foreach (int layer in loads.Layers)
        {
            if (Array.BinarySearch(current.Layer, layer) < 0)
                throw new EplbException(EplbError.LayerMissing, $"The current placement has no layer {layer}, which the loads have.", layer);
        }
    }

    private static void CheckHierarchical(int experts, ClusterShape shape)
    {
        ClusterShape.CheckMultiple(shape.GroupCount, nameof(shape.GroupCount), shape.NodeCount, nameof(shape.NodeCount),
            "the Hierarchical policy gives every node the same number of groups");
        if (experts % shape.GroupCount == 0) return;
        throw new EplbException(EplbError.CountNotDivisible,
            $"The {experts} logical experts of a layer are not a multiple of GroupCount {shape.GroupCount}, but all groups have the same number of experts.",
            shape.GroupCount);
    }

    private static void CheckIntraNode(int experts, ClusterShape shape)
    {
        int chunk = shape.ReplicaCount / shape.NodeCount;
        if (experts % chunk == 0 && (shape.ReplicaCount - experts) % chunk == 0) return;
        throw new EplbException(EplbError.CountNotDivisible,
            $"IntraNode cuts the {shape.ReplicaCount} slots into {shape.NodeCount} chunks of {chunk}; the {experts} logical experts and the {shape.ReplicaCount - experts} redundant slots must both be multiples of {chunk}.",
            shape.ReplicaCount);
    }
}
