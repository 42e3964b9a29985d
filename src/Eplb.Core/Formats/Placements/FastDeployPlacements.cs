namespace Eplb;

/// <summary>FastDeploy: reads the loads and the placement of its dump; writes the table of loads that it plans from, since it takes no placement.</summary>
internal sealed class FastDeployPlacements : IPlacementReader, IPlacementWriter
{
    private const string Loads = "tokens_per_expert_stats_list", Slots = "ep_rank_to_expert_id_list", Counts = "expert_in_rank_num_list";
    private const string Replicas = "expert_id_to_ep_rank_array";

    public bool Recognises(PlacementSource source) => source.IsJson && source.Json[0].Has(Slots);

    public PlacementTable Read(PlacementSource source)
    {
        JsonValue document = source.SingleJson;
        JsonValue rows = document.Member(Slots);
        JsonValue[]? loads = document.Find(Loads)?.Elements().ToArray();
        JsonValue[]? counts = document.Find(Counts)?.Elements().ToArray();
        CheckLayers(document, rows, Loads, loads);
        CheckLayers(document, rows, Counts, counts);
        JsonValue[]? replicas = document.Find(Replicas)?.Elements().ToArray();
        CheckLayers(document, rows, Replicas, replicas);
        var table = new PlacementTable
        {
            Numbering = LayerNumbering.EveryHiddenLayer,
            ExpertCount = loads is { Length: > 0 } ? loads[0].Count : null,
        };
        int layer = 0;
        foreach (JsonValue row in rows.Elements())
        {
            int[] experts = row.Int32Array();
            double[]? load = loads?[layer].Loads(layer);
            if (load is not null && load.Length != table.ExpertCount)
                throw loads![layer].Invalid(EplbError.RowLengthMismatch, $"has {load.Length} experts, but the first layer has {table.ExpertCount}");
            if (counts is not null) ReplicaCounts.Check(experts, counts[layer]);
            table.Add(layer, experts, load, replicas is null ? null : JsonPlacements.NumberReplicas(experts, replicas[layer]));
            layer++;
        }

        return table;
    }

    public void Write(PlacementMap map, IReadOnlyList<PlacementRow> rows, Stream output)
    {
        using var text = new InvariantWriter(output);
        text.WriteLine("{\"action\":\"recv_expert_weight\",\"data\":[");
        text.WriteLines(rows, "", row =>
        {
            double scale = ScaleOf(row.Load!);
            text.Write('[');
            for (int expert = 0; expert < row.Load!.Length; expert++)
            {
                if (expert > 0) text.Write(',');
                text.Write((long)Math.Round(row.Load[expert] * scale));
            }

            text.Write(']');
        });
        text.WriteLine("]}");
    }

    private static void CheckLayers(JsonValue document, JsonValue rows, string name, JsonValue[]? table)
    {
        if (table is not null && table.Length != rows.Count)
            throw document.Invalid(EplbError.FormatInvalid, $"has {rows.Count} layers in \"{Slots}\", but {table.Length} in \"{name}\"");
    }

    // Whole numbers stay; others are scaled, which changes no plan, so that rounding does not show.
    private static double ScaleOf(double[] load)
    {
        const double MaxExact = 1L << 53, Scaled = 1e9;
        return Array.TrueForAll(load, value => value == Math.Floor(value) && value <= MaxExact) ? 1 : Scaled / load.Max();
    }
}
