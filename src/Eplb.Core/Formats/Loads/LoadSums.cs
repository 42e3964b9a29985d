using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Eplb;

/// <summary>Collects the loads of one source row by row; windows are added up as they come, or kept apart.</summary>
/// <remarks>Memory follows the result, not the file: without windows, one row a layer.</remarks>
internal sealed class LoadSums(bool perWindow)
{
    /// <summary>Highest layer id plus one; no model comes near it.</summary>
    public const int MaxLayerCount = 1 << 16;

    /// <summary>Most logical experts of a layer.</summary>
    public const int MaxExpertCount = ClusterShape.MaxReplicaCount;

    /// <summary>Most loads (layers x experts) of one window.</summary>
    public const int MaxLoadCount = 1 << 24;

    /// <summary>Most loads over all windows that are kept apart: 2 GiB of them.</summary>
    public const int MaxKeptLoadCount = 1 << 28;

    private readonly Dictionary<(long Window, int Layer), double[]> _rows = [];

    /// <summary>Whether windows are kept apart.</summary>
    public bool PerWindow => perWindow;

    /// <summary>Number of logical experts in every row; 0 before the first.</summary>
    public int ExpertCount { get; private set; }

    /// <summary>Whether the windows are a ring buffer that was dumped whole: their order says nothing, and idle ones were never used.</summary>
    public bool IsRingBuffer { get; set; }

    /// <summary>Whether the source leaves out experts without load, so that rows may be short.</summary>
    public bool IsSparse { get; set; }

    /// <summary>The rows so far, in ascending order of windows, then layers.</summary>
    public IEnumerable<KeyValuePair<(long Window, int Layer), double[]>> Rows => _rows.OrderBy(entry => entry.Key);

    /// <summary>A row, or null where there is none.</summary>
    /// <param name="window">Window number in the source.</param>
    /// <param name="layer">Layer id.</param>
    public double[]? Find(long window, int layer) => _rows.TryGetValue((window, layer), out double[]? row) ? row : null;

    /// <summary>Number of rows so far.</summary>
    public int RowCount => _rows.Count;

    /// <summary>Adds the loads of one layer in one window.</summary>
    /// <param name="window">Window number in the source, 0 or higher.</param>
    /// <param name="layer">Layer id.</param>
    /// <param name="row">Load of each logical expert; copied.</param>
    /// <exception cref="EplbException">A load that is negative or not finite, a row of another length, or a shape beyond the limits.</exception>
    [MethodImpl(Jit.OptimizeAtOnce)]
    public void Add(long window, int layer, ReadOnlySpan<double> row)
    {
        double[] sum = Row(window, layer, row.Length);
        ReadOnlySpan<Vector<double>> loads = MemoryMarshal.Cast<double, Vector<double>>(row);
        Span<Vector<double>> sums = MemoryMarshal.Cast<double, Vector<double>>(sum.AsSpan()).Slice(0, loads.Length);
        var highest = new Vector<double>(float.MaxValue);
        Vector<long> broken = default;
        for (int i = 0; i < loads.Length; i++)
        {
            broken |= ~(Vector.GreaterThanOrEqual(loads[i], Vector<double>.Zero) & Vector.LessThanOrEqual(loads[i], highest));
            sums[i] += loads[i];
        }

        bool isBroken = broken != Vector<long>.Zero;
        for (int expert = loads.Length * Vector<double>.Count; expert < sum.Length; expert++)
        {
            isBroken |= !(row[expert] >= 0 && row[expert] <= float.MaxValue);
            sum[expert] += row[expert];
        }

        if (!isBroken) return;
        for (int expert = 0; expert < sum.Length; expert++) CheckLoad(row[expert], window, layer, expert);
    }

    /// <summary>The row that loads of a layer in a window are added to, made on first use.</summary>
    /// <param name="window">Window number in the source.</param>
    /// <param name="layer">Layer id.</param>
    /// <param name="expertCount">Length of the row.</param>
    /// <exception cref="EplbException">A row of another length, or a shape beyond the limits.</exception>
    public double[] Row(long window, int layer, int expertCount)
    {
        if (expertCount != ExpertCount) SetExpertCount(layer, expertCount);
        (long, int) key = (perWindow ? window : 0, layer);
        if (_rows.TryGetValue(key, out double[]? row)) return row;

        CheckLayer(layer);
        long limit = perWindow ? MaxKeptLoadCount : MaxLoadCount;
        if ((_rows.Count + 1L) * expertCount > limit)
        {
            throw new EplbException(EplbError.ShapeTooLarge,
                $"More than {limit} loads (layers x experts{(perWindow ? " x windows" : "")}) are beyond the limit.");
        }

        return _rows[key] = new double[expertCount];
    }

    /// <summary>Adds the loads of another source, such as another rank of the same recording.</summary>
    /// <param name="other">Loads with windows kept apart or added up as they are here.</param>
    /// <exception cref="EplbException">Another number of experts.</exception>
    public void Add(LoadSums other)
    {
        if (IsSparse && other.ExpertCount < ExpertCount) other.Widen(ExpertCount);
        if (IsSparse && other.ExpertCount > ExpertCount) Widen(other.ExpertCount);
        foreach (KeyValuePair<(long Window, int Layer), double[]> entry in other._rows) Add(entry.Key.Window, entry.Key.Layer, entry.Value);
    }

    /// <summary>Gives windows that were kept apart under their place of appearance the numbers that they have.</summary>
    /// <param name="numbers">Number of each window: [windows].</param>
    public void Renumber(IReadOnlyList<long> numbers)
    {
        if (!perWindow) return;
        KeyValuePair<(long Window, int Layer), double[]>[] rows = [.. _rows];
        _rows.Clear();
        foreach (KeyValuePair<(long Window, int Layer), double[]> entry in rows) _rows.Add((numbers[(int)entry.Key.Window], entry.Key.Layer), entry.Value);
    }

    /// <summary>Throws unless a load is finite, not negative and within the float32 range; the message names window, layer and expert.</summary>
    /// <param name="load">The load.</param>
    /// <param name="window">Window number in the source.</param>
    /// <param name="layer">Layer id.</param>
    /// <param name="expert">Expert id.</param>
    public static void CheckLoad(double load, long window, int layer, int expert)
    {
        if (load >= 0 && load <= float.MaxValue) return;
        try
        {
            ExpertLoad.CheckLoad(load, layer, expert);
        }
        catch (EplbException broken) when (window > 0)
        {
            throw broken.At($"Window {window}", load);
        }
    }

    /// <summary>Checks the shape that a file claims for [layers, experts] or [windows, layers, experts].</summary>
    /// <param name="shape">Two or three dimensions.</param>
    /// <exception cref="EplbException">An empty dimension, or one beyond the limits.</exception>
    public static (int Windows, int Layers, int Experts) CheckShape(IReadOnlyList<long> shape)
    {
        long windows = shape.Count == 3 ? shape[0] : 1;
        long layers = shape[shape.Count - 2];
        long experts = shape[shape.Count - 1];
        string text = string.Join(" x ", shape);
        if (windows == 0 || layers == 0 || experts == 0)
            throw new EplbException(EplbError.LoadMissing, $"The array of {text} is empty; it needs at least one layer with one expert.");
        if (windows > int.MaxValue || layers > MaxLayerCount || experts > MaxExpertCount || layers * experts > MaxLoadCount)
        {
            throw new EplbException(EplbError.ShapeTooLarge,
                $"The array of {text} is above the limit of {MaxLayerCount} layers, {MaxExpertCount} experts and {MaxLoadCount} loads a window.");
        }

        return ((int)windows, (int)layers, (int)experts);
    }

    /// <summary>Throws unless a layer id is in range.</summary>
    /// <param name="layer">Layer id.</param>
    public static void CheckLayer(long layer)
    {
        if ((ulong)layer >= MaxLayerCount)
        {
            throw new EplbException(EplbError.IndexOutOfRange,
                $"Layer {layer} is out of range; layer ids are 0 to {MaxLayerCount - 1}.", layer);
        }
    }

    /// <summary>The loads in ascending order of windows, then layers.</summary>
    /// <param name="source">Path of the file, for the objects.</param>
    /// <exception cref="EplbException">No load at all, or a sum outside the float32 range.</exception>
    public IReadOnlyList<ExpertLoad> ToLoads(string source)
    {
        if (_rows.Count == 0)
            throw new EplbException(EplbError.LoadMissing, "There are no loads: no layer with at least one expert.");
        if (!perWindow) return [.. Rows.Select(entry => new ExpertLoad(entry.Key.Layer, entry.Value, source: source))];

        if (IsRingBuffer) DropUnused();
        // Numbers beyond int (nanoseconds, say) keep their order, not their value.
        long[] windows = [.. _rows.Keys.Select(key => key.Window).Distinct().OrderBy(window => window)];
        bool isNumbered = windows[0] >= 0 && windows[windows.Length - 1] <= int.MaxValue;
        return
        [
            .. Rows.Select(entry => new ExpertLoad(entry.Key.Layer, entry.Value,
                isNumbered ? (int)entry.Key.Window : Array.BinarySearch(windows, entry.Key.Window), source, !IsRingBuffer)),
        ];
    }

    private void DropUnused()
    {
        var used = new HashSet<long>(_rows.Where(entry => Array.Exists(entry.Value, load => load > 0)).Select(entry => entry.Key.Window));
        if (used.Count == 0)
            throw new EplbException(EplbError.LoadMissing, "No step of the recording was ever used: all loads are zero.");
        foreach ((long, int) key in _rows.Keys.Where(key => !used.Contains(key.Window)).ToArray()) _rows.Remove(key);
    }

    private void Widen(int expertCount)
    {
        foreach ((long, int) key in _rows.Keys.ToArray())
        {
            double[] row = _rows[key];
            Array.Resize(ref row, expertCount);
            _rows[key] = row;
        }

        ExpertCount = expertCount;
    }

    private void SetExpertCount(int layer, int expertCount)
    {
        if (ExpertCount != 0)
        {
            throw new EplbException(EplbError.RowLengthMismatch,
                $"Layer {layer} has {expertCount} experts, but the rows before it have {ExpertCount}; every row needs the same number.", layer);
        }

        CheckExpertCount(expertCount);
        ExpertCount = expertCount;
    }

    /// <summary>Throws when a layer has more experts than the limit.</summary>
    /// <param name="expertCount">Number of experts.</param>
    public static void CheckExpertCount(long expertCount)
    {
        if (expertCount > MaxExpertCount)
        {
            throw new EplbException(EplbError.ShapeTooLarge,
                $"{expertCount} experts in one layer are above the limit of {MaxExpertCount}.", expertCount);
        }
    }
}
