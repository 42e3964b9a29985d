namespace Eplb;

/// <summary>Spreads copies between GPUs over batches so that in a batch no GPU sends or receives more than one.</summary>
/// <remarks>
/// Copies are the edges of a bipartite graph from senders to receivers and batches its colours: by König's theorem as many as the
/// busiest GPU sends or receives suffice. A copy takes a batch that is free at both ends; where there is none, the path of copies that
/// alternate between a batch free at the one end and one free at the other changes places, which frees one at both.
/// </remarks>
internal static class MoveBatches
{
    /// <summary>Batch of each copy.</summary>
    /// <param name="copies">Sending and receiving GPU of each copy.</param>
    /// <param name="gpus">GPUs.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static int[] Of(ReadOnlySpan<(int Source, int Target)> copies, int gpus, CancellationToken cancellationToken = default)
    {
        int[] degree = new int[2 * gpus];
        foreach ((int source, int target) in copies)
        {
            degree[source]++;
            degree[gpus + target]++;
        }

        int batches = degree.Max();
        int[] batch = new int[copies.Length];
        List<int> path = [];
        int[] copyAt = new int[2 * gpus * batches];   // [end, batch]: copy of a GPU as sender or receiver in a batch, or -1
        copyAt.AsSpan().Fill(-1);
        for (int copy = 0; copy < batch.Length; copy++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int sender = copies[copy].Source, receiver = gpus + copies[copy].Target;
            int free = FreeAt(copyAt, sender, batches), other = FreeAt(copyAt, receiver, batches);
            if (copyAt[(receiver * batches) + free] >= 0) Flip(copyAt, copies, batch, gpus, batches, receiver, free, other, path);
            batch[copy] = free;
            copyAt[(sender * batches) + free] = copy;
            copyAt[(receiver * batches) + free] = copy;
        }

        return batch;
    }

    private static int FreeAt(int[] copyAt, int end, int batches) => copyAt.AsSpan(end * batches, batches).IndexOf(-1);

    // The path starts at a receiver and never ends at the sender that is to be served, since there the first batch is free.
    private static void Flip(int[] copyAt, ReadOnlySpan<(int Source, int Target)> copies, int[] batch, int gpus, int batches, int end, int from, int to, List<int> path)
    {
        path.Clear();
        for (int step = from; copyAt[(end * batches) + step] is >= 0 and int copy; step = step == from ? to : from)
        {
            path.Add(copy);
            end = end < gpus ? gpus + copies[copy].Target : copies[copy].Source;
        }

        foreach (int copy in path)
        {
            copyAt[(copies[copy].Source * batches) + batch[copy]] = -1;
            copyAt[((gpus + copies[copy].Target) * batches) + batch[copy]] = -1;
        }

        foreach (int copy in path)
        {
            batch[copy] = batch[copy] == from ? to : from;
            copyAt[(copies[copy].Source * batches) + batch[copy]] = copy;
            copyAt[((gpus + copies[copy].Target) * batches) + batch[copy]] = copy;
        }
    }
}
