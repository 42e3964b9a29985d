namespace Eplb;

/// <summary>Finds what a placement breaks of the rules that hold everywhere and of those of one format.</summary>
internal static class PlacementRules
{
    /// <summary>The broken rules, layer by layer; none where the format can take the placement.</summary>
    /// <param name="draft">The placement.</param>
    /// <param name="target">The format's rules.</param>
    /// <param name="model">What is known of the model's layers.</param>
    /// <param name="cancellation">Stops between layers.</param>
    /// <exception cref="EplbException">Nothing tells the placement's layer ids from positions in the model.</exception>
    public static IEnumerable<PlacementFinding> Check(PlacementDraft draft, PlacementTarget target, ModelLayers model, CancellationToken cancellation = default)
    {
        bool isAbsolute = target.Numbering is LayerNumbering.EveryHiddenLayer or LayerNumbering.MoeLayers;
        if (isAbsolute && model.HiddenLayerCount is { } count && count > draft.LastLayer && model.IsAmbiguous(draft.Rows, draft.ExpertCount))
        {
            throw new EplbException(EplbError.ParameterMissing,
                $"The placement has the layers 0 to {draft.LastLayer}, but the model has {count} hidden layers: say with FirstMoeLayer which of them is the first MoE layer, 0 where the ids are absolute.",
                draft.LastLayer);
        }

        return CheckAll();

        IEnumerable<PlacementFinding> CheckAll()
        {
            bool isFound = false;
            foreach (PlacementFinding finding in draft.Rows.SelectMany(CheckRow).Concat(CheckLayers(draft, target, model)))
            {
                isFound = true;
                yield return finding;
            }

            // Most of the rules above would be the reason.
            if (!isFound && draft.Refusal is { } refusal) yield return ToFinding(refusal);
        }

        IEnumerable<PlacementFinding> CheckRow(PlacementRow row)
        {
            cancellation.ThrowIfCancellationRequested();
            return new LayerRules(draft, target, row).Check();
        }
    }

    private static PlacementFinding ToFinding(EplbException refusal) => refusal.Target switch
    {
        PlacementFinding finding => finding,
        PhysicalExpert row => new PlacementFinding(PlacementRule.SlotInconsistent, refusal.Message, row.Layer, row.Gpu, row.PhysicalExpert),
        _ => new PlacementFinding(PlacementRule.SlotInconsistent, refusal.Message),
    };

    private static IEnumerable<PlacementFinding> CheckLayers(PlacementDraft draft, PlacementTarget target, ModelLayers model)
    {
        int offset = model.OffsetOf(draft.Rows, draft.ExpertCount), first = model.FirstMoeLayer ?? 0;
        int end = model.HiddenLayerCount ?? Math.Min(draft.LastLayer, ModelLayers.MaxHiddenLayerCount - 1 - offset) + offset + 1;
        var ids = new HashSet<int>();
        foreach (PlacementRow row in draft.Rows)
        {
            if (!ids.Add(row.Layer + offset))
                yield return new PlacementFinding(PlacementRule.LayerRepeated, $"Layer {row.Layer} is there twice.", row.Layer);
            if ((uint)row.Layer >= ModelLayers.MaxHiddenLayerCount - offset)
                yield return new PlacementFinding(PlacementRule.LayerOutOfRange, $"Layer {row.Layer} does not exist; layer ids are 0 to {ModelLayers.MaxHiddenLayerCount - 1 - offset}.", row.Layer);
            else if (row.Layer + offset >= end)
                yield return new PlacementFinding(PlacementRule.LayerOutOfRange, $"Layer {row.Layer + offset} does not exist in a model of {end} hidden layers.", row.Layer);
            if (row.Layer + offset < first && row.Load is not null && !row.IsIdle)
            {
                yield return new PlacementFinding(PlacementRule.LayerOutOfRange,
                    $"Layer {row.Layer} carries load, but comes before the first MoE layer {first}: FirstMoeLayer or HiddenLayerCount is not that of the model.", row.Layer);
            }

            if (target.TakesLoads && row.Load is null)
                yield return new PlacementFinding(PlacementRule.LoadMissing, $"The loads of layer {row.Layer} are not known.", row.Layer);
        }

        for (int layer = model.FirstMoeLayer ?? end; layer < end; layer++)
        {
            if (!ids.Contains(layer))
                yield return new PlacementFinding(PlacementRule.LayerMissing, $"Layer {layer} is missing; the MoE layers are {model.FirstMoeLayer} to {end - 1}.", layer);
        }
    }
}
