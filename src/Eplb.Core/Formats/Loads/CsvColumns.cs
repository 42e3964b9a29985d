namespace Eplb;

/// <summary>What each column of a text table holds.</summary>
internal sealed class CsvColumns
{
    // Loads that count up like this are a data frame's own header; below this many columns they could be a small example's loads.
    private const int FewestCountedColumns = 8;

    private CsvColumns()
    {
    }

    /// <summary>Whether the first record is a header.</summary>
    public bool HasHeader { get; private set; }

    /// <summary>Column of the layer id, or -1 where rows are layers by position.</summary>
    public int Layer { get; private set; } = -1;

    /// <summary>Column of the expert id in a long table, or -1 in a wide one.</summary>
    public int Expert { get; private set; } = -1;

    /// <summary>Column of the load in a long table.</summary>
    public int Load { get; private set; } = -1;

    /// <summary>Column of the window, or -1.</summary>
    public int Window { get; private set; } = -1;

    /// <summary>Expert of each column of a wide table, -1 for the other columns.</summary>
    public int[] Experts { get; private set; } = [];

    /// <summary>Number of experts of a wide table.</summary>
    public int ExpertCount { get; private set; }

    /// <summary>Recognises the columns by the first record.</summary>
    /// <param name="fields">The fields of the first record.</param>
    /// <exception cref="EplbException">The record is neither a known header nor a row of numbers, or its experts have holes.</exception>
    public static CsvColumns Recognise(string[] fields)
    {
        var columns = new CsvColumns();
        if (fields.Length > 1 && Array.TrueForAll(fields, field => CsvNumber.TryParse(field.AsSpan(), out double _)))
        {
            columns.HasHeader = fields.Length >= FewestCountedColumns && IsCounted(fields);
            columns.Experts = [.. Enumerable.Range(0, fields.Length)];
            columns.ExpertCount = fields.Length;
            return columns;
        }

        columns.HasHeader = true;
        columns.FindNames(fields);
        bool isLong = columns.Layer >= 0 && columns.Expert >= 0 && columns.Load >= 0;
        if (!isLong) columns.FindExperts(fields);
        return columns;
    }

    private void FindNames(string[] fields)
    {
        for (int column = 0; column < fields.Length; column++)
        {
            switch (fields[column].Replace("_", "").Replace(" ", "").ToUpperInvariant())
            {
                case "LAYER" or "LAYERID":
                    Layer = Take(Layer, column, fields);
                    break;
                case "EXPERT" or "EXPERTID":
                    Expert = Take(Expert, column, fields);
                    break;
                case "LOAD" or "COUNT" or "TOKENS":
                    Load = Take(Load, column, fields);
                    break;
                case "WINDOW" or "STEP" or "TIME":
                    Window = Take(Window, column, fields);
                    break;
            }
        }

        // A data frame writes its index first, under no name.
        if (Layer < 0 && fields[0].Length == 0) Layer = 0;
    }

    private static int Take(int taken, int column, string[] fields) => taken < 0
        ? column
        : throw new EplbException(EplbError.FormatInvalid,
            $"Line 1: the columns '{fields[taken]}' and '{fields[column]}' mean the same; remove one.", fields[column]);

    private void FindExperts(string[] fields)
    {
        // One field a line is a text without a delimiter.
        if (fields.Length == 1) throw Unknown(fields);
        Experts = new int[fields.Length];
        var seen = new HashSet<int>();
        string? stem = null;
        for (int column = 0; column < fields.Length; column++)
        {
            Experts[column] = -1;
            if (column == Layer || column == Window) continue;
            if (!TryTrailingNumber(fields[column], out string name, out Experts[column]) || name != (stem ??= name)) throw Unknown(fields);
            if (IsOtherStem(name))
            {
                throw new EplbException(EplbError.FormatUnknown,
                    $"Line 1: the column '{fields[column]}' is no expert. Where a row is a layer, each column but those of layer and window must be an expert, such as expert_0. Transpose a table whose rows are the experts.", fields[column]);
            }

            if (!seen.Add(Experts[column]))
            {
                throw new EplbException(EplbError.ExpertDuplicate,
                    $"Line 1: two columns hold expert {Experts[column]}; each expert needs one column.", Experts[column]);
            }
        }

        ExpertCount = seen.Count;
        if (ExpertCount == 0) throw Unknown(fields);
        for (int expert = 0; expert < ExpertCount; expert++)
        {
            if (seen.Contains(expert)) continue;
            throw new EplbException(EplbError.ExpertMissing,
                $"Line 1: no column holds expert {expert}; {ExpertCount} expert columns must be numbered 0 to {ExpertCount - 1}.", expert);
        }
    }

    private static bool IsOtherStem(string stem) => stem.TrimEnd('_', '-', ' ').ToUpperInvariant() is "LAYER" or "STEP" or "WINDOW" or "TIME" or "RANK" or "GPU";

    private static bool TryTrailingNumber(string field, out string stem, out int number)
    {
        int start = field.Length;
        while (start > 0 && field[start - 1] is >= '0' and <= '9') start--;
        stem = field.Remove(start);
        number = -1;
        if (!CsvNumber.TryParse(field.AsSpan(start), out long value) || value >= LoadSums.MaxExpertCount) return false;
        number = (int)value;
        return true;
    }

    private static bool IsCounted(string[] fields)
    {
        for (int column = 0; column < fields.Length; column++)
        {
            if (!CsvNumber.TryParse(fields[column].AsSpan(), out long value) || value != column) return false;
        }

        return true;
    }

    private static EplbException Unknown(string[] fields)
    {
        if (fields.Contains(nameof(PhysicalExpert.LogicalExpert), StringComparer.OrdinalIgnoreCase)) return FormatRecognition.Placement();
        string names = string.Join(", ", fields.Take(8).Select(field => $"'{(field.Length > 40 ? field.Remove(40) + "..." : field)}'"));
        return new EplbException(EplbError.FormatUnknown,
            $"The first line has {fields.Length} columns ({names}); a table of loads has the columns layer, expert and load (or count, tokens), or a column an expert whose name ends in the expert's number.");
    }
}
