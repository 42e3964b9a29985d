namespace Eplb;

/// <summary>Plans a cluster whose GPUs differ in their numbers of slots or their speeds, or whose nodes differ in their GPUs: where the reference has no rule.</summary>
/// <remarks>
/// The reference's steps with loads over speeds: groups to nodes under Hierarchical, the largest first, each to where it ends earliest
/// among those with room, the lowest index on ties; then each node, or the cluster, is filled as
/// <see cref="PoolFilling"/> says.
/// </remarks>
internal sealed class UnequalBalancer : LayerBalancer
{
    private readonly int _groupSize;
    private readonly int _groupsPerNode;
    private readonly double[] _nodeSpeed;
    private readonly PoolFilling[] _node;
    private readonly int[] _firstSlot;    // [nodes]
    private readonly DescendingOrder _order = new();
    private readonly double[] _groupLoad;
    private readonly int[] _nodeOfGroup;
    private readonly int[] _groupRoom;    // [nodes]
    private readonly double[] _nodeLoad;
    private readonly float[] _load;       // [experts of a node]
    private readonly int[] _logical;      // [experts of a node]
    private readonly int[] _count;

    public UnequalBalancer(PlacementPolicy policy, int experts, ClusterShape shape)
    {
        bool isFree = policy == PlacementPolicy.Global || shape.NodeCount == 1;
        int nodes = isFree ? 1 : shape.NodeCount, groups = isFree ? 1 : shape.GroupCount;
        ClusterShape[] node = isFree ? [shape] : [.. Enumerable.Range(0, nodes).Select(shape.Node)];
        _node = [.. node.Select(pool => new PoolFilling(experts / nodes, pool))];
        _firstSlot = isFree ? [0] : [.. Enumerable.Range(0, nodes).Select(shape.FirstSlotOfNode)];
        _nodeSpeed = [.. node.Select(pool => pool.TotalSpeed)];
        _groupSize = experts / groups;
        _groupsPerNode = groups / nodes;
        _groupLoad = new double[groups];
        _nodeOfGroup = new int[groups];
        _groupRoom = new int[nodes];
        _nodeLoad = new double[nodes];
        _load = new float[experts / nodes];
        _logical = new int[experts / nodes];
        _count = new int[experts / nodes];
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

            int first = _firstSlot[node], slots = _node[node].Slots;
            _node[node].Plan(_load, physicalToLogical.Slice(first, slots), replica.Slice(first, slots), _count);
            foreach (ref int expert in physicalToLogical.Slice(first, slots)) expert = _logical[expert];
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
            int node = EarliestEnd.Of(_nodeLoad, _groupLoad[group], _nodeSpeed, _groupRoom);
            _nodeOfGroup[group] = node;
            _nodeLoad[node] += _groupLoad[group];
            _groupRoom[node]--;
        }
    }
}
