namespace Eplb;

/// <summary>SGLang's --init-expert-location: one key, physical_to_logical_map, with a row for every hidden layer.</summary>
/// <remarks>The server rejects any other key, and finds a row that lacks an expert only when it serves.</remarks>
internal sealed class SGLangPlacements : IPlacementReader, IPlacementWriter
{
    private const string Key = "physical_to_logical_map";

    public bool Recognises(PlacementSource source) => source.IsJson && source.Json[0].Has(Key);

    public PlacementTable Read(PlacementSource source)
    {
        JsonValue document = source.SingleJson;
        JsonValue rows = document.Member(Key);
        if (document.Names.FirstOrDefault(name => name != Key) is { } other)
            throw document.Invalid(EplbError.FormatInvalid, $"has the key \"{other}\", and the server rejects any key but \"{Key}\"");

        var table = new PlacementTable { Numbering = LayerNumbering.EveryHiddenLayer };
        int layer = 0;
        foreach (JsonValue row in rows.Elements()) table.Add(layer++, row.Int32Array());
        return table;
    }

    public void Write(PlacementMap map, IReadOnlyList<PlacementRow> rows, Stream output)
    {
        using var text = new InvariantWriter(output);
        text.WriteLine($"{{\"{Key}\":[");
        text.WriteLines(rows, "", row => text.WriteArray(row.Experts));
        text.WriteLine("]}");
    }
}
