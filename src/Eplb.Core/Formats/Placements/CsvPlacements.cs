namespace Eplb;

/// <summary>This module's table: a line a physical expert with the columns of <see cref="PhysicalExpert"/>, as Export-Csv writes them too.</summary>
/// <remarks>Columns behind those keep what the objects do not say: the load of the logical expert, the number of groups and the policy; and the speed of the GPU, where GPUs have speeds.</remarks>
internal sealed class CsvPlacements : IPlacementReader, IPlacementWriter
{
    public bool Recognises(PlacementSource source) => !source.IsJson && IsHeader(source.HeadText);

    public PlacementTable Read(PlacementSource source)
    {
        using StreamReader text = TextEncodings.OpenText(source.Rewind(), source.Head.Span);
        using var records = new CsvRecords(text, source.HeadText, source.Cancellation);
        return new PlacementCsvTable(records).Read();
    }

    public void Write(PlacementMap map, IReadOnlyList<PlacementRow> rows, Stream output)
    {
        using var text = new InvariantWriter(output);
        ClusterShape shape = map.Shape;
        text.Write(string.Join(",", PlacementCsvTable.Columns));
        text.WriteLine(shape.GpuSpeed is null ? "" : $",{nameof(PhysicalExpert.GpuSpeed)}");
        for (int i = 0; i < rows.Count; i++)
        {
            LayerPlacement layer = map.Layers[i];
            for (int slot = 0; slot < map.ReplicaCount; slot++)
            {
                int expert = layer.PhysicalToLogical[slot], gpu = shape.GpuOf(slot);
                int count = expert < 0 ? 0 : layer.ExpertCount[expert];
                text.Write($"{rows[i].Layer},{slot},{expert},{layer.Replica[slot]},{count},{shape.NodeOf(gpu)},{gpu},{shape.SlotOf(slot)},");
                text.WriteNumber(layer.ExpectedLoad(slot));
                text.Write(',');
                if (expert >= 0 && layer.Load is not null) text.WriteNumber(layer.Load[expert]);
                text.Write($",{map.GroupCount},{map.Policy}");
                if (shape.GpuSpeed is not null)
                {
                    text.Write(',');
                    text.WriteNumber(shape.GpuSpeed[gpu]);
                }

                text.WriteLine();
            }
        }
    }

    private static bool IsHeader(string text)
    {
        if (text.StartsWith("#TYPE ", StringComparison.Ordinal)) text = text.Substring(text.IndexOf('\n') + 1);
        string[] names = text.Split('\n')[0].Split(',', ';', '\t');
        return Array.Exists(names, name => name.Trim(' ', '"', '\r').Equals(nameof(PhysicalExpert.LogicalExpert), StringComparison.OrdinalIgnoreCase));
    }
}
