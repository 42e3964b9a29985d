namespace Eplb;

/// <summary>Chooses which expert groups share a node, so that the slowest node is as fast as it can be.</summary>
/// <remarks>
/// A node can be no faster than its total load over its GPUs, nor than its largest replica under the best replica counts. The totals
/// are balanced first, as a plan of groups on nodes; where a node then lacks slots for its hottest experts, groups are exchanged
/// as long as that lowers the higher of the two bounds.
/// </remarks>
internal sealed class GroupPacking
{
    private readonly ClusterShape _shape;
    private readonly int _groupSize;
    private readonly GpuAssignment _nodes;
    private readonly LocalSearch _search;
    private readonly int[] _start;
    private readonly double[] _nodeLoad;
    private readonly int[] _slots;        // [nodes]
    private readonly double[] _topSpeed;  // [nodes]: speed of the node's fastest GPU

    public GroupPacking(int experts, ClusterShape shape)
    {
        _shape = shape;
        _groupSize = experts / shape.GroupCount;
        int groupsPerNode = shape.GroupCount / shape.NodeCount;
        _nodes = new GpuAssignment(shape.GroupCount,
            [.. Enumerable.Range(0, shape.NodeCount + 1).Select(node => node * groupsPerNode)],
            [.. Enumerable.Range(0, shape.NodeCount).Select(shape.SpeedOfNode)]);
        _slots = [.. Enumerable.Range(0, shape.NodeCount).Select(shape.SlotsOfNode)];
        _topSpeed = [.. Enumerable.Range(0, shape.NodeCount).Select(node => shape.Node(node).TopSpeed)];
        _search = new LocalSearch(_nodes, fixedCounts: true);
        _start = new int[shape.GroupCount];
        _nodeLoad = new double[experts / shape.NodeCount];
    }

    /// <summary>Improves a packing of groups onto nodes.</summary>
    /// <param name="load">Load of each expert: [experts].</param>
    /// <param name="nodeOfGroup">Node of each group; changed in place: [groups].</param>
    /// <param name="cancellationToken">Stops between two changes.</param>
    /// <returns>Load that the most loaded GPU cannot go below with this packing.</returns>
    public double Improve(ReadOnlySpan<double> load, Span<int> nodeOfGroup, CancellationToken cancellationToken)
    {
        _nodes.Load.AsSpan().Clear();
        for (int expert = 0; expert < load.Length; expert++) _nodes.Load[expert / _groupSize] += load[expert];
        int place = 0;
        for (int node = 0; node < _shape.NodeCount; node++)
        {
            for (int group = 0; group < nodeOfGroup.Length; group++)
            {
                if (nodeOfGroup[group] == node) _start[place++] = group;
            }
        }

        _nodes.Assign(_start);
        _search.Improve(NodePackingBound.Of(load, _shape), cancellationToken);
        double bound = ExchangeWhileReplicasBind(load, cancellationToken);
        for (int slot = 0; slot < nodeOfGroup.Length; slot++) nodeOfGroup[_nodes.Expert[slot]] = _nodes.GpuOf[slot];
        return bound;
    }

    private double ExchangeWhileReplicasBind(ReadOnlySpan<double> load, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int worst = 0;
            double bound = 0;
            for (int node = 0; node < _shape.NodeCount; node++)
            {
                double own = BoundOf(node, load);
                if (own <= bound) continue;
                bound = own;
                worst = node;
            }

            if (bound <= Slowest() || !TryExchange(worst, bound, load)) return bound;
        }
    }

    private double Slowest() => _nodes.Time[_nodes.HottestGpu()];

    // The first exchange of a group of the node that leaves both nodes below its bound.
    private bool TryExchange(int node, double bound, ReadOnlySpan<double> load)
    {
        double limit = bound * (1 - GpuAssignment.Rounding);
        for (int slot = _nodes.FirstSlot[node]; slot < _nodes.FirstSlot[node + 1]; slot++)
        {
            for (int other = 0; other < _nodes.SlotCount; other++)
            {
                if (_nodes.GpuOf[other] == node) continue;
                _nodes.Swap(slot, other);
                if (BoundOf(node, load) < limit && BoundOf(_nodes.GpuOf[other], load) < limit) return true;
                _nodes.Swap(slot, other);
            }
        }

        return false;
    }

    private double BoundOf(int node, ReadOnlySpan<double> load)
    {
        int next = 0;
        foreach (int group in _nodes.ExpertsOn(node))
        {
            load.Slice(group * _groupSize, _groupSize).CopyTo(_nodeLoad.AsSpan(next));
            next += _groupSize;
        }

        return Math.Max(_nodes.Time[node], ReplicaBound.Of(_nodeLoad, _slots[node]) / _topSpeed[node]);
    }
}
