namespace Eplb;

/// <summary>Builds loads from a long table: one row per layer, expert and, where there is one, window, in any order.</summary>
internal sealed class LoadTableBuilder
{
    /// <summary>Most experts that one layer may have.</summary>
    public const int MaxExpertCount = 1 << 20;

    private readonly SortedDictionary<(int Window, int Layer), Row> _rows = [];
    private (int Window, int Layer) _lastKey;
    private Row? _last;

    /// <summary>True when no row was added yet.</summary>
    public bool IsEmpty => _rows.Count == 0;

    /// <summary>Takes one row.</summary>
    /// <param name="layer">Layer id, 0 or higher.</param>
    /// <param name="expert">Logical expert, 0 to 1,048,575.</param>
    /// <param name="load">Load of the expert, finite and 0 or higher.</param>
    /// <param name="window">Window of the recording, 0 or higher; null where the table has none.</param>
    /// <exception cref="EplbException">A number out of its range, or the same expert twice.</exception>
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
        Row row = RowOf((window ?? -1, layer));
        if (!row.TryAdd(expert, load))
        {
            throw new EplbException(EplbError.ExpertDuplicate,
                $"Layer {layer}, expert {expert}{(window is null ? "" : $", window {window}")} is there twice; each expert of a layer has one row.", expert);
        }
    }

    /// <summary>The loads of all rows, in ascending order of windows and layers.</summary>
    /// <param name="source">Where the rows come from, or null.</param>
    /// <exception cref="EplbException">A row for some expert is missing.</exception>
    public IReadOnlyList<ExpertLoad> Build(string? source = null)
    {
        var loads = new List<ExpertLoad>(_rows.Count);
        foreach (KeyValuePair<(int Window, int Layer), Row> entry in _rows)
        {
            int? window = entry.Key.Window < 0 ? null : entry.Key.Window;
            loads.Add(new ExpertLoad(entry.Key.Layer, entry.Value.Complete(entry.Key.Layer), window, source));
        }

        return loads;
    }

    // Tables are nearly always sorted: the row that was used last is used again.
    private Row RowOf((int Window, int Layer) key)
    {
        if (_last is not null && key == _lastKey) return _last;
        if (!_rows.TryGetValue(key, out Row? row)) _rows.Add(key, row = new Row());
        _lastKey = key;
        return _last = row;
    }

    // Tables in order are appended to an array; others go through a dictionary, so that memory follows the rows, not the highest id.
    private sealed class Row
    {
        private double[] _ordered = new double[64];
        private int _count;
        private Dictionary<int, double>? _unordered;

        public bool TryAdd(int expert, double load)
        {
            if (_unordered is null && expert < _count) return false;
            if (_unordered is null && expert > _count) TakeUnordered();
            if (_unordered is not null)
            {
                if (_unordered.ContainsKey(expert)) return false;
                _unordered.Add(expert, load);
                return true;
            }

            if (_count == _ordered.Length) Array.Resize(ref _ordered, 2 * _count);
            _ordered[_count++] = load;
            return true;
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
