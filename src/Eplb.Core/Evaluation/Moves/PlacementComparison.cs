namespace Eplb;

/// <summary>Says what has to be written and sent to go from one placement to another of the same cluster.</summary>
public sealed class PlacementComparison
{
    private readonly PlacementMap _from;
    private readonly PlacementMap _to;
    private readonly double _expertBytes;
    private readonly CancellationToken _cancellationToken;
    private readonly List<(LayerPlacement From, LayerPlacement To)> _layers = [];

    /// <summary>Checks that the placements fit together. Layers that only one of them has are left out.</summary>
    /// <param name="from">Placement in force.</param>
    /// <param name="to">Placement to go to.</param>
    /// <param name="expertBytes">Bytes of the weights of one expert of one layer, 0 or more.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="EplbException">Other numbers of slots, GPUs or experts, or no layer that both have.</exception>
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

        foreach (LayerPlacement layer in to.Layers)
        {
            int position = Array.BinarySearch(from.Layer, layer.Layer);
            if (position < 0) continue;
            if (from.ExpertCount[position].Length != layer.ExpertCount.Length)
            {
                throw new EplbException(EplbError.RowLengthMismatch,
                    $"Layer {layer.Layer} has {from.ExpertCount[position].Length} logical experts in the one placement and {layer.ExpertCount.Length} in the other.", layer.Layer);
            }

            _layers.Add((from.Layers[position], layer));
        }

        if (_layers.Count == 0) throw new EplbException(EplbError.LayerMissing, "The placements have no layer in common.", to);
    }

    /// <summary>The slots to be written, layer after layer in slot order.</summary>
    public IEnumerable<ExpertMove> Moves() => _layers.SelectMany(layer => MovesOf(layer.From, layer.To));

    /// <summary>What the moves cost together.</summary>
    /// <param name="intraNodeBandwidth">Bytes a second between two GPUs of a node, above 0; null when not known.</param>
    /// <param name="interNodeBandwidth">Bytes a second between GPUs of different nodes, above 0; null when not known.</param>
    public MoveSummary Summarize(double? intraNodeBandwidth = null, double? interNodeBandwidth = null)
    {
        ExpertMove[] moves = [.. Moves()];
        ExpertMove[] within = [.. moves.Where(move => move.Scope == MoveScope.IntraNode)], between = [.. moves.Where(move => move.Scope == MoveScope.InterNode)];
        bool timed = intraNodeBandwidth is not null && interNodeBandwidth is not null;
        double[] bytes = Busy(moves, _ => 1);
        double[] time = timed ? Busy(moves, move => 1 / (move.Scope == MoveScope.IntraNode ? intraNodeBandwidth!.Value : interNodeBandwidth!.Value)) : bytes;
        int busiest = Array.IndexOf(time, time.Max());
        return new MoveSummary
        {
            LayerCount = _layers.Count,
            SlotCount = moves.Length,
            SlotShare = (double)moves.Length / ((long)_layers.Count * _to.ReplicaCount),
            IntraNodeCount = within.Length,
            InterNodeCount = between.Length,
            StorageCount = moves.Count(move => move.Scope == MoveScope.Storage),
            IntraNodeBytes = within.Sum(move => move.Bytes),
            InterNodeBytes = between.Sum(move => move.Bytes),
            IntraNodeSeconds = within.Sum(move => move.Bytes) / intraNodeBandwidth,
            InterNodeSeconds = between.Sum(move => move.Bytes) / interNodeBandwidth,
            BatchCount = moves.Where(move => move.Batch is not null).GroupBy(move => move.Layer).Sum(layer => layer.Max(move => move.Batch!.Value) + 1),
            BusiestGpu = within.Length + between.Length == 0 ? null : busiest,
            BusiestGpuBytes = bytes[busiest],
            BusiestGpuSeconds = timed ? time[busiest] : null,
        };
    }

    // Links carry both ways at once: what counts for a GPU is what it sends or what it receives, whichever is more.
    private double[] Busy(IEnumerable<ExpertMove> moves, Func<ExpertMove, double> cost)
    {
        double[] sent = new double[_to.GpuCount], received = new double[_to.GpuCount];
        foreach (ExpertMove move in moves)
        {
            if (move.Batch is null) continue;
            sent[move.SourceGpu] += move.Bytes * cost(move);
            received[move.TargetGpu] += move.Bytes * cost(move);
        }

        return [.. sent.Zip(received, Math.Max)];
    }

    private IEnumerable<ExpertMove> MovesOf(LayerPlacement from, LayerPlacement to)
    {
        ILookup<int, int> holders = from.PhysicalToLogical.Select((expert, slot) => (expert, Gpu: _from.Shape.GpuOf(slot)))
            .Where(held => !_to.Shape.IsExcluded(held.Gpu)).Distinct().ToLookup(held => held.expert, held => held.Gpu);
        int[] sent = new int[_to.GpuCount];
        List<(int Source, int Slot)> written = [];
        for (int slot = 0; slot < to.PhysicalToLogical.Length; slot++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            int expert = to.PhysicalToLogical[slot], target = _to.Shape.GpuOf(slot);
            if (expert < 0 || expert == from.PhysicalToLogical[slot]) continue;
            int source = holders[expert].OrderBy(gpu => ScopeOf(gpu, target)).ThenBy(gpu => sent[gpu]).ThenBy(gpu => gpu).DefaultIfEmpty(ExpertMove.NoGpu).First();
            if (source != target && source != ExpertMove.NoGpu) sent[source]++;
            written.Add((source, slot));
        }

        (int Source, int Target)[] copies = [.. written.Select(move => (move.Source, Target: _to.Shape.GpuOf(move.Slot))).Where(copy => copy.Source != copy.Target && copy.Source != ExpertMove.NoGpu)];
        int[] batch = MoveBatches.Of(copies, _to.GpuCount, _cancellationToken);
        int next = 0;
        foreach ((int source, int slot) in written)
        {
            int target = _to.Shape.GpuOf(slot);
            MoveScope scope = ScopeOf(source, target);
            yield return new ExpertMove
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
    }

    private MoveScope ScopeOf(int source, int target) => source == ExpertMove.NoGpu ? MoveScope.Storage
        : source == target ? MoveScope.SameGpu
        : _to.Shape.NodeOf(source) == _to.Shape.NodeOf(target) ? MoveScope.IntraNode : MoveScope.InterNode;
}
