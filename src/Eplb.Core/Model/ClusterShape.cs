namespace Eplb;

/// <summary>The shape that a plan fills: slots on GPUs, GPUs in nodes, and the model's expert groups; and which of the GPUs are lost or slower.</summary>
/// <remarks>
/// Slots are rank-major: a GPU owns a run of slots, and a node a run of GPUs. Where the slots do not divide evenly, the first
/// ReplicaCount % GpuCount GPUs have one slot more than the others. The slots of an excluded GPU keep their numbers and stay empty.
/// </remarks>
public sealed class ClusterShape
{
    /// <summary>Most slots that one layer may have.</summary>
    public const int MaxReplicaCount = 1 << 20;

    private readonly int[]? _firstSlot;  // [GPUs + 1]; null where all GPUs have the same number of slots
    private readonly int[]? _gpuOfSlot;  // [slots]; null where _firstSlot is
    private readonly int[]? _firstGpu;   // [nodes + 1]; null where all nodes have the same number of GPUs
    private readonly double[]? _speed;   // [GPUs], 0 for those that are excluded; null where all GPUs run at speed 1

    /// <summary>Checks the counts against each other.</summary>
    /// <param name="replicaCount">Physical experts (slots) of one layer over the whole cluster, 1 to 1,048,576; <paramref name="gpuCount"/> or more. The policies of the reference need a multiple of it.</param>
    /// <param name="gpuCount">GPUs (ranks), 1 or more; a multiple of <paramref name="nodeCount"/>.</param>
    /// <param name="nodeCount">Nodes, 1 or more.</param>
    /// <param name="groupCount">Expert groups of the model's router, 1 to 1,048,576.</param>
    /// <param name="excludedGpus">GPUs that hold nothing, such as lost ones, each 0 to <paramref name="gpuCount"/>-1; null for none. At least one GPU is left.</param>
    /// <param name="gpuSpeed">Relative speed of each GPU, 1e-38 to 3.4e38, that of an excluded one being of no account: [GPUs]; null where all are equally fast.</param>
    /// <exception cref="EplbException">A count is not positive, too large, or not a multiple of the count that it must be a multiple of; no GPU is left; a GPU that does not exist; speeds that do not match the GPUs.</exception>
    public ClusterShape(int replicaCount, int gpuCount, int nodeCount = 1, int groupCount = 1,
        IReadOnlyCollection<int>? excludedGpus = null, IReadOnlyList<double>? gpuSpeed = null)
    {
        CountRules.CheckPositive(replicaCount, nameof(ReplicaCount));
        CountRules.CheckPositive(gpuCount, nameof(GpuCount));
        CountRules.CheckPositive(nodeCount, nameof(NodeCount));
        CountRules.CheckPositive(groupCount, nameof(GroupCount));
        if (replicaCount > MaxReplicaCount)
        {
            throw new EplbException(EplbError.ShapeTooLarge,
                $"ReplicaCount {replicaCount} is above the limit of {MaxReplicaCount} slots a layer.", replicaCount);
        }

        if (groupCount > MaxReplicaCount)
        {
            throw new EplbException(EplbError.ShapeTooLarge,
                $"GroupCount {groupCount} is above the limit of {MaxReplicaCount}, the most experts that a layer can have.", groupCount);
        }

        ReplicaCount = replicaCount;
        GpuCount = gpuCount;
        NodeCount = nodeCount;
        GroupCount = groupCount;
        if (replicaCount < gpuCount)
        {
            throw new EplbException(EplbError.CountNotDivisible,
                $"ReplicaCount {replicaCount} is below GpuCount {gpuCount}, but every GPU holds at least one slot.", replicaCount);
        }

        CountRules.CheckMultiple(gpuCount, nameof(GpuCount), nodeCount, nameof(NodeCount), "every node holds the same number of GPUs");
        if (replicaCount % gpuCount != 0)
        {
            int fewest = replicaCount / gpuCount, longer = replicaCount % gpuCount;
            _firstSlot = [.. Enumerable.Range(0, gpuCount + 1).Select(gpu => (gpu * fewest) + Math.Min(gpu, longer))];
            _gpuOfSlot = GpuOfEachSlot(_firstSlot);
        }

        IsEven = _firstSlot is null;
        ExcludedGpus = excludedGpus is null ? [] : GpuRules.CheckExcluded(excludedGpus, gpuCount);
        if (gpuSpeed is not null || ExcludedGpus.Count > 0) _speed = GpuRules.CheckSpeeds(gpuSpeed, gpuCount, ExcludedGpus);
        if (gpuSpeed is not null) GpuSpeed = _speed;
        TotalSpeed = _speed?.Sum() ?? gpuCount;
        TopSpeed = _speed?.Max() ?? 1;
    }

    // The part of a cluster that is in use, or one of its nodes: all counts are known to fit.
    private ClusterShape(int[] firstSlot, int[] firstGpu, int groupCount, double[] speed)
    {
        _firstSlot = firstSlot;
        _gpuOfSlot = GpuOfEachSlot(firstSlot);
        _firstGpu = firstGpu;
        _speed = speed;
        GpuCount = firstSlot.Length - 1;
        ReplicaCount = firstSlot[GpuCount];
        NodeCount = firstGpu.Length - 1;
        GroupCount = groupCount;
        ExcludedGpus = [];
        TotalSpeed = speed.Sum();
        TopSpeed = speed.Max();
        IsEven = HasEqualSteps(firstSlot) && HasEqualSteps(firstGpu);
    }

    /// <summary>Physical experts (slots) of one layer over the whole cluster, those of excluded GPUs too.</summary>
    public int ReplicaCount { get; }

    /// <summary>GPUs (ranks), the excluded ones too.</summary>
    public int GpuCount { get; }

    /// <summary>Nodes.</summary>
    public int NodeCount { get; }

    /// <summary>Expert groups of the model's router.</summary>
    public int GroupCount { get; }

    /// <summary>GPUs that hold nothing, ascending.</summary>
    public IReadOnlyList<int> ExcludedGpus { get; }

    /// <summary>Relative speed of each GPU, 0 for the excluded ones: [GPUs]; null where none were given.</summary>
    public IReadOnlyList<double>? GpuSpeed { get; }

    /// <summary>Slots of one layer on a GPU; the most of them where they do not divide evenly.</summary>
    public int SlotsPerGpu => (ReplicaCount + GpuCount - 1) / GpuCount;

    /// <summary>GPUs in each node.</summary>
    public int GpusPerNode => GpuCount / NodeCount;

    /// <summary>Sum of the speeds of all GPUs that are not excluded; their number where all run at speed 1.</summary>
    internal double TotalSpeed { get; }

    /// <summary>Speed of the fastest GPU.</summary>
    internal double TopSpeed { get; }

    /// <summary>True when all GPUs have the same number of slots and all nodes the same number of GPUs.</summary>
    internal bool IsEven { get; }

    /// <summary>True when the GPUs that are not excluded are all equally fast.</summary>
    internal bool IsOfOneSpeed => _speed is null || Array.TrueForAll(_speed, speed => speed == 0 || speed == TopSpeed);

    /// <summary>The GPUs that are not excluded as a cluster of its own, numbered anew, without nodes that have none; this shape where none is excluded.</summary>
    internal ClusterShape Live => field ??= ExcludedGpus.Count == 0 ? this : Part(Enumerable.Range(0, GpuCount).Where(gpu => !IsExcluded(gpu)));

    /// <summary>GPU that owns a slot.</summary>
    /// <param name="physicalExpert">Slot of the layer, 0 to ReplicaCount-1.</param>
    public int GpuOf(int physicalExpert) => _gpuOfSlot is null ? physicalExpert / SlotsPerGpu : _gpuOfSlot[physicalExpert];

    /// <summary>Number of a slot on the GPU that owns it, 0 for the first.</summary>
    /// <param name="physicalExpert">Slot of the layer, 0 to ReplicaCount-1.</param>
    public int SlotOf(int physicalExpert) => physicalExpert - FirstSlotOf(GpuOf(physicalExpert));

    /// <summary>Node that owns a GPU.</summary>
    /// <param name="gpu">GPU, 0 to GpuCount-1.</param>
    public int NodeOf(int gpu)
    {
        if (_firstGpu is null) return gpu / GpusPerNode;
        int found = Array.BinarySearch(_firstGpu, gpu);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>True when a GPU holds nothing.</summary>
    /// <param name="gpu">GPU, 0 to GpuCount-1.</param>
    public bool IsExcluded(int gpu) => _speed is not null && _speed[gpu] == 0;

    /// <summary>Relative speed of a GPU; 0 for an excluded one, and 1 for all others where no speeds were given.</summary>
    /// <param name="gpu">GPU, 0 to GpuCount-1.</param>
    public double SpeedOf(int gpu) => _speed is null ? 1 : _speed[gpu];

    /// <summary>First slot of a GPU; ReplicaCount for the GPU after the last one.</summary>
    /// <param name="gpu">GPU, 0 to GpuCount.</param>
    public int FirstSlotOf(int gpu) => _firstSlot is null ? gpu * SlotsPerGpu : _firstSlot[gpu];

    /// <summary>First GPU of a node; GpuCount for the node after the last one.</summary>
    /// <param name="node">Node, 0 to NodeCount.</param>
    public int FirstGpuOf(int node) => _firstGpu is null ? node * GpusPerNode : _firstGpu[node];

    /// <summary>First slot of a node; ReplicaCount for the node after the last one.</summary>
    /// <param name="node">Node, 0 to NodeCount.</param>
    internal int FirstSlotOfNode(int node) => FirstSlotOf(FirstGpuOf(node));

    /// <summary>Slots of a node.</summary>
    /// <param name="node">Node, 0 to NodeCount-1.</param>
    internal int SlotsOfNode(int node) => FirstSlotOfNode(node + 1) - FirstSlotOfNode(node);

    /// <summary>Slots of a GPU.</summary>
    /// <param name="gpu">GPU, 0 to GpuCount-1.</param>
    public int SlotsOn(int gpu) => FirstSlotOf(gpu + 1) - FirstSlotOf(gpu);

    /// <summary>GPUs of a node that are not excluded.</summary>
    /// <param name="node">Node, 0 to NodeCount-1.</param>
    internal int GpusInUseOf(int node)
    {
        int gpus = FirstGpuOf(node + 1) - FirstGpuOf(node);
        return ExcludedGpus.Count == 0 ? gpus : gpus - ExcludedGpus.Count(gpu => NodeOf(gpu) == node);
    }

    /// <summary>Sum of the speeds of a node's GPUs.</summary>
    /// <param name="node">Node, 0 to NodeCount-1.</param>
    internal double SpeedOfNode(int node)
    {
        double sum = 0;
        for (int gpu = FirstGpuOf(node); gpu < FirstGpuOf(node + 1); gpu++) sum += SpeedOf(gpu);
        return sum;
    }

    /// <summary>First slot of each GPU, and the number of slots as the last entry: [GPUs + 1].</summary>
    internal int[] FirstSlots() => [.. Enumerable.Range(0, GpuCount + 1).Select(FirstSlotOf)];

    /// <summary>Speed of each GPU: [GPUs].</summary>
    internal double[] Speeds() => [.. Enumerable.Range(0, GpuCount).Select(SpeedOf)];

    /// <summary>One node as a cluster of its own, of one group.</summary>
    /// <param name="node">Node, 0 to NodeCount-1.</param>
    internal ClusterShape Node(int node) => Part(Enumerable.Range(FirstGpuOf(node), FirstGpuOf(node + 1) - FirstGpuOf(node)));

    /// <summary>True when plans for this shape are plans for another one too.</summary>
    /// <param name="other">The other shape.</param>
    internal bool Fits(ClusterShape other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (ReplicaCount != other.ReplicaCount || GpuCount != other.GpuCount || NodeCount != other.NodeCount || GroupCount != other.GroupCount) return false;
        if (IsEven && other.IsEven && _speed is null && other._speed is null) return true;
        for (int gpu = 0; gpu < GpuCount; gpu++)
        {
            if (FirstSlotOf(gpu) != other.FirstSlotOf(gpu) || NodeOf(gpu) != other.NodeOf(gpu) || SpeedOf(gpu) != other.SpeedOf(gpu)) return false;
        }

        return true;
    }

    /// <summary>Checks that every GPU has the same number of slots.</summary>
    /// <param name="unless">What makes the check unnecessary, as the message ends the rule; empty for nothing.</param>
    /// <exception cref="EplbException">The slots do not divide evenly.</exception>
    internal void CheckEven(string unless = "") =>
        CountRules.CheckMultiple(ReplicaCount, nameof(ReplicaCount), GpuCount, nameof(GpuCount), "every GPU holds the same number of slots" + unless);

    private static int[] GpuOfEachSlot(int[] firstSlot)
    {
        int[] gpus = new int[firstSlot[firstSlot.Length - 1]];
        for (int gpu = 0; gpu + 1 < firstSlot.Length; gpu++) gpus.AsSpan(firstSlot[gpu], firstSlot[gpu + 1] - firstSlot[gpu]).Fill(gpu);
        return gpus;
    }

    private static bool HasEqualSteps(int[] first)
    {
        for (int i = 2; i < first.Length; i++)
        {
            if (first[i] - first[i - 1] != first[1]) return false;
        }

        return true;
    }

    private ClusterShape Part(IEnumerable<int> gpus)
    {
        List<int> firstSlot = [0], firstGpu = [];
        List<double> speed = [];
        int node = -1;
        foreach (int gpu in gpus)
        {
            if (NodeOf(gpu) != node) firstGpu.Add(speed.Count);
            node = NodeOf(gpu);
            firstSlot.Add(firstSlot[firstSlot.Count - 1] + SlotsOn(gpu));
            speed.Add(SpeedOf(gpu));
        }

        firstGpu.Add(speed.Count);
        return new ClusterShape([.. firstSlot], [.. firstGpu], GroupCount, [.. speed]);
    }
}
