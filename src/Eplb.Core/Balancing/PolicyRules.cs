namespace Eplb;

/// <summary>Which policy a request ends in, and whether the counts fit it.</summary>
internal static class PolicyRules
{
    /// <summary>Resolves Auto as the reference does and checks the counts against the policy's rules.</summary>
    /// <param name="policy">Policy asked for.</param>
    /// <param name="experts">Logical experts of a layer.</param>
    /// <param name="shape">Cluster to fill.</param>
    /// <param name="isRefined">True when the plan is refined, which takes unequal GPUs.</param>
    /// <exception cref="EplbException">Too few slots, or counts that the policy cannot divide.</exception>
    public static PlacementPolicy Resolve(PlacementPolicy policy, int experts, ClusterShape shape, bool isRefined)
    {
        if (!isRefined) CheckEqualGpus(shape);
        ClusterShape live = shape.Live;
        if (live.ReplicaCount < experts)
        {
            string slots = live == shape ? $"ReplicaCount {shape.ReplicaCount} is"
                : $"Of {shape.ReplicaCount} slots {live.ReplicaCount} are left without the excluded GPUs, which is";
            int enough = (((experts - 1) / live.GpuCount) + 1) * shape.GpuCount;
            throw new EplbException(EplbError.TooFewReplicas,
                $"{slots} below the {experts} logical experts of a layer; each expert needs at least one slot, as with ReplicaCount {enough}.", live.ReplicaCount);
        }

        if (policy == PlacementPolicy.Auto) policy = ResolveAuto(experts, shape);
        if (policy == PlacementPolicy.Hierarchical) CheckHierarchical(experts, live);
        if (policy == PlacementPolicy.IntraNode) CheckIntraNode(experts, live);
        return policy;
    }

    /// <summary>Whether the policy was left to the reference's rule, and that leaves the packing onto GPUs out.</summary>
    /// <param name="policy">Policy asked for.</param>
    /// <param name="experts">Logical experts of a layer.</param>
    /// <param name="shape">Cluster to fill.</param>
    /// <param name="isRefined">True when the plan is refined, which packs in any case.</param>
    /// <exception cref="EplbException">Too few slots, or counts that the policy cannot divide.</exception>
    public static bool LeavesPackingOut(PlacementPolicy policy, int experts, ClusterShape shape, bool isRefined) =>
        policy == PlacementPolicy.Auto && !isRefined && Resolve(policy, experts, shape, isRefined) == PlacementPolicy.ReplicateOnly;

    /// <summary>Checks what only refined plans can do without: GPUs with equal numbers of slots and of one speed.</summary>
    /// <param name="shape">Cluster to fill.</param>
    /// <exception cref="EplbException">The slots do not divide evenly, or the speeds differ.</exception>
    public static void CheckEqualGpus(ClusterShape shape)
    {
        shape.CheckEven(unless: " where the plan is not refined");
        if (shape.IsOfOneSpeed) return;
        throw new EplbException(EplbError.SpeedInvalid, "The GPUs have different speeds, which only a refined plan takes into account: plan with Refine.", shape);
    }

    /// <summary>Checks that the placement in force is one of this model on this cluster.</summary>
    /// <param name="current">The placement in force.</param>
    /// <param name="loads">Loads to plan for.</param>
    /// <param name="shape">Cluster to fill.</param>
    /// <exception cref="EplbException">Other numbers of slots, GPUs or experts, or a layer that only the placement or only the loads have.</exception>
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

        // A layer under another id would be changed for the loads of another layer.
        if (LayerIds.FindLeftOut(loads.Layers, current.Layer) is { } unplaced)
            throw new EplbException(EplbError.LayerMissing, $"The current placement (layers {LayerIds.Range(current.Layer)}) has no layer {unplaced}, which the loads ({LayerIds.Range(loads.Layers)}) have. {LayerIds.Advice}", unplaced);
        if (LayerIds.FindLeftOut(current.Layer, loads.Layers) is { } unloaded)
            throw new EplbException(EplbError.LayerMissing, $"The loads (layers {LayerIds.Range(loads.Layers)}) have no layer {unloaded}, which the current placement ({LayerIds.Range(current.Layer)}) has. {LayerIds.Advice}", unloaded);
    }

    // What the reference does is settled where it can plan at all; where it cannot, packing onto GPUs always beats leaving it out.
    private static PlacementPolicy ResolveAuto(int experts, ClusterShape shape)
    {
        ClusterShape live = shape.Live;
        bool isDivisible = live.GroupCount % live.NodeCount == 0;
        if (live == shape && shape.IsEven) return isDivisible ? PlacementPolicy.Hierarchical : PlacementPolicy.ReplicateOnly;
        return isDivisible && experts % live.GroupCount == 0 && FewestSlotsOfANode(live, out _) >= experts / live.NodeCount
            ? PlacementPolicy.Hierarchical
            : PlacementPolicy.Global;
    }

    private static int FewestSlotsOfANode(ClusterShape shape, out int smallest)
    {
        int fewest = int.MaxValue;
        smallest = 0;
        for (int node = 0; node < shape.NodeCount; node++)
        {
            int slots = shape.SlotsOfNode(node);
            if (slots >= fewest) continue;
            fewest = slots;
            smallest = node;
        }

        return fewest;
    }

    private static void CheckHierarchical(int experts, ClusterShape shape)
    {
        CountRules.CheckMultiple(shape.GroupCount, nameof(shape.GroupCount), shape.NodeCount, nameof(shape.NodeCount),
            "the Hierarchical policy gives every node the same number of groups");
        if (experts % shape.GroupCount != 0)
        {
            throw new EplbException(EplbError.CountNotDivisible,
                $"The {experts} logical experts of a layer are not a multiple of GroupCount {shape.GroupCount}, but all groups have the same number of experts.",
                shape.GroupCount);
        }

        int slots = FewestSlotsOfANode(shape, out int node), needed = experts / shape.NodeCount;
        if (slots >= needed) return;
        throw new EplbException(EplbError.TooFewReplicas,
            $"Node {node} of the {shape.NodeCount} in use has {slots} slots, but the Hierarchical policy puts {needed} of the {experts} logical experts on each node; plan with the Global policy.",
            slots);
    }

    private static void CheckIntraNode(int experts, ClusterShape shape)
    {
        if (!shape.IsEven)
        {
            throw new EplbException(EplbError.CountNotDivisible,
                $"IntraNode cuts the slots into one equal chunk a node, but the {shape.ReplicaCount} slots in use do not spread evenly over {shape.GpuCount} GPUs and {shape.NodeCount} nodes; plan with the Global policy.",
                shape.ReplicaCount);
        }

        int chunk = shape.ReplicaCount / shape.NodeCount;
        // The slots are whole chunks, so that the redundant ones are where the experts are.
        if (experts % chunk == 0) return;
        throw new EplbException(EplbError.CountNotDivisible,
            $"IntraNode cuts the {shape.ReplicaCount} slots into {shape.NodeCount} chunks of {chunk}; the {experts} logical experts and the {shape.ReplicaCount - experts} redundant slots must both be multiples of {chunk}.",
            shape.ReplicaCount);
    }
}
