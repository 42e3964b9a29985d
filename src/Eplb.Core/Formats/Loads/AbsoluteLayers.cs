namespace Eplb;

/// <summary>Gives loads that were recorded by the position of their MoE layer the layer's absolute id, as placements of SGLang and TensorRT-LLM have it.</summary>
public static class AbsoluteLayers
{
    /// <summary>The loads of one recording under absolute layer ids.</summary>
    /// <param name="loads">Loads of all layers of the recording.</param>
    /// <param name="model">Which layer is the first MoE layer; where that is not known, ids stay as they are.</param>
    /// <returns>FirstMoeLayer is added to all ids where a layer before it carries load, which a dense layer cannot; other ids are absolute already.</returns>
    /// <exception cref="EplbException">An id that it is added to leaves the range of ids.</exception>
    public static IReadOnlyList<ExpertLoad> Of(IReadOnlyList<ExpertLoad> loads, ModelLayers model)
    {
        if (loads is null) throw new ArgumentNullException(nameof(loads));
        int first = (model ?? throw new ArgumentNullException(nameof(model))).FirstMoeLayer ?? 0;
        return loads.Any(load => load.Layer < first && !load.IsIdle)
            ? [.. loads.Select(load => new ExpertLoad(load.Layer + first, load.Load, load.Window, load.Source, load.IsChronological))]
            : loads;
    }
}
