namespace Eplb;

/// <summary>SGLang's static dispatch: a table fixes for each source GPU which replica it uses, near ones first.</summary>
/// <remarks>
/// Where the server deals replicas out by a seeded shuffle, each candidate gets its expected share here: the shuffle depends on the
/// version of the server and of Python, its expectation does not. Source: the dispatch table in SGLang's expert_location.py.
/// </remarks>
/// <param name="sharesNode">True for the newer rule, which deals out the replicas on the source's node; false for the older one, which takes the first of them.</param>
internal sealed class SGLangDispatch(bool sharesNode) : IDispatchRule
{
    /// <inheritdoc/>
    public void Share(LayerPlacement placement, ReadOnlySpan<double> load, ClusterShape shape, Span<double> slotLoad)
    {
        var replicas = new ReplicaTable(placement);
        slotLoad.Clear();
        for (int expert = 0; expert < load.Length; expert++)
        {
            ReadOnlySpan<int> slots = replicas[expert];
            if (slots.Length == 1)
                slotLoad[slots[0]] = load[expert];
            else
                Share(slots, load[expert] / shape.Live.GpuCount, shape, slotLoad);
        }
    }

    // Slots are rank-major, so that the replicas on one node, and among these on one GPU, are neighbours in the list.
    private void Share(ReadOnlySpan<int> slots, double fromGpu, ClusterShape shape, Span<double> slotLoad)
    {
        int sourcesOfAny = 0, next = 0;
        for (int node = 0; node < shape.NodeCount; node++)
        {
            int first = next, sources = shape.GpusInUseOf(node), lastGpu = -1;
            for (; next < slots.Length && shape.NodeOf(shape.GpuOf(slots[next])) == node; next++)
            {
                int gpu = shape.GpuOf(slots[next]);
                if (gpu == lastGpu) continue;
                slotLoad[slots[next]] += fromGpu;
                lastGpu = gpu;
                sources--;
            }

            ReadOnlySpan<int> onNode = slots.Slice(first, next - first);
            if (onNode.IsEmpty || (sharesNode && onNode.Length == slots.Length))
                sourcesOfAny += sources;
            else
                Deal(sharesNode ? onNode : onNode.Slice(0, 1), sources * fromGpu, slotLoad);
        }

        Deal(slots, sourcesOfAny * fromGpu, slotLoad);
    }

    private static void Deal(ReadOnlySpan<int> slots, double load, Span<double> slotLoad)
    {
        foreach (int slot in slots) slotLoad[slot] += load / slots.Length;
    }
}
