namespace Eplb;

/// <summary>Adds up the rows of a long table, in any order, and finds experts that are given twice or not at all.</summary>
/// <remarks>Windows that are added up cost a counter a window and layer, not a row of loads.</remarks>
internal sealed class CsvLongTable(CsvRecords records, CsvColumns columns, LoadSums sums, long fileLength)
{
    private const long SparseRoom = 1 << 13;

    private readonly Dictionary<(long Window, int Layer), Row> _rows = [];
    private readonly Dictionary<int, Sum> _byLayer = [];
    private long _capacity;
    private int _expertCount;

    /// <summary>Reads all records behind the header.</summary>
    /// <exception cref="EplbException">A record that breaks a rule, or a hole.</exception>
    public void Read()
    {
        int columnCount = records.FieldCount;
        (long, int) lastKey = default;
        Row? row = null;
        while (records.Read())
        {
            records.CheckFieldCount(columnCount);
            (long Window, int Layer) key = (columns.Window < 0 ? 0 : records.GetWindow(columns.Window), records.GetLayer(columns.Layer));
            if (row is null || key != lastKey)
            {
                row = GetRow(key);
                lastKey = key;
            }

            int expert = records.GetExpert(columns.Expert);
            double load = records.GetLoad(columns.Load, key.Layer, expert);
            if (expert >= row.Sum.Loads.Length) Grow(row.Sum, expert);
            if (!row.TryMark(expert))
            {
                throw new EplbException(EplbError.ExpertDuplicate,
                    $"Line {records.Line}: layer {key.Layer}, expert {expert} is given a second time{InWindow(key.Window)}; each expert needs one row.", expert);
            }

            row.Sum.Loads[expert] += load;
            if (expert >= _expertCount) _expertCount = expert + 1;
        }

        CheckHoles();
        Deliver();
    }

    private Row GetRow((long Window, int Layer) key)
    {
        if (_rows.TryGetValue(key, out Row? row)) return row;
        if (sums.PerWindow || !_byLayer.TryGetValue(key.Layer, out Sum? sum))
        {
            sum = new Sum();
            _byLayer[key.Layer] = sum;
        }

        return _rows[key] = new Row(sum);
    }

    private void Grow(Sum sum, int expert)
    {
        int length = Math.Max(expert + 1, sum.Loads.Length * 2);
        _capacity += length - sum.Loads.Length;
        // Every expert needs a line of its own, so a table without holes never needs more; one with holes is given a few thousand a layer.
        if (_capacity > fileLength + (sums.IsSparse ? SparseRoom * _rows.Count : 0))
        {
            throw new EplbException(EplbError.ExpertMissing,
                $"Line {records.Line}: expert {expert} cannot be right, a file of {fileLength} bytes is too small to give every expert below it a row.", expert);
        }

        if (sums.IsSparse && _capacity > LoadSums.MaxLoadCount)
        {
            throw new EplbException(EplbError.ShapeTooLarge,
                $"Line {records.Line}: more than {LoadSums.MaxLoadCount} loads (layers x experts), counting those that are left out, are beyond the limit.", expert);
        }

        Array.Resize(ref sum.Loads, length);
    }

    private void CheckHoles()
    {
        if (sums.IsSparse) return;
        foreach (KeyValuePair<(long Window, int Layer), Row> entry in _rows.OrderBy(entry => entry.Key))
        {
            if (entry.Value.Complete == _expertCount) continue;
            throw new EplbException(EplbError.ExpertMissing,
                $"Layer {entry.Key.Layer}: expert {entry.Value.Complete} has no load{InWindow(entry.Key.Window)}; experts 0 to {_expertCount - 1} need one each, 0 where they got nothing.",
                entry.Value.Complete);
        }

        if (columns.Window >= 0) WindowLayers.Check([.. _rows.Keys], records.Windows.TextOf);
    }

    private void Deliver()
    {
        if (sums.PerWindow)
        {
            foreach (KeyValuePair<(long Window, int Layer), Row> entry in _rows)
                Deliver(entry.Key.Window, entry.Key.Layer, entry.Value.Sum);
        }
        else
        {
            foreach (KeyValuePair<int, Sum> entry in _byLayer) Deliver(0, entry.Key, entry.Value);
        }
    }

    private void Deliver(long window, int layer, Sum sum)
    {
        // Short only where experts without load are left out.
        if (sum.Loads.Length < _expertCount) Array.Resize(ref sum.Loads, _expertCount);
        sums.Add(window, layer, sum.Loads.AsSpan(0, _expertCount));
    }

    private string InWindow(long window) => columns.Window < 0 ? "" : $" in window {records.Windows.TextOf(window)}";

    private sealed class Sum
    {
        public double[] Loads = [];
    }

    /// <summary>Which experts of one window and layer were there: all below Complete, and those in a set ahead of it.</summary>
    private sealed class Row(Sum sum)
    {
        private HashSet<int>? _ahead;

        public Sum Sum { get; } = sum;

        public int Complete { get; private set; }

        public bool TryMark(int expert)
        {
            if (expert < Complete) return false;
            if (expert > Complete) return (_ahead ??= []).Add(expert);
            Complete++;
            if (_ahead is null) return true;
            while (_ahead.Remove(Complete)) Complete++;
            if (_ahead.Count == 0) _ahead = null;
            return true;
        }
    }
}
