namespace Eplb;

/// <summary>Numbers the GPUs of a plan anew so that they hold many of the experts that the same GPUs hold now.</summary>
/// <remarks>
/// GPUs of equal speed and slots are interchangeable, and so are nodes of such GPUs. Pairs with the most experts in common are matched
/// first, which keeps at least half the most that could be kept; what is left is matched in order.
/// </remarks>
internal static class GpuMatching
{
    /// <summary>Renumbers the GPUs of a plan.</summary>
    /// <param name="experts">Expert in each slot of the plan, changed in place: [slots].</param>
    /// <param name="current">Expert in each slot now, -1 in an empty one: [slots].</param>
    /// <param name="shape">Cluster without excluded GPUs.</param>
    /// <param name="keepsNodes">True when the GPUs of a node stay together.</param>
    public static void Apply(int[] experts, int[] current, ClusterShape shape, bool keepsNodes)
    {
        int[] plan = (int[])experts.Clone();
        int[] gpuOf = [.. plan.Select((_, slot) => shape.GpuOf(slot))];
        int[] nodeOf = [.. Enumerable.Range(0, shape.GpuCount).Select(shape.NodeOf)];
        int[] nodeOfNode = [.. Enumerable.Range(0, shape.NodeCount)];
        if (keepsNodes)
        {
            int[] node = [.. gpuOf.Select(gpu => nodeOf[gpu])];
            nodeOfNode = Pair(Common(plan, current, node, shape.NodeCount), shape.NodeCount, (from, to) => shape.Node(from).Fits(shape.Node(to)));
        }

        int[] source = Pair(Common(plan, current, gpuOf, shape.GpuCount), shape.GpuCount, (from, to) =>
            shape.SlotsOn(from) == shape.SlotsOn(to) && shape.SpeedOf(from) == shape.SpeedOf(to) && (!keepsNodes || nodeOf[from] == nodeOfNode[nodeOf[to]]));
        for (int gpu = 0; gpu < source.Length; gpu++)
            plan.AsSpan(shape.FirstSlotOf(source[gpu]), shape.SlotsOn(gpu)).CopyTo(experts.AsSpan(shape.FirstSlotOf(gpu)));
    }

    // Pairs of a slot of the plan and a slot now that hold the same expert, by the owners of both: [owners of the plan, owners now].
    private static int[,] Common(int[] plan, int[] current, int[] ownerOf, int owners)
    {
        int[] next = new int[current.Length], head = new int[Math.Max(plan.Max(), current.Max()) + 1];
        head.AsSpan().Fill(-1);
        for (int slot = 0; slot < current.Length; slot++)
        {
            if (current[slot] < 0) continue;
            next[slot] = head[current[slot]];
            head[current[slot]] = slot;
        }

        int[,] common = new int[owners, owners];
        for (int slot = 0; slot < plan.Length; slot++)
        {
            for (int held = head[plan[slot]]; held >= 0; held = next[held]) common[ownerOf[slot], ownerOf[held]]++;
        }

        return common;
    }

    // The owner of the plan that goes to each owner now.
    private static int[] Pair(int[,] common, int owners, Func<int, int, bool> fits)
    {
        List<(int Count, int To, int From)> pairs = [];
        for (int from = 0; from < owners; from++)
        {
            for (int to = 0; to < owners; to++)
            {
                if (common[from, to] > 0) pairs.Add((-common[from, to], to, from));
            }
        }

        pairs.Sort();
        int[] source = new int[owners];
        source.AsSpan().Fill(-1);
        bool[] used = new bool[owners];
        foreach ((_, int to, int from) in pairs)
        {
            if (source[to] >= 0 || used[from] || !fits(from, to)) continue;
            source[to] = from;
            used[from] = true;
        }

        for (int to = 0; to < owners; to++)
        {
            for (int from = 0; from < owners && source[to] < 0; from++)
            {
                if (used[from] || !fits(from, to)) continue;
                source[to] = from;
                used[from] = true;
            }
        }

        return source;
    }
}
