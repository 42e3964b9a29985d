namespace Eplb;

/// <summary>SGLang's static dispatch: a table fixes for each source GPU which replica it uses, near ones first.</summary>
/// <remarks>
/// Where the server deals replicas out by a seeded shuffle, each candidate gets its expected share here: the shuffle depends on the
/// version of the server and of Python, its expectation does not. Source: the dispatch table in SGLang's expert_location.py.
/// </remarks>
/// <param name="sharesNode">True for the newer rule, which deals out the replicas on the source's node; false for the older one, which takes the first of them.</param>
internal sealed class SGLangDispatch(bool sharesNode) : ReplicaDispatch
{
    /// <inheritdoc/>
    public override void Share(ReadOnlySpan<int> gpus, double load, ClusterShape shape, Span<double> shares)
    {
        shares = shares.Slice(0, gpus.Length);
        shares.Clear();
        if (gpus.Length == 1)
        {
            shares[0] = load;
            return;
        }

        // GPUs ascend, so that the replicas on one node, and among these on one GPU, are neighbours in the list.
        int sourcesOfAny = shape.Live.GpuCount, next = 0;
        double fromGpu = load / sourcesOfAny;
        while (next < gpus.Length)
        {
            int first = next, node = shape.NodeOf(gpus[first]), sources = shape.GpusInUseOf(node), lastGpu = -1;
            sourcesOfAny -= sources;
            for (; next < gpus.Length && shape.NodeOf(gpus[next]) == node; next++)
            {
                if (gpus[next] == lastGpu) continue;
                shares[next] += fromGpu;
                lastGpu = gpus[next];
                sources--;
            }

            Span<double> onNode = shares.Slice(first, next - first);
            if (sharesNode && onNode.Length == gpus.Length)
                sourcesOfAny += sources;
            else
                Deal(sharesNode ? onNode : onNode.Slice(0, 1), sources * fromGpu);
        }

        Deal(shares, sourcesOfAny * fromGpu);
    }

    /// <inheritdoc/>
    public override double LeastPeak(int replicas, ClusterShape shape, bool onOneNode)
    {
        // The newer rule deals the replicas on one node out evenly.
        if (sharesNode) return 1.0 / replicas;
        int[] gpus = [.. Enumerable.Range(0, shape.NodeCount).Select(shape.GpusInUseOf).Where(count => count > 0)];
        int all = gpus.Sum(), fewest = gpus.Min(), most = gpus.Max(), mostNodes = onOneNode ? 1 : Math.Min(gpus.Length, replicas);
        double least = all;
        for (int nodes = 1; nodes <= mostNodes; nodes++)
        {
            // On the node with the fewest of them, the first replica serves all GPUs of the node but those with one of their own;
            // the GPUs of nodes without a replica use each one equally often.
            int onNode = Math.Min(replicas / nodes, fewest);
            least = Math.Min(least, fewest - onNode + 1 + ((double)Math.Max(0, all - (nodes * most)) / replicas));
        }

        return least / all;
    }

    private static void Deal(Span<double> shares, double load)
    {
        foreach (ref double share in shares) share += load / shares.Length;
    }
}
