namespace Eplb;

/// <summary>The windows of a text table, numbered as they come; what number each has in the end is known when all are there.</summary>
internal sealed class CsvWindows
{
    private readonly Dictionary<decimal, int> _ids = [];
    private readonly List<decimal> _values = [];
    private readonly List<string> _texts = [];
    private bool? _areTimes;
    private bool _areWhole = true;
    private int _last = -1;

    /// <summary>The window of the record before, where this is its text; -1 where it is not.</summary>
    /// <param name="text">Text of the window.</param>
    public int FindLast(ReadOnlySpan<char> text) => _last >= 0 && text.SequenceEqual(_texts[_last].AsSpan()) ? _last : -1;

    /// <summary>Takes the window of a record.</summary>
    /// <param name="value">A number, or a time in ticks.</param>
    /// <param name="isTime">Whether it is a time.</param>
    /// <param name="text">Its text.</param>
    /// <param name="id">Number of the window in order of appearance, from 0.</param>
    /// <returns>False where others are numbers and this is a time, or the other way round.</returns>
    public bool TryTake(decimal value, bool isTime, string text, out int id)
    {
        _areTimes ??= isTime;
        if (!_ids.TryGetValue(value, out id))
        {
            id = _values.Count;
            _ids.Add(value, id);
            _values.Add(value);
            _texts.Add(text);
            _areWhole &= decimal.Truncate(value) == value;
        }

        _last = id;
        return isTime == _areTimes;
    }

    /// <summary>The text of a window where it first came.</summary>
    /// <param name="id">Number in order of appearance.</param>
    public string TextOf(long id) => _texts[(int)id];

    /// <summary>The number of each window: itself where all are whole numbers, else its place in ascending order.</summary>
    public long[] Numbers()
    {
        if (_areWhole && _areTimes == false) return [.. _values.Select(value => (long)value)];
        decimal[] ascending = [.. _values.OrderBy(value => value)];
        return [.. _values.Select(value => (long)Array.BinarySearch(ascending, value))];
    }
}
