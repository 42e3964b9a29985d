namespace Eplb;

/// <summary>The smallest load that the most loaded node can have when each node holds the same number of whole expert groups.</summary>
internal static class NodePackingBound
{
    /// <summary>A load that no packing of the groups onto the nodes can go below; exact for up to two groups a node.</summary>
    /// <param name="load">Load of each expert: [experts], groups being equal consecutive runs.</param>
    /// <param name="groups">Groups; divides the experts.</param>
    /// <param name="nodes">Nodes; divides the groups.</param>
    public static double Of(ReadOnlySpan<double> load, int groups, int nodes)
    {
        int size = load.Length / groups, groupsPerNode = groups / nodes;
        var sums = new double[groups];
        double total = 0;
        for (int group = 0; group < groups; group++)
        {
            foreach (double value in load.Slice(group * size, size)) sums[group] += value;
            total += sums[group];
        }

        Array.Sort(sums);
        double bound = total / nodes;
        // The largest group shares its node with at least the smallest others.
        double smallest = 0;
        for (int i = 0; i < groupsPerNode - 1; i++) smallest += sums[i];
        bound = Math.Max(bound, sums[groups - 1] + smallest);
        if (groupsPerNode == 2)
        {
            for (int i = 0; i < nodes; i++) bound = Math.Max(bound, sums[i] + sums[groups - 1 - i]);
        }

        return bound;
    }
}
