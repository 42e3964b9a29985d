namespace Eplb;

/// <summary>Reads loads from text tables, wide (a row a layer) or long (a row an expert).</summary>
internal static class CsvLoads
{
    private static readonly string[] OldSGLangHeader = ["layer_id", "expert_id", "count"];

    /// <summary>Reads a table.</summary>
    /// <param name="file">The file, at its start.</param>
    /// <param name="head">Its first bytes.</param>
    /// <param name="format">Csv or OmniInfer.</param>
    /// <param name="sums">Takes the loads.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>Which part of a recording the file is, or null where it is all of it.</returns>
    /// <exception cref="EplbException">The table has unknown columns or breaks a rule; the message names the line.</exception>
    public static RecordingPart? Read(FileStream file, ReadOnlySpan<byte> head, LoadFormat format, LoadSums sums, CancellationToken cancellation)
    {
        using StreamReader text = TextEncodings.OpenText(file, head);
        using var records = new CsvRecords(text, TextEncodings.Decode(head), cancellation);
        if (format != LoadFormat.OmniInfer) return ReadTable(records, file, sums);
        (int step, int rank) = RecorderFileName.OmniInfer(file.Name) ?? default;
        OmniInferLoads.Read(records, step, sums);
        return new RecordingPart(rank, step, HoldsOwnSlots: true);
    }

    private static RecordingPart? ReadTable(CsvRecords records, FileStream file, LoadSums sums)
    {
        if (!records.Read()) throw new EplbException(EplbError.FileEmpty, "The file is empty.");
        string[] header = records.GetTexts();
        CsvColumns columns = CsvColumns.Recognise(header);
        int? rank = header.SequenceEqual(OldSGLangHeader) ? RecorderFileName.SGLangRank(file.Name) : null;
        // Old SGLang counted in a dictionary: an expert that no token chose has no row.
        sums.IsSparse = rank is not null;
        if (columns.Expert >= 0)
            new CsvLongTable(records, columns, sums, file.Length).Read();
        else
            ReadWide(records, columns, sums);
        if (columns.Window >= 0) sums.Renumber(records.Windows.Numbers());
        return rank is null ? null : new RecordingPart(rank.Value);
    }

    private static void ReadWide(CsvRecords records, CsvColumns columns, LoadSums sums)
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
                    $"Line {records.Line}: layer {layer} is given a second time{(columns.Window < 0 ? "" : $" in window {records.Windows.TextOf(window)}")}; it needs one row.", layer);
            }

            for (int column = 0; column < columnCount; column++)
            {
                int expert = columns.Experts[column];
                if (expert >= 0) row[expert] = records.GetLoad(column, layer, expert);
            }

            sums.Add(window, layer, row);
        }

        if (columns.Window >= 0) WindowLayers.Check(seen, records.Windows.TextOf);
    }
}
