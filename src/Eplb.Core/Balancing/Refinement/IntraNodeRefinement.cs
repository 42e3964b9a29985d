namespace Eplb;

/// <summary>Refines within each node: the nodes keep what they hold, since the policy deals whole runs of experts to them.</summary>
internal sealed class IntraNodeRefinement(int experts, ClusterShape shape) : LayerRefinement
{
    private readonly PoolRefinement[] _node = NodePools.Of(shape, pool => new PoolRefinement(pool.ReplicaCount, pool, fixedCounts: true));
    private readonly int[] _count = new int[experts];
    private readonly int[] _local = new int[experts];    // [experts]: number within the node, or -1
    private readonly int[] _logical = new int[shape.ReplicaCount / shape.NodeCount];
    private readonly int[] _slots = new int[shape.ReplicaCount / shape.NodeCount];

    /// <inheritdoc/>
    public override void Refine(ReadOnlySpan<double> load, Span<int> physicalToLogical, CancellationToken cancellationToken)
    {
        _count.AsSpan().Clear();
        foreach (int expert in physicalToLogical) _count[expert]++;
        for (int i = 0; i < _node.Length; i++)
        {
            Span<int> node = physicalToLogical.Slice(i * _slots.Length, _slots.Length);
            double largest = Number(node, load, _node[i].Load);
            _node[i].Refine(_slots, _node[i].Bound(largest), cancellationToken);
            for (int slot = 0; slot < node.Length; slot++) node[slot] = _logical[_slots[slot]];
        }
    }

    // The load that an expert brings to the node is that of its replicas there. Returns that of the largest replica.
    private double Number(ReadOnlySpan<int> node, ReadOnlySpan<double> load, Span<double> nodeLoad)
    {
        nodeLoad.Clear();
        _local.AsSpan().Fill(-1);
        int next = 0;
        double largest = 0;
        for (int slot = 0; slot < node.Length; slot++)
        {
            int expert = node[slot];
            if (_local[expert] < 0)
            {
                _logical[next] = expert;
                _local[expert] = next++;
            }

            _slots[slot] = _local[expert];
            nodeLoad[_slots[slot]] += load[expert] / _count[expert];
            largest = Math.Max(largest, load[expert] / _count[expert]);
        }

        return largest;
    }
}
