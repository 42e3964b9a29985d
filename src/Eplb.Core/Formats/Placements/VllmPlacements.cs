using System.Globalization;

namespace Eplb;

/// <summary>vLLM's mapping record in JSON lines, as its pull request 41141 reads it: MoE layers by position.</summary>
/// <remarks>Released versions of vLLM read no file. A recording of the same pull request holds the placement that was in force: the last one is read.</remarks>
internal sealed class VllmPlacements : IPlacementReader, IPlacementWriter
{
    private const string Type = "record_type", Mapping = "eplb_initial_mapping", Meta = "eplb_load_meta", Stats = "eplb_load_stats";
    private const string SlotCount = "num_slots", Assignments = "initial_global_assignments", RecordedMap = "p2l_map";
    private const string Version = "version", Redundant = "num_redundant_experts";

    public bool Recognises(PlacementSource source) => source.IsJson && source.Json[0].Has(Type);

    public PlacementTable Read(PlacementSource source)
    {
        JsonValue? mapping = null, meta = null, stats = null;
        foreach (JsonValue record in source.Json)
        {
            switch (record.Member(Type).Text())
            {
                case Mapping when mapping is not null:
                    throw record.Invalid(EplbError.FormatInvalid, $"is a second record of type {Mapping}; a file holds one placement");
                case Mapping:
                    mapping = record;
                    break;
                case Meta:
                    meta = record;
                    break;
                case Stats:
                    stats = record;
                    break;
            }
        }

        if (mapping is { } placement) return ReadMapping(placement);
        if (stats is { } recording) return ReadRecording(recording, meta);
        throw new EplbException(EplbError.FormatUnknown, $"The file has no record of type {Mapping} or {Stats}, so it holds no placement.");
    }

    public void Write(PlacementMap map, IReadOnlyList<PlacementRow> rows, Stream output)
    {
        using var text = new InvariantWriter(output);
        int redundant = map.ReplicaCount - map.ExpertCount[0].Length;
        text.Write($"{{\"{Type}\":\"{Mapping}\",\"{Version}\":1,\"{Redundant}\":{redundant},\"{SlotCount}\":{map.ReplicaCount},\"{Assignments}\":{{");
        for (int i = 0; i < rows.Count; i++)
        {
            text.Write($"{(i > 0 ? "," : "")}\"{rows[i].Layer}\":");
            text.WriteArray(rows[i].Experts);
        }

        text.WriteLine("}}");
    }

    private static PlacementTable ReadMapping(JsonValue record)
    {
        if (record.Find(Version)?.Int32() is { } version and not 1)
            throw record.Invalid(EplbError.FormatInvalid, $"has the \"{Version}\" {version}; version 1 is read");
        int? slots = record.Find(SlotCount)?.Int32(), redundant = record.Find(Redundant)?.Int32();
        int highest = 0;
        var table = new PlacementTable();
        foreach ((string name, JsonValue row) in record.Member(Assignments).Members())
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int layer))
                throw row.Invalid(EplbError.FormatInvalid, $"is under the name \"{name}\", not under the number of a layer");
            int[] experts = row.Int32Array();
            if (slots is not null && experts.Length != slots)
                throw row.Invalid(EplbError.RowLengthMismatch, $"has {experts.Length} slots, but \"{SlotCount}\" is {slots}");
            table.Add(layer, experts);
            slots ??= experts.Length;
            highest = Math.Max(highest, experts.DefaultIfEmpty(0).Max());
        }

        if (redundant is not null && redundant != slots - highest - 1)
            throw record.Invalid(EplbError.FormatInvalid, $"says \"{Redundant}\" {redundant}, but {slots} slots hold {highest + 1} experts");
        return table;
    }

    private static PlacementTable ReadRecording(JsonValue record, JsonValue? meta)
    {
        var table = new PlacementTable
        {
            GpuCount = record.Find("num_ranks")?.Int32(),
            NodeCount = meta?.Find("num_nodes")?.Int32(),
            GroupCount = meta?.Find("num_groups")?.Int32(),
        };
        int position = 0;
        foreach (JsonValue row in record.Member(RecordedMap).Elements()) table.Add(position++, row.Int32Array());
        return table;
    }
}
