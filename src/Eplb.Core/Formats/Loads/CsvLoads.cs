using Sylvan.Data.Csv;

namespace Eplb;

/// <summary>Reads loads from text tables, wide (a row a layer) or long (a row an expert).</summary>
internal static class CsvLoads
{
    /// <summary>Reads a table.</summary>
    /// <param name="stream">The file, at its start.</param>
    /// <param name="head">Its first bytes.</param>
    /// <param name="table">Takes the loads.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="EplbException">The table has unknown columns or breaks a rule; the message names the line.</exception>
    public static void Read(Stream stream, ReadOnlySpan<byte> head, LoadTable table, CancellationToken cancellation)
    {
        long length = stream.Length;
        using StreamReader text = TextEncodings.OpenText(stream, head);
        try
        {
            using var records = new CsvRecords(text, TextEncodings.Decode(head), cancellation);
            if (!records.Read()) throw new EplbException(EplbError.FileEmpty, "The file is empty.");
            CsvColumns columns = CsvColumns.Recognise(records.GetTexts());
            if (columns.Expert >= 0)
                new CsvLongTable(records, columns, table, length).Read();
            else
                ReadWide(records, columns, table);
        }
        catch (CsvFormatException broken)
        {
            throw new EplbException(EplbError.FormatInvalid, $"Line {broken.RowNumber}: {broken.Message.TrimEnd('.')}.", innerException: broken);
        }
    }

    private static void ReadWide(CsvRecords records, CsvColumns columns, LoadTable table)
    {
        int columnCount = columns.Experts.Length;
        double[] row = new double[columns.ExpertCount];
        var seen = new HashSet<(long Window, int Layer)>();
        for (bool isRow = !columns.HasHeader || records.Read(); isRow; isRow = records.Read())
        {
            records.CheckFieldCount(columnCount);
            long window = columns.Window < 0 ? 0 : records.GetWindow(columns.Window);
            int layer = columns.Layer < 0 ? seen.Count : records.GetLayer(columns.Layer);
            if (!seen.Add((window, layer)))
            {
                throw new EplbException(EplbError.ExpertDuplicate,
                    $"Line {records.Line}: layer {layer} is given a second time{(columns.Window < 0 ? "" : $" in window {window}")}; it needs one row.", layer);
            }

            for (int column = 0; column < columnCount; column++)
            {
                int expert = columns.Experts[column];
                if (expert >= 0) row[expert] = records.GetLoad(column, layer, expert);
            }

            table.Add(window, layer, row);
        }

        CsvLongTable.CheckSameLayers(seen);
    }
}
