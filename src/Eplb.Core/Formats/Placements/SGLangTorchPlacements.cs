namespace Eplb;

/// <summary>SGLang's placement as a .pt file: physical_to_logical_map, or the map that was in force at the end of a recording.</summary>
internal sealed class SGLangTorchPlacements : IPlacementReader
{
    private const string Map = "physical_to_logical_map", RecordedMap = "last_physical_to_logical_map";

    public bool Recognises(PlacementSource source) => ZipEntries.IsZip(source.Head.Span);

    public PlacementTable Read(PlacementSource source)
    {
        try
        {
            using TorchFile file = TorchFile.Open(source.Rewind());
            return Read(file);
        }
        catch (InvalidDataException broken)
        {
            throw new EplbException(EplbError.FormatInvalid, $"The archive is damaged ({broken.Message.TrimEnd('.')}).", innerException: broken);
        }
    }

    private static PlacementTable Read(TorchFile file)
    {
        if (file.Root is not Dictionary<object, object?> root || !(root.TryGetValue(Map, out object? map) || root.TryGetValue(RecordedMap, out map)))
            throw new EplbException(EplbError.FormatUnknown, $"The file holds neither {Map} nor {RecordedMap}; loads are read with Import-ExpertLoad.");
        if (root.Count > 1 && root.ContainsKey(Map))
            throw new EplbException(EplbError.FormatInvalid, $"The file has {root.Count - 1} more keys than {Map}, and the server rejects any other.");
        if (map is not TorchTensor { Size.Count: 2 } tensor)
            throw new EplbException(EplbError.FormatInvalid, "The map is no tensor of two dimensions, [hidden layers, slots].");
        int layers = (int)tensor.Size[0], slots = (int)tensor.Size[1];
        double[] values = file.ReadDoubles(tensor);
        var table = new PlacementTable { Numbering = LayerNumbering.EveryHiddenLayer };
        for (int layer = 0; layer < layers; layer++)
        {
            double[] row = values.AsSpan(layer * slots, slots).ToArray();
            int slot = Array.FindIndex(row, value => value != Math.Floor(value) || Math.Abs(value) > ClusterShape.MaxReplicaCount);
            if (slot >= 0)
                throw new EplbException(EplbError.IndexOutOfRange, FormattableString.Invariant($"Layer {layer}, slot {slot} holds {row[slot]}, which is no expert."), row[slot]);
            table.Add(layer, Array.ConvertAll(row, value => (int)value));
        }

        return table;
    }
}
