namespace Eplb;

/// <summary>Reads loads from arrays [layers, experts] or [windows, layers, experts] in memory order.</summary>
internal static class NpyLoads
{
    /// <summary>Reads the array of a .npy file.</summary>
    /// <param name="stream">The file, behind the header.</param>
    /// <param name="header">The header.</param>
    /// <param name="length">Bytes of the file.</param>
    /// <param name="sums">Takes the loads.</param>
    /// <param name="firstWindow">Number of the array's first window.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>Number of windows.</returns>
    /// <exception cref="EplbException">The file is no such array, or is longer or shorter than its header says.</exception>
    public static int Read(Stream stream, NpyHeader header, long length, LoadSums sums, long firstWindow, CancellationToken cancellation)
    {
        long available = length - header.DataOffset;
        if (header.Shape.Count is not (2 or 3))
        {
            throw new EplbException(EplbError.FormatInvalid,
                $"The array has the shape {header.ShapeText}; loads are (layers, experts) or (windows, layers, experts).");
        }

        if (header.DataLength != available)
        {
            throw new EplbException(header.DataLength > available ? EplbError.ShapeTooLarge : EplbError.FormatInvalid,
                $"The array's shape {header.ShapeText} takes {header.DataLength} bytes, but {available} follow the header.");
        }

        (int windows, int layers, int experts) = LoadSums.CheckShape([.. header.Shape]);
        if (header.IsFortranOrder)
        {
            ReadColumns(stream, header.Type, (windows, layers, experts), sums, firstWindow, cancellation);
        }
        else
        {
            ArrayRows.Read(stream, header.Type, (long)windows * layers, experts,
                (row, loads) => sums.Add(firstWindow + (row / layers), (int)(row % layers), loads), cancellation);
        }

        return windows;
    }

    private static void ReadColumns(Stream stream, NumericType type, (int Windows, int Layers, int Experts) shape, LoadSums sums, long firstWindow, CancellationToken cancellation)
    {
        // The window runs fastest, then the layer: one run of windows x layers for each expert.
        int keptWindows = sums.PerWindow ? shape.Windows : 1;
        var rows = new double[shape.Layers][][];
        for (int layer = 0; layer < rows.Length; layer++)
        {
            rows[layer] = new double[keptWindows][];
            for (int window = 0; window < keptWindows; window++)
                rows[layer][window] = sums.Row(firstWindow + window, layer, shape.Experts);
        }

        int itemsAtOnce = Math.Min(shape.Windows, ArrayRows.ChunkLength);
        byte[] chunk = new byte[itemsAtOnce * type.Size()];
        double[] values = new double[itemsAtOnce];
        for (int expert = 0; expert < shape.Experts; expert++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int layer = 0; layer < shape.Layers; layer++)
            {
                double[][] windowRows = rows[layer];
                for (int start = 0; start < shape.Windows; start += itemsAtOnce)
                {
                    int items = Math.Min(itemsAtOnce, shape.Windows - start);
                    stream.ReadExactly(chunk, items * type.Size(), "the array");
                    type.Decode(chunk, values.AsSpan(0, items));
                    for (int i = 0; i < items; i++)
                    {
                        LoadSums.CheckLoad(values[i], firstWindow + start + i, layer, expert);
                        windowRows[keptWindows == 1 ? 0 : start + i][expert] += values[i];
                    }
                }
            }
        }
    }
}
