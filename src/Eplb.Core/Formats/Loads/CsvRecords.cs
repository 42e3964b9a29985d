using System.Globalization;
using Sylvan.Data.Csv;

namespace Eplb;

/// <summary>The records of a text table, with the place of every error.</summary>
internal sealed class CsvRecords : IDisposable
{
    // A line of 32,768 experts has room. The reader takes a time that grows with the square of the number of fields: minutes for a line of a
    // few MB, so that their number is limited too.
    private const int MaxRecordLength = 1 << 19;

    // Seconds are told from what is no time at all: 30,000 years.
    private const decimal MaxSeconds = 1e12m;

    private readonly CsvDataReader _reader;
    private readonly CancellationToken _cancellation;
    private readonly int _firstLine;
#if !NET
    private char[] _field = new char[64];
#endif

    /// <summary>Opens the table.</summary>
    /// <param name="text">The text; a first line that starts with #TYPE, as Windows PowerShell's Export-Csv writes it, is left out.</param>
    /// <param name="head">Start of the text.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    public CsvRecords(StreamReader text, string head, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        _firstLine = 1;
        if (head.StartsWith("#TYPE ", StringComparison.Ordinal))
        {
            text.ReadLine();
            head = head.Substring(head.IndexOf('\n') + 1);
            _firstLine++;
        }

        char delimiter = FindDelimiter(head);
        var options = new CsvDataReaderOptions
        {
            HasHeaders = false,
            Delimiter = delimiter,
            Comment = '\0',
            BufferSize = 1 << 16,
            MaxBufferSize = MaxRecordLength,
            OwnsReader = false,
        };
        try
        {
            // Reads the first line already.
            _reader = CsvDataReader.Create(new CsvFieldLimit(text, delimiter, _firstLine), options);
        }
        catch (CsvFormatException broken)
        {
            throw Invalid(broken);
        }
    }

    /// <summary>Line of the current record, taking every record for one line.</summary>
    public long Line => _firstLine + _reader.RowNumber - 1;

    /// <summary>Number of fields of the current record.</summary>
    public int FieldCount => _reader.RowFieldCount;

    /// <summary>Moves to the next record that is not blank.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="EplbException">The text breaks the rules of CSV; the message names the line.</exception>
    public bool Read()
    {
        try
        {
            do
            {
                if ((_reader.RowNumber & 0xFFF) == 0) _cancellation.ThrowIfCancellationRequested();
                if (!_reader.Read()) return false;
            }
            while (IsBlank());
            return true;
        }
        catch (CsvFormatException broken)
        {
            throw Invalid(broken);
        }
    }

    /// <summary>The fields of the current record as text.</summary>
    public string[] GetTexts()
    {
        var texts = new string[FieldCount];
        for (int column = 0; column < texts.Length; column++) texts[column] = _reader.GetString(column).Trim();
        return texts;
    }

    /// <summary>A field as text.</summary>
    /// <param name="column">Column, from 0.</param>
    public ReadOnlySpan<char> GetSpan(int column)
    {
#if NET
        return _reader.GetFieldSpan(column);
#else
        long length = _reader.GetChars(column, 0, null!, 0, 0);
        if (length > _field.Length) _field = new char[length];
        length = _reader.GetChars(column, 0, _field, 0, (int)length);
        return _field.AsSpan(0, (int)length);
#endif
    }

    /// <summary>Throws unless the current record has as many fields as the first.</summary>
    /// <param name="count">Fields of the first record.</param>
    public void CheckFieldCount(int count)
    {
        if (FieldCount == count) return;
        throw new EplbException(EplbError.RowLengthMismatch,
            $"Line {Line} has {FieldCount} fields, but the first line has {count}; every line needs the same number.", FieldCount);
    }

    /// <summary>The load in a field.</summary>
    /// <param name="column">Column, from 0.</param>
    /// <param name="layer">Layer id, for the error.</param>
    /// <param name="expert">Expert id, for the error.</param>
    public double GetLoad(int column, int layer, int expert)
    {
        if (!CsvNumber.TryParse(GetSpan(column), out double load)) throw NotANumber(column, "a load is a number with a decimal point");
        if (load >= 0 && load <= float.MaxValue) return load;
        try
        {
            ExpertLoad.CheckLoad(load, layer, expert);
        }
        catch (EplbException broken)
        {
            throw broken.At($"Line {Line}", load);
        }

        return load;
    }

    /// <summary>The layer id in a field: a number, or a number behind "layer_".</summary>
    /// <param name="column">Column, from 0.</param>
    public int GetLayer(int column)
    {
        ReadOnlySpan<char> text = GetSpan(column).Trim();
        if (text.StartsWith("layer_".AsSpan(), StringComparison.OrdinalIgnoreCase)) text = text.Slice("layer_".Length);
        if (!CsvNumber.TryParseId(text, out long layer)) throw NotANumber(column, "a layer id is a whole number");
        if ((ulong)layer < LoadSums.MaxLayerCount) return (int)layer;
        throw OutOfRange("layer", layer, LoadSums.MaxLayerCount);
    }

    /// <summary>The expert id in a field.</summary>
    /// <param name="column">Column, from 0.</param>
    public int GetExpert(int column)
    {
        if (!CsvNumber.TryParseId(GetSpan(column), out long expert)) throw NotANumber(column, "an expert id is a whole number");
        if ((ulong)expert < LoadSums.MaxExpertCount) return (int)expert;
        throw OutOfRange("expert", expert, LoadSums.MaxExpertCount);
    }

    /// <summary>The windows so far.</summary>
    public CsvWindows Windows { get; } = new();

    /// <summary>The window in a field, numbered in order of appearance: a number, or a time.</summary>
    /// <param name="column">Column, from 0.</param>
    public long GetWindow(int column)
    {
        ReadOnlySpan<char> text = GetSpan(column);
        if (Windows.FindLast(text) is >= 0 and int last) return last;
        bool isTime = false;
        decimal value;
        if (CsvNumber.TryParse(text, out long number))
        {
            value = number >= 0 ? number : throw OutOfRange("window", number, long.MaxValue);
        }
        else if (!TryParseSeconds(text, out value))
        {
            isTime = true;
            value = CsvTime.TryParse(text.Trim().ToString(), out DateTime time)
                ? time.Ticks
                : throw NotANumber(column, "a window is a whole number, or a time in seconds or ISO 8601");
        }

        return Windows.TryTake(value, isTime, text.ToString(), out int id) ? id : throw NotANumber(column, "all windows must be numbers, or all times in ISO 8601");
    }

    public void Dispose() => _reader.Dispose();

    private EplbException Invalid(CsvFormatException broken) => broken is CsvRecordTooLargeException
        ? new EplbException(EplbError.ShapeTooLarge, $"Line {_firstLine + Math.Max(0, broken.RowNumber - 1)} is longer than {MaxRecordLength} characters; a line holds one layer at most.", innerException: broken)
        : new EplbException(EplbError.FormatInvalid, $"Line {_firstLine + Math.Max(0, broken.RowNumber - 1)}: {broken.Message.TrimEnd('.')}.", innerException: broken);

    private EplbException NotANumber(int column, string rule)
    {
        string text = GetSpan(column).ToString();
        string value = text.Length == 0 ? "nothing" : $"'{(text.Length > 40 ? text.Remove(40) + "..." : text)}'";
        return new EplbException(EplbError.FormatInvalid, $"Line {Line}, column {column + 1} holds {value}; {rule}.", text);
    }

    private EplbException OutOfRange(string name, long value, long limit) => new(EplbError.IndexOutOfRange,
        $"Line {Line}: {name} {value} is out of range; it must be 0 to {limit - 1}.", value);

    private static bool TryParseSeconds(ReadOnlySpan<char> text, out decimal seconds) =>
        decimal.TryParse(text.Trim().ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out seconds) && seconds is >= 0 and < MaxSeconds;

    private bool IsBlank() => FieldCount == 0 || (FieldCount == 1 && GetSpan(0).Trim().IsEmpty);

    private static char FindDelimiter(string head)
    {
        // Blank lines before the first record are no record.
        head = head.TrimStart('\r', '\n');
        int end = head.IndexOfAny(['\r', '\n']);
        string line = end < 0 ? head : head.Substring(0, end);
        if (line.Contains('\t')) return '\t';
        return !line.Contains(',') && line.Contains(';') ? ';' : ',';
    }
}
