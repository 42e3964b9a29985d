namespace Eplb;

/// <summary>A rule under which the replicas of an expert share its load by where they are, whatever the other experts do.</summary>
internal abstract class ReplicaDispatch : IDispatchRule
{
    /// <inheritdoc/>
    public virtual void Share(LayerPlacement placement, ReadOnlySpan<double> load, ClusterShape shape, Span<double> slotLoad)
    {
        var replicas = new ReplicaTable(placement);
        int[] gpus = new int[slotLoad.Length];
        double[] shares = new double[slotLoad.Length];
        slotLoad.Clear();
        for (int expert = 0; expert < load.Length; expert++)
        {
            ReadOnlySpan<int> slots = replicas[expert];
            for (int i = 0; i < slots.Length; i++) gpus[i] = shape.GpuOf(slots[i]);
            Share(gpus.AsSpan(0, slots.Length), load[expert], shape, shares);
            for (int i = 0; i < slots.Length; i++) slotLoad[slots[i]] = shares[i];
        }
    }

    /// <summary>Shares out the load of one expert.</summary>
    /// <param name="gpus">GPU of each replica, in slot order, so ascending: [replicas].</param>
    /// <param name="load">Load of the expert.</param>
    /// <param name="shape">Cluster.</param>
    /// <param name="shares">Out: load of each replica, adding up to the load: [replicas] or longer.</param>
    public abstract void Share(ReadOnlySpan<int> gpus, double load, ClusterShape shape, Span<double> shares);

    /// <summary>What the most loaded GPU of an expert gets of its load at least, wherever its replicas are. Never rises with their number.</summary>
    /// <param name="replicas">Replicas of the expert, 1 or more.</param>
    /// <param name="shape">Cluster.</param>
    /// <param name="onOneNode">True when all of them live on one node.</param>
    public abstract double LeastPeak(int replicas, ClusterShape shape, bool onOneNode);
}
