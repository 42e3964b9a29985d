namespace Eplb;

/// <summary>Refines without constraints: any expert may live on any GPU.</summary>
internal sealed class GlobalRefinement(int experts, ClusterShape shape) : LayerRefinement
{
    private readonly PoolRefinement _pool = new(experts, shape);

    /// <inheritdoc/>
    public override void Refine(ReadOnlySpan<double> load, Span<int> physicalToLogical, CancellationToken cancellationToken)
    {
        load.CopyTo(_pool.Load);
        _pool.Refine(physicalToLogical, _pool.Bound(), cancellationToken);
        NodeSpread.Apply(physicalToLogical, shape);
    }
}
