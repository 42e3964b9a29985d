namespace Eplb;

/// <summary>What rows say beyond what makes a placement of them: loads, counts and places, which must be those of the placement.</summary>
internal static class RowClaims
{
    /// <summary>A count or place that a row does not say.</summary>
    public const int Unsaid = -1;

    // A load that was text with 15 digits, or was added up from its replicas again, is off by far less; an edit by far more.
    private const double Rounding = 1e-9;

    /// <summary>Loads of a layer's experts: what its rows say of them, else the sum over their slots.</summary>
    /// <param name="rows">Rows of the layer.</param>
    /// <param name="experts">Number of logical experts, above every one in the rows.</param>
    public static double[] LoadsOf(PhysicalExpert[] rows, int experts)
    {
        double[] sums = new double[experts];
        var said = new double?[experts];
        foreach (PhysicalExpert row in rows)
        {
            if (row.LogicalExpert < 0) continue;
            sums[row.LogicalExpert] += row.Load;
            said[row.LogicalExpert] ??= row.ExpertLoad;
        }

        return [.. sums.Select((sum, expert) => said[expert] ?? Recover(sum))];
    }

    /// <summary>Holds every row against the placement that the rows made.</summary>
    /// <param name="map">The placement.</param>
    /// <param name="rows">Its rows.</param>
    /// <exception cref="EplbException">A row says otherwise.</exception>
    public static void Check(PlacementMap map, IReadOnlyList<PhysicalExpert> rows)
    {
        var layers = map.Layers.ToDictionary(layer => layer.Layer);
        bool isLoadSaid = rows.Any(row => row.Load != 0);
        foreach (PhysicalExpert row in rows)
        {
            LayerPlacement layer = layers[row.Layer];
            CheckPlace(row, layer, map.Shape.SlotOf(row.PhysicalExpert));
            if (layer.Load is not null) CheckLoads(row, layer, isLoadSaid);
        }
    }

    private static void CheckPlace(PhysicalExpert row, LayerPlacement layer, int place)
    {
        int count = row.LogicalExpert < 0 ? 0 : layer.ExpertCount[row.LogicalExpert];
        if (row.Slot != Unsaid && row.Slot != place)
            throw Contradicted(row, $"Slot is {row.Slot}, but it is slot {place} of GPU {row.Gpu}; correct Slot, or leave it out after an edit by hand.");
        if (row.ReplicaCount != Unsaid && row.ReplicaCount != count)
            throw Contradicted(row, $"ReplicaCount is {row.ReplicaCount}, but the layer has {count} replicas of what is in the slot; correct ReplicaCount, or leave it out after an edit by hand.");
    }

    private static void CheckLoads(PhysicalExpert row, LayerPlacement layer, bool isLoadSaid)
    {
        double whole = row.LogicalExpert < 0 ? 0 : layer.Load![row.LogicalExpert], share = layer.ExpectedLoad(row.PhysicalExpert);
        if (row.ExpertLoad is { } said && !IsSame(said, whole))
            throw Contradicted(row, $"ExpertLoad is {said:R}, but the load of expert {row.LogicalExpert} is {whole:R} in another slot; correct ExpertLoad and Load, or leave both out after an edit by hand.");
        if (isLoadSaid && !IsSame(row.Load, share))
        {
            throw Contradicted(row,
                $"Load is {row.Load:R}, but the load of expert {row.LogicalExpert}, {whole:R}, shared by its replicas is {share:R}; correct ExpertLoad and Load, or leave both out after an edit by hand.");
        }
    }

    private static bool IsSame(double said, double load) => Math.Abs(said - load) <= load * Rounding;

    // A count over its replicas, added up again, can be off by a rounding; counts are whole numbers.
    private static double Recover(double sum)
    {
        double whole = Math.Round(sum);
        return Math.Abs(sum - whole) <= whole * 1e-12 ? whole : sum;
    }

    private static EplbException Contradicted(PhysicalExpert row, InvariantText what) =>
        new(EplbError.PlacementInvalid, $"Layer {row.Layer}, slot {row.PhysicalExpert}: {what.ToString()}", row);
}
