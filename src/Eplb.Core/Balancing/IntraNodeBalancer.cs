namespace Eplb;

/// <summary>Replicates over all experts, cuts the replicas into one consecutive chunk a node, packs each chunk onto the node's GPUs.</summary>
/// <remarks>FastDeploy's <c>balance_intra_node</c>, for routers that keep a token's experts within one node.</remarks>
internal sealed class IntraNodeBalancer : LayerBalancer
{
    private readonly ClusterShape _shape;
    private readonly Replication _replication = new();
    private readonly Packing _packing = new();
    private readonly int[] _made;
    private readonly int[] _madeReplica;
    private readonly double[] _slotLoad;
    private readonly int[] _gpu;
    private readonly int[] _slot;

    public IntraNodeBalancer(ClusterShape shape)
    {
        _shape = shape;
        _made = new int[shape.ReplicaCount];
        _madeReplica = new int[shape.ReplicaCount];
        int slotsPerNode = shape.ReplicaCount / shape.NodeCount;
        _slotLoad = new double[slotsPerNode];
        _gpu = new int[slotsPerNode];
        _slot = new int[slotsPerNode];
    }

    /// <inheritdoc/>
    public override void Balance(ReadOnlySpan<float> load, Span<int> physicalToLogical, Span<int> replica, Span<int> expertCount)
    {
        _replication.Replicate(load, _made, _madeReplica, expertCount);
        int slots = _slotLoad.Length;
        for (int first = 0; first < _made.Length; first += slots)
        {
            for (int i = 0; i < slots; i++)
            {
                int expert = _made[first + i];
                _slotLoad[i] = (double)load[expert] / expertCount[expert];
            }

            _packing.Pack(_slotLoad, _shape.GpusPerNode, _gpu, _slot);
            for (int i = 0; i < slots; i++)
            {
                int physical = first + (_gpu[i] * _shape.SlotsPerGpu) + _slot[i];
                physicalToLogical[physical] = _made[first + i];
                replica[physical] = _madeReplica[first + i];
            }
        }
    }
}
