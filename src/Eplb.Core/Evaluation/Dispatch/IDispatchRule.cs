namespace Eplb;

/// <summary>Shares the load of each expert over its slots.</summary>
internal interface IDispatchRule
{
    /// <summary>Shares out the load of one layer.</summary>
    /// <param name="placement">Where the experts live.</param>
    /// <param name="load">Load of each logical expert: [experts].</param>
    /// <param name="shape">Cluster.</param>
    /// <param name="slotLoad">Out: load of each slot, adding up to each expert's load: [slots].</param>
    void Share(LayerPlacement placement, ReadOnlySpan<double> load, ClusterShape shape, Span<double> slotLoad);
}
