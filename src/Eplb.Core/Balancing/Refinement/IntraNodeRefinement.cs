namespace Eplb;

/// <summary>Refines within each node: the nodes keep what they hold, since the policy deals whole runs of experts to them.</summary>
internal sealed class IntraNodeRefinement(int experts, ClusterShape shape) : LayerRefinement
{
    private readonly PoolRefinement _node = new(shape.ReplicaCount / shape.NodeCount,
        EvenSlots(shape.GpusPerNode, shape.SlotsPerGpu), EvenSpeed(shape.GpusPerNode), fixedCounts: true);

    private readonly int[] _count = new int[experts];
    private readonly int[] _local = new int[experts];    // [experts]: number within the node, or -1
    private readonly int[] _logical = new int[shape.ReplicaCount / shape.NodeCount];
    private readonly int[] _slots = new int[shape.ReplicaCount / shape.NodeCount];

    /// <inheritdoc/>
    public override void Refine(ReadOnlySpan<double> load, Span<int> physicalToLogical, CancellationToken cancellationToken)
    {
        _count.AsSpan().Clear();
        foreach (int expert in physicalToLogical) _count[expert]++;
        for (int first = 0; first < physicalToLogical.Length; first += _slots.Length)
        {
            Span<int> node = physicalToLogical.Slice(first, _slots.Length);
            Number(node, load);
            _node.Refine(_slots, _node.Bound(), cancellationToken);
            for (int slot = 0; slot < node.Length; slot++) node[slot] = _logical[_slots[slot]];
        }
    }

    // The load that an expert brings to the node is that of its replicas there.
    private void Number(ReadOnlySpan<int> node, ReadOnlySpan<double> load)
    {
        _node.Load.Clear();
        _local.AsSpan().Fill(-1);
        int next = 0;
        for (int slot = 0; slot < node.Length; slot++)
        {
            int expert = node[slot];
            if (_local[expert] < 0)
            {
                _logical[next] = expert;
                _local[expert] = next++;
            }

            _slots[slot] = _local[expert];
            _node.Load[_slots[slot]] += load[expert] / _count[expert];
        }
    }
}
