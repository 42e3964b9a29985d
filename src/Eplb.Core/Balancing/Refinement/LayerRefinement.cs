namespace Eplb;

/// <summary>Refines plans of one layer at a time within the constraints of their policy; owns the buffers.</summary>
internal abstract class LayerRefinement
{
    /// <summary>Improves a plan in place: fewer duplicates on a GPU, a lower load of the most loaded GPU, never a higher one.</summary>
    /// <param name="load">Load of each logical expert: [experts].</param>
    /// <param name="physicalToLogical">Logical expert in each slot: [slots].</param>
    /// <param name="cancellationToken">Stops between two changes of the plan.</param>
    public abstract void Refine(ReadOnlySpan<double> load, Span<int> physicalToLogical, CancellationToken cancellationToken);

    /// <summary>Makes the refinement of a policy.</summary>
    /// <param name="policy">A resolved policy, not Auto.</param>
    /// <param name="experts">Logical experts of a layer.</param>
    /// <param name="shape">Cluster without excluded GPUs; already checked against the policy.</param>
    public static LayerRefinement Create(PlacementPolicy policy, int experts, ClusterShape shape) => policy switch
    {
        PlacementPolicy.Hierarchical when shape.NodeCount > 1 => new HierarchicalRefinement(experts, shape),
        PlacementPolicy.IntraNode => new IntraNodeRefinement(experts, shape),
        _ => new GlobalRefinement(experts, shape),
    };
}
