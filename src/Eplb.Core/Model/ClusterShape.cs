namespace Eplb;

/// <summary>The shape that a plan fills: slots on GPUs, GPUs in nodes, and the model's expert groups.</summary>
/// <remarks>Slots are rank-major: GPU g owns slots g*S .. g*S+S-1 with S = ReplicaCount / GpuCount, and node n owns the n-th run of GPUs.</remarks>
public sealed class ClusterShape
{
    /// <summary>Most slots that one layer may have.</summary>
    public const int MaxReplicaCount = 1 << 20;

    /// <summary>Checks the counts against each other.</summary>
    /// <param name="replicaCount">Physical experts (slots) of one layer over the whole cluster, 1 to 1,048,576; a multiple of <paramref name="gpuCount"/>.</param>
    /// <param name="gpuCount">GPUs (ranks), 1 or more; a multiple of <paramref name="nodeCount"/>.</param>
    /// <param name="nodeCount">Nodes, 1 or more.</param>
    /// <param name="groupCount">Expert groups of the model's router, 1 or more.</param>
    /// <exception cref="EplbException">A count is not positive, too large, or not a multiple of the count that it must be a multiple of.</exception>
    public ClusterShape(int replicaCount, int gpuCount, int nodeCount = 1, int groupCount = 1)
    {
        CheckPositive(replicaCount, nameof(ReplicaCount));
        CheckPositive(gpuCount, nameof(GpuCount));
        CheckPositive(nodeCount, nameof(NodeCount));
        CheckPositive(groupCount, nameof(GroupCount));
        if (replicaCount > MaxReplicaCount)
        {
            throw new EplbException(EplbError.ShapeTooLarge,
                $"ReplicaCount {replicaCount} is above the limit of {MaxReplicaCount} slots a layer.", replicaCount);
        }

        CheckMultiple(replicaCount, nameof(ReplicaCount), gpuCount, nameof(GpuCount), "every GPU holds the same number of slots");
        CheckMultiple(gpuCount, nameof(GpuCount), nodeCount, nameof(NodeCount), "every node holds the same number of GPUs");
        ReplicaCount = replicaCount;
        GpuCount = gpuCount;
        NodeCount = nodeCount;
        GroupCount = groupCount;
    }

    /// <summary>Physical experts (slots) of one layer over the whole cluster.</summary>
    public int ReplicaCount { get; }

    /// <summary>GPUs (ranks).</summary>
    public int GpuCount { get; }

    /// <summary>Nodes.</summary>
    public int NodeCount { get; }

    /// <summary>Expert groups of the model's router.</summary>
    public int GroupCount { get; }

    /// <summary>Slots of one layer on each GPU.</summary>
    public int SlotsPerGpu => ReplicaCount / GpuCount;

    /// <summary>GPUs in each node.</summary>
    public int GpusPerNode => GpuCount / NodeCount;

    /// <summary>GPU that owns a slot.</summary>
    /// <param name="physicalExpert">Slot of the layer, 0 to ReplicaCount-1.</param>
    public int GpuOf(int physicalExpert) => physicalExpert / SlotsPerGpu;

    /// <summary>Number of a slot on the GPU that owns it, 0 for the first.</summary>
    /// <param name="physicalExpert">Slot of the layer, 0 to ReplicaCount-1.</param>
    public int SlotOf(int physicalExpert) => physicalExpert % SlotsPerGpu;

    /// <summary>Node that owns a GPU.</summary>
    /// <param name="gpu">GPU, 0 to GpuCount-1.</param>
    public int NodeOf(int gpu) => gpu / GpusPerNode;

    internal static void CheckPositive(int count, string name)
    {
        if (count < 1)
            throw new EplbException(EplbError.CountNotPositive, $"{name} is {count}; it must be 1 or more.", count);
    }

    internal static void CheckMultiple(int count, string name, int divisor, string divisorName, string reason)
    {
        if (count % divisor == 0) return;
        int below = count - (count % divisor);
        string next = below == 0 ? $"{divisor}" : $"{below} or {below + divisor}";
        throw new EplbException(EplbError.CountNotDivisible,
            $"{name} {count} is not a multiple of {divisorName} {divisor}, but {reason}; the nearest that fit: {next}.", count);
    }
}
