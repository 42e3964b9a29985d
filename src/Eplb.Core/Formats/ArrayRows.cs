namespace Eplb;

/// <summary>Reads the rows of an array that lies in memory order, a chunk of the file at a time.</summary>
internal static class ArrayRows
{
    /// <summary>About how many bytes are read at once.</summary>
    public const int ChunkLength = 1 << 18;

    /// <summary>Reads rows. The caller has checked the shape against what the file holds.</summary>
    /// <param name="stream">At the first byte of the data.</param>
    /// <param name="type">Element type.</param>
    /// <param name="rowCount">Number of rows.</param>
    /// <param name="rowLength">Elements of a row.</param>
    /// <param name="take">Takes the index and the values of each row; the values are overwritten by the next.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="EplbException">The file ends too early.</exception>
    public static void Read(Stream stream, NumericType type, long rowCount, int rowLength, Action<long, double[]> take, CancellationToken cancellation)
    {
        int rowBytes = rowLength * type.Size();
        int rowsAtOnce = (int)Math.Min(rowCount, Math.Max(1, ChunkLength / rowBytes));
        byte[] chunk = new byte[rowsAtOnce * rowBytes];
        double[] values = new double[rowLength];
        for (long row = 0; row < rowCount;)
        {
            cancellation.ThrowIfCancellationRequested();
            int rows = (int)Math.Min(rowsAtOnce, rowCount - row);
            stream.ReadExactly(chunk, rows * rowBytes, "an array");
            for (int i = 0; i < rows; i++, row++)
            {
                type.Decode(chunk.AsSpan(i * rowBytes, rowBytes), values);
                take(row, values);
            }
        }
    }
}
