namespace Eplb;

/// <summary>Reads loads from files of torch.save: SGLang's recorder in its modes stat, stat_approx, per_pass and per_token, KTransformers, bare tensors.</summary>
internal static class TorchLoads
{
    /// <summary>Reads a file.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="sums">Takes the loads.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>The rank whose part of the recording the file is, or null where it is all of it.</returns>
    /// <exception cref="EplbException">The file holds no loads, breaks their rules, or refers to anything but tensors.</exception>
    public static int? Read(Stream stream, LoadSums sums, CancellationToken cancellation)
    {
        using TorchFile file = TorchFile.Open(stream, cancellation);
        if (file.Root is TorchTensor bare)
        {
            ReadTensor(file, bare, "the tensor", sums, cancellation);
            return null;
        }

        if (file.Root is not Dictionary<object, object?> root)
            throw new EplbException(EplbError.FormatUnknown, "The file holds neither a tensor nor a dict; loads are in logical_count or records.");
        if (root.TryGetValue("logical_count", out object? counts))
        {
            TorchTensor tensor = AsTensor(counts, "logical_count");
            sums.IsRingBuffer = tensor.Size.Count == 3;
            ReadTensor(file, tensor, "logical_count", sums, cancellation);
            return null;
        }

        if (root.TryGetValue("records", out object? records))
            return ReadRecords(file, root, records, sums, cancellation);
        if (root.ContainsKey("physical_to_logical_map"))
            throw FormatRecognition.Placement();
        throw new EplbException(EplbError.FormatUnknown,
            $"The file's dict has the keys {string.Join(", ", root.Keys.Take(8))}; loads are in logical_count or records.");
    }

    private static void ReadTensor(TorchFile file, TorchTensor tensor, string name, LoadSums sums, CancellationToken cancellation)
    {
        if (tensor.Size.Count is not (2 or 3))
        {
            throw new EplbException(EplbError.FormatInvalid,
                $"{name} has the size {tensor.SizeText}; loads are [layers, experts] or [windows, layers, experts].");
        }

        (int windows, int layers, int experts) = LoadSums.CheckShape(tensor.Size);
        if (tensor.IsContiguous)
        {
            file.ReadElements(tensor, elements => ArrayRows.Read(elements, tensor.Type, (long)windows * layers, experts,
                (row, loads) => sums.Add(row / layers, (int)(row % layers), loads), cancellation));
            return;
        }

        double[] values = file.ReadDoubles(tensor);
        for (int row = 0; row < windows * layers; row++)
            sums.Add(row / layers, row % layers, values.AsSpan(row * experts, experts));
    }

    private static int ReadRecords(TorchFile file, Dictionary<object, object?> root, object? records, LoadSums sums, CancellationToken cancellation)
    {
        if (records is not List<object?> list) throw new EplbException(EplbError.FormatInvalid, "\"records\" must be a list of dicts.");
        if (list.Count == 0) throw new EplbException(EplbError.LoadMissing, "\"records\" is empty: no forward pass was recorded.");
        root.TryGetValue("last_physical_to_logical_map", out object? map);
        TorchTensor mapTensor = AsTensor(map, "last_physical_to_logical_map");
        (int layers, int slots) = ShapeOf(mapTensor);
        double[] counts = file.ReadDoubles(mapTensor);
        var physical = new PhysicalLoads([.. Enumerable.Range(0, layers).Select(layer => counts.AsSpan(layer * slots, slots).ToArray())]);
        long rank = -1;
        for (int i = 0; i < list.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (list[i] is not Dictionary<object, object?> record) throw new EplbException(EplbError.FormatInvalid, $"Record {i} is not a dict.");
            long pass = AsNumber(record, "forward_pass_id", i);
            rank = AsNumber(record, "rank", i);
            record.TryGetValue("global_physical_count", out object? value);
            TorchTensor tensor = AsTensor(value, "global_physical_count");
            if (ShapeOf(tensor) != (layers, slots))
            {
                throw new EplbException(EplbError.RowLengthMismatch,
                    $"Record {i} counts {tensor.SizeText}, but the map has {mapTensor.SizeText}; both are [layers, slots].");
            }

            file.Read(tensor, counts);
            for (int layer = 0; layer < layers; layer++) sums.Add(pass, layer, physical.ToLogical(layer, counts.AsSpan(layer * slots, slots)));
        }

        return (int)rank;
    }

    private static (int Layers, int Slots) ShapeOf(TorchTensor tensor)
    {
        if (tensor.Size.Count != 2)
            throw new EplbException(EplbError.FormatInvalid, $"A tensor of the recording has the size {tensor.SizeText}; [layers, slots] is right.");
        (_, int layers, int slots) = LoadSums.CheckShape(tensor.Size);
        return (layers, slots);
    }

    private static TorchTensor AsTensor(object? value, string key) => value as TorchTensor
        ?? throw new EplbException(EplbError.FormatInvalid, $"The recording needs a tensor under \"{key}\".");

    private static long AsNumber(Dictionary<object, object?> record, string key, int index) =>
        record.TryGetValue(key, out object? value) && value is long and >= 0 and <= int.MaxValue
            ? (long)value
            : throw new EplbException(EplbError.FormatInvalid, $"Record {index} needs a whole number under \"{key}\", 0 or higher.");
}
