namespace Eplb;

/// <summary>Replicates over all experts, cuts the replicas into one consecutive chunk a node, packs each chunk onto the node's GPUs.</summary>
/// <remarks>FastDeploy's <c>balance_intra_node</c>, for routers that keep a token's experts within one node.</remarks>
internal sealed class IntraNodeBalancer : LayerBalancer
{
    private readonly int _gpusPerNode;
    private readonly Replication _replication = new();
    private readonly Packing _packing = new();
    private readonly int[] _made;         // [slots]: expert of each replica in the order they are made
    private readonly int[] _madeReplica;
    private readonly double[] _share;     // [experts]: load of each replica
    private readonly double[] _slotLoad;  // [slots of a node]
    private readonly int[] _place;        // [slots of a node]

    public IntraNodeBalancer(int experts, ClusterShape shape)
    {
        _gpusPerNode = shape.GpusPerNode;
        _made = new int[shape.ReplicaCount];
        _madeReplica = new int[shape.ReplicaCount];
        _share = new double[experts];
        _slotLoad = new double[shape.ReplicaCount / shape.NodeCount];
        _place = new int[shape.ReplicaCount / shape.NodeCount];
    }

    /// <inheritdoc/>
    public override void Balance(ReadOnlySpan<float> load, Span<int> physicalToLogical, Span<int> replica, Span<int> expertCount)
    {
        _replication.Replicate(load, _made, _madeReplica, expertCount, _share);
        int slots = _slotLoad.Length;
        for (int first = 0; first < _made.Length; first += slots)
        {
            for (int i = 0; i < slots; i++) _slotLoad[i] = _share[_made[first + i]];
            _packing.Pack(_slotLoad, _gpusPerNode, _place);
            for (int i = 0; i < slots; i++)
            {
                int physical = first + _place[i];
                physicalToLogical[physical] = _made[first + i];
                replica[physical] = _madeReplica[first + i];
            }
        }
    }
}
