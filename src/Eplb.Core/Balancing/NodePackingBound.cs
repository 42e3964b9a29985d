namespace Eplb;

/// <summary>The smallest load over speed that the slowest node can have when each node holds the same number of whole expert groups.</summary>
internal static class NodePackingBound
{
    /// <summary>A load over speed that no packing of the groups onto the nodes can go below; exact for up to two groups a node and equal nodes.</summary>
    /// <param name="load">Load of each expert: [experts], groups being equal consecutive runs.</param>
    /// <param name="shape">Cluster without excluded GPUs; its nodes divide its groups, and these the experts.</param>
    public static double Of(ReadOnlySpan<double> load, ClusterShape shape)
    {
        int size = load.Length / shape.GroupCount, groupsPerNode = shape.GroupCount / shape.NodeCount;
        double[] sums = new double[shape.GroupCount];
        double total = 0, fastest = 0;
        for (int group = 0; group < sums.Length; group++)
        {
            foreach (double value in load.Slice(group * size, size)) sums[group] += value;
            total += sums[group];
        }

        for (int node = 0; node < shape.NodeCount; node++) fastest = Math.Max(fastest, shape.SpeedOfNode(node));
        Array.Sort(sums);
        // The largest group shares its node with at least the smallest others.
        double largest = sums[sums.Length - 1];
        for (int i = 0; i < groupsPerNode - 1; i++) largest += sums[i];
        if (groupsPerNode == 2)
        {
            for (int i = 0; i < shape.NodeCount; i++) largest = Math.Max(largest, sums[i] + sums[sums.Length - 1 - i]);
        }

        return Math.Max(total / shape.TotalSpeed, largest / fastest);
    }
}
