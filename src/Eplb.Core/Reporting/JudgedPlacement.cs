namespace Eplb;

/// <summary>A placement with everything that a report says about its balance.</summary>
internal sealed class JudgedPlacement
{
    public JudgedPlacement(PlacementMap map, LoadMatrix? loads, DispatchRule dispatch, CancellationToken cancellationToken)
    {
        Map = map;
        var evaluator = new BalanceEvaluator(map, loads, dispatch, cancellationToken);
        GpuLoads = evaluator.GpuLoads;
        Layers = [.. evaluator.ByLayer()];
        Summary = evaluator.Summarize();
        ByDispatch = DispatchRules.All.ToDictionary(rule => rule,
            rule => rule == dispatch ? Summary : new BalanceEvaluator(map, loads, rule, cancellationToken).Summarize());
        Hash = PlacementHash.Of(map, cancellationToken);
        ShortHash = Hash.Substring(0, PlacementHash.ShortLength);
    }

    /// <summary>The placement.</summary>
    public PlacementMap Map { get; }

    /// <summary>Load of every GPU, layer by layer.</summary>
    public IReadOnlyList<LayerGpuLoad> GpuLoads { get; }

    /// <summary>One report a layer.</summary>
    public IReadOnlyList<BalanceReport> Layers { get; }

    /// <summary>The report on the whole placement.</summary>
    public PlanBalanceReport Summary { get; }

    /// <summary>The report on the whole placement under each dispatch rule.</summary>
    public IReadOnlyDictionary<DispatchRule, PlanBalanceReport> ByDispatch { get; }

    /// <summary>SHA-256 of what the slots hold.</summary>
    public string Hash { get; }

    /// <summary>The start of the hash, for headings.</summary>
    public string ShortHash { get; }

    /// <summary>Position of a layer, or -1 where the placement does not have it.</summary>
    /// <param name="layer">Layer id.</param>
    public int Find(int layer) => Array.IndexOf(Map.Layer, layer);
}
