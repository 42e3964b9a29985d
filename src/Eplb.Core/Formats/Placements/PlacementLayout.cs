namespace Eplb;

/// <summary>Lays the layers of a placement out as a format numbers them.</summary>
internal static class PlacementLayout
{
    /// <summary>The rows that a file of the format has, in their order. All rules are known to hold.</summary>
    /// <param name="draft">The placement.</param>
    /// <param name="numbering">How the format numbers layers.</param>
    /// <param name="model">What is known of the model's layers.</param>
    public static IReadOnlyList<PlacementRow> Arrange(PlacementDraft draft, LayerNumbering numbering, ModelLayers model)
    {
        int offset = model.OffsetOf(draft.Rows, draft.ExpertCount);
        PlacementRow[] rows = [.. draft.Rows.Select(row => row.At(row.Layer + offset))];
        return numbering switch
        {
            LayerNumbering.EveryHiddenLayer => FillUp(draft, rows, model),
            LayerNumbering.MoeLayers => [.. LeaveOutDense(rows, model)],
            LayerNumbering.Positions => [.. LeaveOutDense(rows, model).Select((row, position) => row.At(position))],
            _ => rows,
        };
    }

    private static PlacementRow[] FillUp(PlacementDraft draft, PlacementRow[] rows, ModelLayers model)
    {
        var filled = new PlacementRow[model.HiddenLayerCount ?? rows[rows.Length - 1].Layer + 1];
        bool hasLoad = rows.All(row => row.Load is not null);
        foreach (PlacementRow row in rows) filled[row.Layer] = row;
        for (int layer = 0; layer < filled.Length; layer++) filled[layer] ??= PlacementRow.Dense(layer, draft.ExpertCount, rows[0].Gpus, hasLoad);
        return filled;
    }

    private static IEnumerable<PlacementRow> LeaveOutDense(PlacementRow[] rows, ModelLayers model)
    {
        if (model.FirstMoeLayer is { } first) return rows.Where(row => row.Layer >= first);
        // Behind the first busy layer an idle one is a MoE layer without traffic.
        return Array.TrueForAll(rows, row => row.IsIdle) ? rows : rows.SkipWhile(row => row.IsIdle);
    }
}
