namespace Eplb;

/// <summary>Spreads copies between GPUs over batches so that in a batch no GPU sends or receives more than one.</summary>
/// <remarks>
/// Copies are the edges of a bipartite graph from senders to receivers and batches its colours: by König's theorem as many as the
/// busiest GPU sends or receives suffice. A copy takes a batch that is free at both ends; where there is none, the path of copies that
/// alternate between a batch free at the one end and one free at the other changes places, which frees one at both.
/// </remarks>
internal sealed class MoveBatches
{
    private readonly (int Source, int Target)[] _copies;
    private readonly int _gpus;
    private readonly int _batches;
    private readonly int[] _batch;   // [copies]
    private readonly int[] _copyAt;  // [end, batch]: copy of a GPU as sender or receiver in a batch, or -1
    private readonly List<int> _path = [];

    private MoveBatches((int Source, int Target)[] copies, int gpus)
    {
        int[] degree = new int[2 * gpus];
        foreach ((int source, int target) in copies)
        {
            degree[source]++;
            degree[gpus + target]++;
        }

        _copies = copies;
        _gpus = gpus;
        _batches = degree.Max();
        _batch = new int[copies.Length];
        _copyAt = new int[2 * gpus * _batches];
        _copyAt.AsSpan().Fill(-1);
    }

    /// <summary>Batch of each copy.</summary>
    /// <param name="copies">Sending and receiving GPU of each copy.</param>
    /// <param name="gpus">GPUs.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static int[] Of((int Source, int Target)[] copies, int gpus, CancellationToken cancellationToken = default)
    {
        var batches = new MoveBatches(copies, gpus);
        for (int copy = 0; copy < copies.Length; copy++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            batches.Add(copy);
        }

        return batches._batch;
    }

    private void Add(int copy)
    {
        int sender = _copies[copy].Source, receiver = _gpus + _copies[copy].Target;
        int free = FreeAt(sender), other = FreeAt(receiver);
        if (_copyAt[(receiver * _batches) + free] >= 0) Flip(receiver, free, other);
        Put(copy, free);
    }

    private int FreeAt(int end) => _copyAt.AsSpan(end * _batches, _batches).IndexOf(-1);

    // The path starts at a receiver and never ends at the sender that is to be served, since there the first batch is free.
    private void Flip(int end, int from, int to)
    {
        _path.Clear();
        for (int step = from; _copyAt[(end * _batches) + step] is >= 0 and int copy; step = step == from ? to : from)
        {
            _path.Add(copy);
            end = end < _gpus ? _gpus + _copies[copy].Target : _copies[copy].Source;
        }

        foreach (int copy in _path) Set(copy, _batch[copy], -1);
        foreach (int copy in _path) Put(copy, _batch[copy] == from ? to : from);
    }

    private void Put(int copy, int batch)
    {
        _batch[copy] = batch;
        Set(copy, batch, copy);
    }

    private void Set(int copy, int batch, int value)
    {
        _copyAt[(_copies[copy].Source * _batches) + batch] = value;
        _copyAt[((_gpus + _copies[copy].Target) * _batches) + batch] = value;
    }
}
