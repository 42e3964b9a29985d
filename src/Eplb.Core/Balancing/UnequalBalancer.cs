namespace Eplb;

/// <summary>Plans a cluster whose GPUs differ in their numbers of slots or their speeds, or whose nodes differ in their GPUs: where the reference has no rule.</summary>
/// <remarks>
/// The reference's steps with loads over speeds: groups to nodes under Hierarchical, replicas within nodes, replicas to GPUs; the
/// largest first, each to where it ends earliest among those with room, the lowest index on ties.
/// </remarks>
internal sealed class UnequalBalancer : LayerBalancer
{
    private readonly int _groupSize;
    private readonly int _groupsPerNode;
    private readonly double[] _nodeSpeed;
    private readonly ClusterShape[] _node;
    private readonly int[] _firstSlot;    // [nodes]
    private readonly DescendingOrder _order = new();
    private readonly Replication _replication = new();
    private readonly double[] _groupLoad;
    private readonly int[] _nodeOfGroup;
    private readonly int[] _groupRoom;    // [nodes]
    private readonly double[] _nodeLoad;
    private readonly float[] _load;       // [experts of a node]
    private readonly int[] _logical;      // [experts of a node]
    private readonly int[] _count;
    private readonly double[] _share;

    public UnequalBalancer(PlacementPolicy policy, int experts, ClusterShape shape)
    {
        bool isFree = policy == PlacementPolicy.Global || shape.NodeCount == 1;
        int nodes = isFree ? 1 : shape.NodeCount, groups = isFree ? 1 : shape.GroupCount;
        _node = isFree ? [shape] : [.. Enumerable.Range(0, nodes).Select(shape.Node)];
        _firstSlot = isFree ? [0] : [.. Enumerable.Range(0, nodes).Select(shape.FirstSlotOfNode)];
        _nodeSpeed = [.. _node.Select(node => node.TotalSpeed)];
        _groupSize = experts / groups;
        _groupsPerNode = groups / nodes;
        _groupLoad = new double[groups];
        _nodeOfGroup = new int[groups];
        _groupRoom = new int[nodes];
        _nodeLoad = new double[nodes];
        _load = new float[experts / nodes];
        _logical = new int[experts / nodes];
        _count = new int[experts / nodes];
        _share = new double[experts / nodes];
    }

    /// <inheritdoc/>
    public override void Balance(ReadOnlySpan<float> load, Span<int> physicalToLogical, Span<int> replica, Span<int> expertCount)
    {
        AssignGroups(load);
        for (int node = 0; node < _node.Length; node++)
        {
            int next = 0;
            for (int expert = 0; expert < load.Length; expert++)
            {
                if (_nodeOfGroup[expert / _groupSize] != node) continue;
                _load[next] = load[expert];
                _logical[next++] = expert;
            }

            int slots = _node[node].ReplicaCount;
            PlanNode(_node[node], physicalToLogical.Slice(_firstSlot[node], slots), replica.Slice(_firstSlot[node], slots));
            for (int i = 0; i < next; i++) expertCount[_logical[i]] = _count[i];
        }
    }

    private void AssignGroups(ReadOnlySpan<float> load)
    {
        _nodeLoad.AsSpan().Clear();
        _groupRoom.AsSpan().Fill(_groupsPerNode);
        for (int group = 0; group < _groupLoad.Length; group++) _groupLoad[group] = PairwiseSum.Of(load.Slice(group * _groupSize, _groupSize));
        foreach (int group in _order.Of(_groupLoad))
        {
            int node = Earliest(_nodeLoad, _groupLoad[group], _nodeSpeed, _groupRoom);
            _nodeOfGroup[group] = node;
            _nodeLoad[node] += _groupLoad[group];
            _groupRoom[node]--;
        }
    }

    private void PlanNode(ClusterShape node, Span<int> physicalToLogical, Span<int> replica)
    {
        int[] made = new int[node.ReplicaCount], madeReplica = new int[node.ReplicaCount];
        _replication.Replicate(_load, made, madeReplica, _count, _share);
        double[] slotLoad = [.. made.Select(expert => _share[expert])], gpuLoad = new double[node.GpuCount], speed = node.Speeds();
        int[] room = [.. Enumerable.Range(0, node.GpuCount).Select(node.SlotsOn)];
        foreach (int entry in _order.Of(slotLoad))
        {
            int gpu = Earliest(gpuLoad, slotLoad[entry], speed, room);
            int slot = node.FirstSlotOf(gpu + 1) - room[gpu]--;
            gpuLoad[gpu] += slotLoad[entry];
            physicalToLogical[slot] = _logical[made[entry]];
            replica[slot] = madeReplica[entry];
        }
    }

    private static int Earliest(double[] load, double more, double[] speed, int[] room)
    {
        int earliest = -1;
        double end = double.PositiveInfinity;
        for (int i = 0; i < load.Length; i++)
        {
            if (room[i] == 0 || (load[i] + more) / speed[i] >= end) continue;
            end = (load[i] + more) / speed[i];
            earliest = i;
        }

        return earliest;
    }
}
