namespace Eplb;

/// <summary>Every metric that the module gives, by kind of report, in the order in which they are written.</summary>
/// <remarks>Loads are counted in (token, chosen expert) pairs, written as tokens; balancedness and gaps are ratios.</remarks>
internal static class MetricCatalog
{
    /// <summary>Metrics of a whole placement.</summary>
    public static IReadOnlyList<Metric<PlanBalanceReport>> Placement { get; } =
    [
        new("eplb_placement_balancedness_ratio", "Mean over maximum of the GPU loads, averaged over the busy layers; 1 is perfect.", plan => plan.Balancedness),
        new("eplb_placement_worst_layer_balancedness_ratio", "Balancedness of the worst busy layer.", plan => plan.WorstBalancedness),
        new("eplb_placement_node_balancedness_ratio", "Mean over maximum of the node loads, averaged over the busy layers.", plan => plan.NodeBalancedness),
        new("eplb_placement_bound_gap_ratio", "How far the most loaded GPU is above its lower bound, averaged over the busy layers; 0 cannot be improved.", plan => plan.Gap),
        new("eplb_placement_busy_layers", "Layers that got load.", plan => plan.LayerCount),
        new("eplb_placement_idle_layers", "Layers that got no load.", plan => plan.IdleLayerCount),
        new("eplb_placement_duplicate_slots", "Slots that hold an expert which the same GPU holds already, over all layers.", plan => plan.DuplicateCount),
    ];

    /// <summary>Metrics of one layer.</summary>
    public static IReadOnlyList<Metric<BalanceReport>> Layer { get; } =
    [
        new("eplb_layer_balancedness_ratio", "Mean over maximum of the GPU loads of the layer; 1 is perfect.", layer => layer.Balancedness),
        new("eplb_layer_node_balancedness_ratio", "Mean over maximum of the node loads of the layer.", layer => layer.NodeBalancedness),
        new("eplb_layer_gpu_load_max_tokens", "Load of the most loaded GPU of the layer.", layer => layer.MaxLoad),
        new("eplb_layer_gpu_load_mean_tokens", "Mean load of the GPUs of the layer.", layer => layer.MeanLoad),
        new("eplb_layer_gpu_load_min_tokens", "Load of the least loaded GPU of the layer.", layer => layer.MinLoad),
        new("eplb_layer_gpu_load_bound_tokens", "Load that the most loaded GPU of the layer carries at least, whatever the plan.", layer => layer.Bound),
        new("eplb_layer_bound_gap_ratio", "How far the most loaded GPU of the layer is above its lower bound; 0 cannot be improved.", layer => layer.Gap),
        new("eplb_layer_duplicate_slots", "Slots of the layer that hold an expert which the same GPU holds already.", layer => layer.DuplicateCount),
    ];

    /// <summary>Metrics of one GPU over all busy layers.</summary>
    public static IReadOnlyList<Metric<GpuBalanceReport>> Gpu { get; } =
    [
        new("eplb_gpu_load_tokens", "Load of the GPU over all busy layers.", gpu => gpu.Load),
        new("eplb_gpu_load_to_mean_ratio", "Load of the GPU over the mean of all GPUs.", gpu => gpu.ImbalanceRatio),
        new("eplb_gpu_hottest_layers", "Layers in which the GPU is the most loaded one.", gpu => gpu.HottestLayerCount),
        new("eplb_gpu_duplicate_slots", "Slots of the GPU that hold an expert which it holds already, over all layers.", gpu => gpu.DuplicateCount),
    ];

    /// <summary>Metrics of one node over all busy layers.</summary>
    public static IReadOnlyList<Metric<NodeBalanceReport>> Node { get; } =
    [
        new("eplb_node_load_tokens", "Load of the node over all busy layers.", node => node.Load),
        new("eplb_node_load_to_mean_ratio", "Load of the node over the mean of all nodes.", node => node.ImbalanceRatio),
        new("eplb_node_hottest_layers", "Layers in which the node is the most loaded one.", node => node.HottestLayerCount),
        new("eplb_node_duplicate_slots", "Slots of the node that hold an expert which the same GPU holds already, over all layers.", node => node.DuplicateCount),
    ];
}
