namespace Eplb;

/// <summary>Source GPU r uses replica r modulo the number of replicas, in slot order.</summary>
internal sealed class VllmAscendDispatch : ReplicaDispatch
{
    /// <inheritdoc/>
    public override void Share(ReadOnlySpan<int> gpus, double load, ClusterShape shape, Span<double> shares)
    {
        int all = shape.Live.GpuCount;
        for (int i = 0; i < gpus.Length; i++)
        {
            int sources = (all / gpus.Length) + (i < all % gpus.Length ? 1 : 0);
            shares[i] = load * sources / all;
        }
    }

    /// <inheritdoc/>
    public override double LeastPeak(int replicas, ClusterShape shape, bool onOneNode) =>
        (double)((shape.Live.GpuCount + replicas - 1) / replicas) / shape.Live.GpuCount;
}
