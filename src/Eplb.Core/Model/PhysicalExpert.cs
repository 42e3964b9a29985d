namespace Eplb;

/// <summary>The properties of <see cref="Eplb.PhysicalExpert"/>.</summary>
/// <remarks>A base class, since C# does not let a class declare a member of its own name and the field's term for a slot's number is just that.</remarks>
public abstract class PlacementSlot
{
    private protected PlacementSlot(int layer, int physicalExpert, int logicalExpert, int replica, int replicaCount, int node, int gpu, int slot, double load,
        int? groupCount, PlacementPolicy? policy, double? gpuSpeed)
    {
        Layer = layer;
        PhysicalExpert = physicalExpert;
        LogicalExpert = logicalExpert;
        Replica = replica;
        ReplicaCount = replicaCount;
        Node = node;
        Gpu = gpu;
        Slot = slot;
        Load = load;
        GroupCount = groupCount;
        Policy = policy;
        GpuSpeed = gpuSpeed;
    }

    /// <summary>Layer id.</summary>
    public int Layer { get; }

    /// <summary>Number of the slot within the layer, 0 to ReplicaCount-1 of the plan; rank-major.</summary>
    public int PhysicalExpert { get; }

    /// <summary>Logical expert that lives in the slot; -1 where it is empty, as the slots of a lost GPU are.</summary>
    public int LogicalExpert { get; }

    /// <summary>Which replica of its logical expert this is, 0 for the first; -1 in an empty slot.</summary>
    public int Replica { get; }

    /// <summary>How many replicas its logical expert has in this layer; 0 for an empty slot, -1 where the row that the slot was does not tell.</summary>
    public int ReplicaCount { get; }

    /// <summary>Node of the GPU.</summary>
    public int Node { get; }

    /// <summary>GPU (rank) that owns the slot.</summary>
    public int Gpu { get; }

    /// <summary>Number of the slot on its GPU, 0 for the first, -1 where the row that the slot was does not tell.</summary>
    public int Slot { get; }

    /// <summary>Expected load: the load of the logical expert over its number of replicas; 0 where the loads are not known.</summary>
    public double Load { get; }

    /// <summary>Expert groups of the plan's model, so that slots which were a table or another process's objects make the same plan again; null where it is not known.</summary>
    public int? GroupCount { get; }

    /// <summary>Policy that made the plan; null where it is not known.</summary>
    public PlacementPolicy? Policy { get; }

    /// <summary>Relative speed of the GPU, 0 for an excluded one; null where the plan has no speeds.</summary>
    public double? GpuSpeed { get; }
}

/// <summary>One physical expert: a slot of one layer, the logical expert in it, the GPU that holds it and the load that it is expected to carry.</summary>
public sealed class PhysicalExpert : PlacementSlot
{
    /// <summary>Takes the values of one row.</summary>
    /// <param name="layer">Layer id.</param>
    /// <param name="physicalExpert">Number of the slot within the layer.</param>
    /// <param name="logicalExpert">Logical expert in the slot.</param>
    /// <param name="replica">Which replica of the logical expert this is.</param>
    /// <param name="replicaCount">Number of replicas of the logical expert, or -1.</param>
    /// <param name="node">Node of the GPU.</param>
    /// <param name="gpu">GPU that owns the slot.</param>
    /// <param name="slot">Number of the slot on its GPU, or -1.</param>
    /// <param name="load">Expected load of the slot, or 0.</param>
    /// <param name="groupCount">Expert groups of the model, or null.</param>
    /// <param name="policy">Policy that made the plan, or null.</param>
    /// <param name="gpuSpeed">Relative speed of the GPU, or null.</param>
    public PhysicalExpert(int layer, int physicalExpert, int logicalExpert, int replica, int replicaCount, int node, int gpu, int slot, double load,
        int? groupCount = null, PlacementPolicy? policy = null, double? gpuSpeed = null)
        : base(layer, physicalExpert, logicalExpert, replica, replicaCount, node, gpu, slot, load, groupCount, policy, gpuSpeed)
    {
    }

    internal PhysicalExpert(PlacementMap map, LayerPlacement layer, int physicalExpert)
        : base(layer.Layer, physicalExpert, layer.PhysicalToLogical[physicalExpert], layer.Replica[physicalExpert],
            layer.PhysicalToLogical[physicalExpert] is >= 0 and int expert ? layer.ExpertCount[expert] : 0, map.Shape.NodeOf(map.Shape.GpuOf(physicalExpert)),
            map.Shape.GpuOf(physicalExpert), map.Shape.SlotOf(physicalExpert), layer.ExpectedLoad(physicalExpert),
            map.GroupCount, map.Policy, map.Shape.GpuSpeed?[map.Shape.GpuOf(physicalExpert)])
    {
        Map = map;
        if (LogicalExpert >= 0) ExpertLoad = layer.Load?[LogicalExpert];
    }

    /// <summary>The plan that the slot is part of; null for a slot that was read from a file or another process.</summary>
    internal PlacementMap? Map { get; }

    /// <summary>Load of the logical expert over all its replicas; null where it is not known, and for an empty slot.</summary>
    internal double? ExpertLoad { get; init; }
}
