namespace Eplb;

/// <summary>Says what has to be written and sent to go from one placement to another of the same cluster.</summary>
public sealed class PlacementComparison
{
    private readonly PlacementMap _from;
    private readonly PlacementMap _to;
    private readonly double _expertBytes;
    private readonly CancellationToken _cancellationToken;
    private readonly (LayerPlacement From, LayerPlacement To)[] _layers;

    /// <summary>Checks that the placements fit together.</summary>
    /// <param name="from">Placement in force.</param>
    /// <param name="to">Placement to go to.</param>
    /// <param name="expertBytes">Bytes of the weights of one expert of one layer, 0 or more.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="EplbException">Other numbers of slots, GPUs, nodes or experts, or a layer that only one of them has.</exception>
    public PlacementComparison(PlacementMap from, PlacementMap to, double expertBytes = 0, CancellationToken cancellationToken = default)
    {
        _from = from ?? throw new ArgumentNullException(nameof(from));
        _to = to ?? throw new ArgumentNullException(nameof(to));
        _expertBytes = expertBytes;
        _cancellationToken = cancellationToken;
        if (from.ReplicaCount != to.ReplicaCount || from.GpuCount != to.GpuCount)
        {
            throw new EplbException(EplbError.PlacementInvalid,
                $"The placements are of different clusters: {from.ReplicaCount} slots on {from.GpuCount} GPUs, and {to.ReplicaCount} on {to.GpuCount}.", to);
        }

        if (from.NodeCount != to.NodeCount)
        {
            throw new EplbException(EplbError.PlacementInvalid,
                $"The placements are of different clusters: NodeCount {from.NodeCount} and NodeCount {to.NodeCount} for {from.GpuCount} GPUs; what is sent between nodes depends on it.", to);
        }

        CheckModel(from, to);
        _layers = [.. from.Layers.Zip(to.Layers, (before, after) => (before, after))];
    }

    /// <summary>Checks that two placements are of the same layers of the same model.</summary>
    /// <param name="from">Placement in force.</param>
    /// <param name="to">Placement to go to.</param>
    /// <exception cref="EplbException">Other numbers of experts, or a layer that only one of them has.</exception>
    internal static void CheckModel(PlacementMap from, PlacementMap to)
    {
        if (from.ExpertCount[0].Length != to.ExpertCount[0].Length)
        {
            throw new EplbException(EplbError.RowLengthMismatch,
                $"The one placement has {from.ExpertCount[0].Length} logical experts and the other {to.ExpertCount[0].Length}.", to);
        }

        if ((LayerIds.FindLeftOut(from.Layer, to.Layer) ?? LayerIds.FindLeftOut(to.Layer, from.Layer)) is { } layer)
            throw new EplbException(EplbError.LayerMissing, $"Only one of the placements, of layers {LayerIds.Range(from.Layer)} and {LayerIds.Range(to.Layer)}, has layer {layer}. {LayerIds.Advice}", layer);
    }

    /// <summary>The slots to be written, layer after layer in slot order.</summary>
    public IEnumerable<ExpertMove> Moves() => _layers.SelectMany(layer => MovesOf(layer.From, layer.To));

    /// <summary>What the moves cost together.</summary>
    /// <param name="intraNodeBandwidth">Bytes a second between two GPUs of a node, above 0; null when not known.</param>
    /// <param name="interNodeBandwidth">Bytes a second between GPUs of different nodes, above 0; null when not known.</param>
    public MoveSummary Summarize(double? intraNodeBandwidth = null, double? interNodeBandwidth = null)
    {
        bool timed = intraNodeBandwidth is not null && interNodeBandwidth is not null;
        var bytes = new GpuTraffic(_to.GpuCount);
        GpuTraffic time = timed ? new GpuTraffic(_to.GpuCount) : bytes;
        int[] count = new int[(int)MoveScope.Storage + 1];
        int batches = 0;
        foreach ((LayerPlacement from, LayerPlacement to) in _layers)
        {
            int ofLayer = 0;
            foreach (ExpertMove move in MovesOf(from, to))
            {
                count[(int)move.Scope]++;
                if (move.Batch is not { } batch) continue;
                ofLayer = Math.Max(ofLayer, batch + 1);
                bytes.Add(move, move.Bytes);
                if (timed) time.Add(move, move.Bytes * (1 / (move.Scope == MoveScope.IntraNode ? intraNodeBandwidth!.Value : interNodeBandwidth!.Value)));
            }

            batches += ofLayer;
        }

        int within = count[(int)MoveScope.IntraNode], between = count[(int)MoveScope.InterNode];
        int busiest = time.Busiest();
        return new MoveSummary
        {
            LayerCount = _layers.Length,
            SlotCount = count.Sum(),
            SlotShare = (double)count.Sum() / ((long)_layers.Length * _to.ReplicaCount),
            MovedSlotCount = count.Sum() - count[(int)MoveScope.SameGpu],
            IntraNodeCount = within,
            InterNodeCount = between,
            StorageCount = count[(int)MoveScope.Storage],
            IntraNodeBytes = within * _expertBytes,
            InterNodeBytes = between * _expertBytes,
            StorageBytes = count[(int)MoveScope.Storage] * _expertBytes,
            IntraNodeSeconds = within * _expertBytes / intraNodeBandwidth,
            InterNodeSeconds = between * _expertBytes / interNodeBandwidth,
            BatchCount = batches,
            BusiestGpu = within + between == 0 ? null : busiest,
            BusiestGpuBytes = bytes.Of(busiest),
            BusiestGpuSeconds = timed ? time.Of(busiest) : null,
        };
    }

    private ExpertMove[] MovesOf(LayerPlacement from, LayerPlacement to)
    {
        List<(int Source, int Slot)> written = SourcesOf(from, to);
        (int Source, int Target)[] copies = [.. written.Select(move => (move.Source, Target: _to.Shape.GpuOf(move.Slot))).Where(copy => copy.Source != copy.Target && copy.Source != ExpertMove.NoGpu)];
        int[] batch = MoveBatches.Of(copies, _to.GpuCount, _cancellationToken);
        var moves = new ExpertMove[written.Count];
        int next = 0;
        for (int i = 0; i < moves.Length; i++)
        {
            (int source, int slot) = written[i];
            int target = _to.Shape.GpuOf(slot);
            MoveScope scope = ScopeOf(source, target);
            moves[i] = new ExpertMove
            {
                Layer = to.Layer,
                LogicalExpert = to.PhysicalToLogical[slot],
                SourceGpu = source,
                TargetGpu = target,
                TargetSlot = slot,
                Scope = scope,
                Bytes = scope == MoveScope.SameGpu ? 0 : _expertBytes,
                Batch = scope is MoveScope.SameGpu or MoveScope.Storage ? null : batch[next++],
            };
        }

        return moves;
    }

    // The slots to be written, each with the nearest GPU that holds its expert: of equally near ones that which sends least so far, the first on ties.
    private List<(int Source, int Slot)> SourcesOf(LayerPlacement from, LayerPlacement to)
    {
        var replicas = new ReplicaTable(from);
        int[] sent = new int[_to.GpuCount];
        List<(int Source, int Slot)> written = [];
        for (int slot = 0; slot < to.PhysicalToLogical.Length; slot++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            int expert = to.PhysicalToLogical[slot], target = _to.Shape.GpuOf(slot), source = ExpertMove.NoGpu;
            if (expert < 0 || expert == from.PhysicalToLogical[slot]) continue;
            MoveScope nearest = MoveScope.Storage;
            foreach (int held in replicas[expert])
            {
                int holder = _from.Shape.GpuOf(held);
                MoveScope scope = ScopeOf(holder, target);
                if (scope > nearest || (scope == nearest && sent[holder] >= sent[source]) || _to.Shape.IsExcluded(holder)) continue;
                nearest = scope;
                source = holder;
            }

            if (nearest is MoveScope.IntraNode or MoveScope.InterNode) sent[source]++;
            written.Add((source, slot));
        }

        return written;
    }

    private MoveScope ScopeOf(int source, int target) => source == ExpertMove.NoGpu ? MoveScope.Storage
        : source == target ? MoveScope.SameGpu
        : _to.Shape.NodeOf(source) == _to.Shape.NodeOf(target) ? MoveScope.IntraNode : MoveScope.InterNode;

    // Links carry both ways at once: what counts for a GPU is what it sends or what it receives, whichever is more.
    private sealed class GpuTraffic(int gpus)
    {
        private readonly double[] _sent = new double[gpus];
        private readonly double[] _received = new double[gpus];

        public void Add(ExpertMove move, double cost)
        {
            _sent[move.SourceGpu] += cost;
            _received[move.TargetGpu] += cost;
        }

        public double Of(int gpu) => Math.Max(_sent[gpu], _received[gpu]);

        public int Busiest()
        {
            int busiest = 0;
            for (int gpu = 1; gpu < _sent.Length; gpu++)
            {
                if (Of(gpu) > Of(busiest)) busiest = gpu;
            }

            return busiest;
        }
    }
}
