namespace Eplb;

/// <summary>What the reference does when the groups do not divide evenly over the nodes: replicas stay in the order they are made.</summary>
internal sealed class ReplicateOnlyBalancer(int experts) : LayerBalancer
{
    private readonly Replication _replication = new();
    private readonly double[] _share = new double[experts];

    /// <inheritdoc/>
    public override void Balance(ReadOnlySpan<float> load, Span<int> physicalToLogical, Span<int> replica, Span<int> expertCount) =>
        _replication.Replicate(load, physicalToLogical, replica, expertCount, _share);
}
