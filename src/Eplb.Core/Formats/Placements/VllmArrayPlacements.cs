namespace Eplb;

/// <summary>vLLM's mapping as a bare array [layers][slots], or [slots] for one layer, as its pull request 49572 reads it: MoE layers by position.</summary>
/// <remarks>Released versions of vLLM read no file.</remarks>
internal sealed class VllmArrayPlacements : IPlacementReader, IPlacementWriter
{
    public bool Recognises(PlacementSource source) => source.IsJson && source.Json[0] is { IsArray: true } rows && !rows.Elements().Any(row => row.IsObject);

    public PlacementTable Read(PlacementSource source)
    {
        JsonValue rows = source.SingleJson;
        var table = new PlacementTable();
        if (!rows.Elements().Any(row => row.IsArray))
        {
            table.Add(0, rows.Int32Array());
            return table;
        }

        int position = 0;
        foreach (JsonValue row in rows.Elements()) table.Add(position++, row.Int32Array());
        return table;
    }

    public void Write(PlacementMap map, IReadOnlyList<PlacementRow> rows, Stream output)
    {
        using var text = new InvariantWriter(output);
        text.WriteLine('[');
        text.WriteLines(rows, "", row => text.WriteArray(row.Experts));
        text.WriteLine(']');
    }
}
