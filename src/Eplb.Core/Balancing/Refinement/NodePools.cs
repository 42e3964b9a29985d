namespace Eplb;

/// <summary>What each node needs to be planned by itself; nodes of the same kind share it, since they are planned one after another.</summary>
internal static class NodePools
{
    /// <summary>Makes one for each node: [nodes].</summary>
    /// <param name="shape">Cluster without excluded GPUs.</param>
    /// <param name="make">Makes one for a node.</param>
    public static T[] Of<T>(ClusterShape shape, Func<ClusterShape, T> make)
    {
        var pools = new T[shape.NodeCount];
        var nodes = new ClusterShape[shape.NodeCount];
        for (int node = 0; node < pools.Length; node++)
        {
            nodes[node] = shape.Node(node);
            int same = Array.FindIndex(nodes, 0, node, known => known.Fits(nodes[node]));
            pools[node] = same < 0 ? make(nodes[node]) : pools[same];
        }

        return pools;
    }
}
