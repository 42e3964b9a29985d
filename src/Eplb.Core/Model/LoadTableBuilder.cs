namespace Eplb;

/// <summary>Builds loads from a long table: one row per layer, expert and, where there is one, window, in any order.</summary>
public sealed class LoadTableBuilder
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

    private sealed class Row
    {
        private double[] _load = [];
        private int _highest = -1;

        public bool TryAdd(int expert, double load)
        {
            if (expert >= _load.Length) Grow(expert + 1);
            if (!double.IsNaN(_load[expert])) return false;
            _load[expert] = load;
            _highest = Math.Max(_highest, expert);
            return true;
        }

        public double[] Complete(int layer)
        {
            int missing = Array.FindIndex(_load, 0, _highest + 1, double.IsNaN);
            if (missing >= 0)
            {
                throw new EplbException(EplbError.ExpertMissing,
                    $"Layer {layer} has no row for expert {missing}, but one for expert {_highest}; every expert needs one.", layer);
            }

            Array.Resize(ref _load, _highest + 1);
            return _load;
        }

        private void Grow(int needed)
        {
            int old = _load.Length;
            Array.Resize(ref _load, Math.Max(needed, Math.Max(64, old * 2)));
            // NaN marks an expert that has no row yet.
            _load.AsSpan(old).Fill(double.NaN);
        }
    }
}
