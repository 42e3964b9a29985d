namespace Eplb;

/// <summary>Refines a plan whose groups stay on one node each: first which groups share a node, then each node by itself.</summary>
/// <remarks>
/// A node is refined no further than the slowest node allows, since the slowest GPU of the cluster is what counts. A node whose
/// groups change is planned anew, as the policy Global plans a cluster.
/// </remarks>
internal sealed class HierarchicalRefinement : LayerRefinement
{
    private readonly ClusterShape _shape;
    private readonly int _groupSize;
    private readonly int _nodeExperts;
    private readonly GroupPacking _packing;
    private readonly PoolRefinement[] _node;      // [nodes]
    private readonly LayerBalancer[] _balancer;   // [nodes]
    private readonly int[] _firstSlot;            // [nodes + 1]
    private readonly int[] _nodeOfGroup;
    private readonly int[] _startNodeOfGroup;
    private readonly int[] _logical;     // [experts]: logical expert at each place of the node-major order
    private readonly int[] _place;       // [experts]: its inverse, within the node
    private readonly float[] _float;
    private readonly int[] _slots;
    private readonly int[] _replica;
    private readonly int[] _count;
    private readonly int[] _best;

    public HierarchicalRefinement(int experts, ClusterShape shape)
    {
        _shape = shape;
        _groupSize = experts / shape.GroupCount;
        _nodeExperts = experts / shape.NodeCount;
        _packing = new GroupPacking(experts, shape);
        _node = NodePools.Of(shape, node => new PoolRefinement(_nodeExperts, node));
        _balancer = NodePools.Of(shape, node => LayerBalancer.Create(PlacementPolicy.Global, _nodeExperts, node));
        _firstSlot = [.. Enumerable.Range(0, shape.NodeCount + 1).Select(shape.FirstSlotOfNode)];
        _nodeOfGroup = new int[shape.GroupCount];
        _startNodeOfGroup = new int[shape.GroupCount];
        _logical = new int[experts];
        _place = new int[experts];
        _float = new float[_nodeExperts];
        _slots = new int[shape.ReplicaCount];
        _replica = new int[shape.ReplicaCount];
        _count = new int[_nodeExperts];
        _best = new int[shape.ReplicaCount];
    }

    /// <inheritdoc/>
    public override void Refine(ReadOnlySpan<double> load, Span<int> physicalToLogical, CancellationToken cancellationToken)
    {
        for (int node = 0; node < _node.Length; node++)
        {
            foreach (int expert in SlotsOf(node, physicalToLogical)) _startNodeOfGroup[expert / _groupSize] = node;
        }

        _startNodeOfGroup.AsSpan().CopyTo(_nodeOfGroup);
        double bound = _packing.Improve(load, _nodeOfGroup, cancellationToken);
        if (RefineNodes(load, physicalToLogical, bound, cancellationToken) > Slowest(load, physicalToLogical))
        {
            // A node that is planned anew starts from another plan, which need not lead below the one that there was.
            _startNodeOfGroup.AsSpan().CopyTo(_nodeOfGroup);
            RefineNodes(load, physicalToLogical, bound, cancellationToken);
        }

        _best.AsSpan().CopyTo(physicalToLogical);
    }

    private double RefineNodes(ReadOnlySpan<double> load, ReadOnlySpan<int> physicalToLogical, double bound, CancellationToken cancellationToken)
    {
        double slowest = 0;
        NumberByNode();
        for (int node = 0; node < _shape.NodeCount; node++)
        {
            ReadOnlySpan<int> logical = _logical.AsSpan(node * _nodeExperts, _nodeExperts);
            Span<double> nodeLoad = _node[node].Load;
            Span<int> slots = _slots.AsSpan(_firstSlot[node], _firstSlot[node + 1] - _firstSlot[node]);
            for (int i = 0; i < logical.Length; i++) nodeLoad[i] = load[logical[i]];
            if (KeepsItsGroups(node))
            {
                ReadOnlySpan<int> start = SlotsOf(node, physicalToLogical);
                for (int slot = 0; slot < slots.Length; slot++) slots[slot] = _place[start[slot]];
            }
            else
            {
                for (int i = 0; i < logical.Length; i++) _float[i] = (float)nodeLoad[i];
                _balancer[node].Balance(_float, slots, _replica.AsSpan(0, slots.Length), _count);
            }

            slowest = Math.Max(slowest, _node[node].Refine(slots, bound, cancellationToken));
            for (int slot = 0; slot < slots.Length; slot++) _best[_firstSlot[node] + slot] = logical[slots[slot]];
        }

        return slowest;
    }

    private double Slowest(ReadOnlySpan<double> load, ReadOnlySpan<int> physicalToLogical)
    {
        _place.AsSpan().Clear();
        foreach (int expert in physicalToLogical) _place[expert]++;
        double slowest = 0;
        for (int gpu = 0; gpu < _shape.GpuCount; gpu++)
        {
            double sum = 0;
            foreach (int expert in physicalToLogical.Slice(_shape.FirstSlotOf(gpu), _shape.SlotsOn(gpu))) sum += load[expert] / _place[expert];
            slowest = Math.Max(slowest, sum / _shape.SpeedOf(gpu));
        }

        return slowest;
    }

    private ReadOnlySpan<int> SlotsOf(int node, ReadOnlySpan<int> slots) => slots.Slice(_firstSlot[node], _firstSlot[node + 1] - _firstSlot[node]);

    private bool KeepsItsGroups(int node)
    {
        for (int group = 0; group < _nodeOfGroup.Length; group++)
        {
            if ((_nodeOfGroup[group] == node) != (_startNodeOfGroup[group] == node)) return false;
        }

        return true;
    }

    private void NumberByNode()
    {
        int next = 0;
        for (int node = 0; node < _shape.NodeCount; node++)
        {
            for (int expert = 0; expert < _place.Length; expert++)
            {
                if (_nodeOfGroup[expert / _groupSize] != node) continue;
                _place[expert] = next % _nodeExperts;
                _logical[next++] = expert;
            }
        }
    }
}
