namespace Eplb;

/// <summary>Builds loads from long tables: one row per layer, expert and, where there is one, window, in any order.</summary>
/// <remarks>Tables of several ranks or recordings may come one after another or merged: each time that an expert comes again, its row belongs to a further table.</remarks>
internal sealed class LoadTableBuilder
{
    /// <summary>Most experts that one layer may have.</summary>
    public const int MaxExpertCount = 1 << 20;

    private readonly SortedDictionary<(int Window, int Layer), List<Row>> _tables = [];
    private (int Window, int Layer) _lastKey;
    private List<Row>? _last;

    /// <summary>Takes one row.</summary>
    /// <param name="layer">Layer id, 0 or higher.</param>
    /// <param name="expert">Logical expert, 0 to 1,048,575.</param>
    /// <param name="load">Load of the expert, finite and 0 or higher.</param>
    /// <param name="window">Window of the recording, 0 or higher; null where the table has none.</param>
    /// <exception cref="EplbException">A number out of its range.</exception>
    public void Add(int layer, int expert, double load, int? window = null)
    {
        if (layer < 0 || expert < 0 || window < 0)
        {
            throw new EplbException(EplbError.IndexOutOfRange,
                $"Layer {layer}, expert {expert}{(window is null ? "" : $", window {window}")}: layers, experts and windows are numbered from 0.");
        }

        if (expert >= MaxExpertCount)
        {
            throw new EplbException(EplbError.ShapeTooLarge,
                $"Layer {layer}, expert {expert}: more than {MaxExpertCount} experts in a layer are not supported.", expert);
        }

        ExpertLoad.CheckLoad(load, layer, expert);
        List<Row> rows = RowsOf((window ?? -1, layer));
        // The expert is in the rows of all tables so far, up to some table.
        int first = 0, end = rows.Count;
        while (first < end)
        {
            int middle = (first + end) / 2;
            if (rows[middle].Contains(expert))
                first = middle + 1;
            else
                end = middle;
        }

        if (first == rows.Count) rows.Add(new Row());
        rows[first].Add(expert, load);
    }

    /// <summary>The loads of all rows, in ascending order of windows and layers; those of several tables for one layer in the order of the tables.</summary>
    /// <exception cref="EplbException">A row for some expert is missing, or some experts have more rows than others.</exception>
    public IReadOnlyList<ExpertLoad> Build()
    {
        var loads = new List<ExpertLoad>(_tables.Count);
        foreach (KeyValuePair<(int Window, int Layer), List<Row>> entry in _tables)
        {
            List<Row> rows = entry.Value;
            if (rows.Find(row => row.Count < rows[0].Count) is { } partial)
            {
                throw new EplbException(EplbError.ExpertDuplicate,
                    $"Layer {entry.Key.Layer}{(entry.Key.Window < 0 ? "" : $", window {entry.Key.Window}")}: expert {partial.First} is there more often than others; an expert has one row a layer, or one in each of several tables.", partial.First);
            }

            foreach (Row row in rows)
                loads.Add(new ExpertLoad(entry.Key.Layer, row.Complete(entry.Key.Layer), entry.Key.Window < 0 ? null : entry.Key.Window));
        }

        return loads;
    }

    // Tables are nearly always sorted: the layer that was used last is used again.
    private List<Row> RowsOf((int Window, int Layer) key)
    {
        if (_last is not null && key == _lastKey) return _last;
        if (!_tables.TryGetValue(key, out List<Row>? rows)) _tables.Add(key, rows = [new Row()]);
        _lastKey = key;
        return _last = rows;
    }

    // Tables in order are appended to an array; others go through a dictionary, so that memory follows the rows, not the highest id.
    private sealed class Row
    {
        private double[] _ordered = new double[64];
        private int _count;
        private Dictionary<int, double>? _unordered;

        public int Count => _unordered?.Count ?? _count;

        public int First => _unordered?.Keys.Min() ?? 0;

        public bool Contains(int expert) => _unordered?.ContainsKey(expert) ?? expert < _count;

        public void Add(int expert, double load)
        {
            if (_unordered is null && expert > _count) TakeUnordered();
            if (_unordered is not null)
            {
                _unordered.Add(expert, load);
                return;
            }

            if (_count == _ordered.Length) Array.Resize(ref _ordered, 2 * _count);
            _ordered[_count++] = load;
        }

        public double[] Complete(int layer)
        {
            if (_unordered is null)
            {
                Array.Resize(ref _ordered, _count);
                return _ordered;
            }

            double[] load = new double[_unordered.Count];
            for (int expert = 0; expert < load.Length; expert++)
            {
                if (_unordered.TryGetValue(expert, out load[expert])) continue;
                throw new EplbException(EplbError.ExpertMissing,
                    $"Layer {layer} has no row for expert {expert}, but one for expert {_unordered.Keys.Max()}; every expert needs one.", layer);
            }

            return load;
        }

        private void TakeUnordered()
        {
            _unordered = [];
            for (int expert = 0; expert < _count; expert++) _unordered.Add(expert, _ordered[expert]);
            _ordered = [];
        }
    }
}
