namespace Eplb;

/// <summary>Groups to nodes, replicas within nodes, replicas to GPUs: <c>rebalance_experts_hierarchical</c> of the reference.</summary>
internal sealed class HierarchicalBalancer : LayerBalancer
{
    private readonly int _nodes;
    private readonly int _gpusPerNode;
    private readonly int _groupSize;
    private readonly Replication _replication = new();
    private readonly Packing _groupPacking = new();
    private readonly Packing _slotPacking = new();
    private readonly double[] _groupLoad;
    private readonly int[] _groupPlace;
    private readonly int[] _nodeExpert;   // [experts]: logical expert at each place of the node-major order
    private readonly float[] _nodeLoad;   // [experts of a node]
    private readonly int[] _nodeCount;    // [experts of a node]
    private readonly double[] _share;     // [experts of a node]: load of each replica
    private readonly int[] _made;         // [slots of a node]: expert of each replica in the order they are made
    private readonly int[] _madeReplica;
    private readonly double[] _slotLoad;
    private readonly int[] _place;

    public HierarchicalBalancer(int experts, int slots, int groups, int nodes, int gpus)
    {
        _nodes = nodes;
        _gpusPerNode = gpus / nodes;
        _groupSize = experts / groups;
        _groupLoad = new double[groups];
        _groupPlace = new int[groups];
        _nodeExpert = new int[experts];
        _nodeLoad = new float[experts / nodes];
        _nodeCount = new int[experts / nodes];
        _share = new double[experts / nodes];
        _made = new int[slots / nodes];
        _madeReplica = new int[slots / nodes];
        _slotLoad = new double[slots / nodes];
        _place = new int[slots / nodes];
    }

    /// <inheritdoc/>
    public override void Balance(ReadOnlySpan<float> load, Span<int> physicalToLogical, Span<int> replica, Span<int> expertCount)
    {
        AssignGroups(load);
        int experts = _nodeLoad.Length, slots = _made.Length;
        ReadOnlySpan<int> made = _made, madeReplica = _madeReplica, place = _place;
        for (int node = 0; node < _nodes; node++)
        {
            ReadOnlySpan<int> nodeExpert = _nodeExpert.AsSpan(node * experts, experts);
            Gather(load, nodeExpert, _nodeLoad);
            _replication.Replicate(_nodeLoad, _made, _madeReplica, _nodeCount, _share);
            Gather(_share, made, _slotLoad);
            _slotPacking.Pack(_slotLoad, _gpusPerNode, _place);
            Span<int> nodeSlot = physicalToLogical.Slice(node * slots, slots), nodeReplica = replica.Slice(node * slots, slots);
            for (int i = 0; i < place.Length; i++)
            {
                nodeSlot[place[i]] = nodeExpert[made[i]];
                nodeReplica[place[i]] = madeReplica[i];
            }

            for (int i = 0; i < nodeExpert.Length; i++) expertCount[nodeExpert[i]] = _nodeCount[i];
        }
    }

    private static void Gather<T>(ReadOnlySpan<T> from, ReadOnlySpan<int> index, Span<T> to)
    {
        for (int i = 0; i < index.Length; i++) to[i] = from[index[i]];
    }

    // Step 1 of the reference. With one node the "packing" is still a sort, and its order decides later ties.
    private void AssignGroups(ReadOnlySpan<float> load)
    {
        for (int group = 0; group < _groupLoad.Length; group++)
            _groupLoad[group] = PairwiseSum.Of(load.Slice(group * _groupSize, _groupSize));
        _groupPacking.Pack(_groupLoad, _nodes, _groupPlace);
        for (int group = 0; group < _groupPlace.Length; group++)
        {
            int place = _groupPlace[group] * _groupSize;
            for (int i = 0; i < _groupSize; i++) _nodeExpert[place + i] = (group * _groupSize) + i;
        }
    }
}
