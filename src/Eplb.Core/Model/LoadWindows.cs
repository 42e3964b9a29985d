namespace Eplb;

/// <summary>The loads of each layer window by window, for plans that are to suit all of them.</summary>
/// <remarks>
/// Loads of the same layer and window (ranks, files) are added up, and windows in which a layer is idle are left out. Of more than
/// <see cref="MaxCount"/> windows, neighbours are added up until that many are left: each run of windows is as long as the next, or one longer.
/// </remarks>
public sealed class LoadWindows
{
    /// <summary>Most windows that are told apart.</summary>
    public const int MaxCount = 32;

    private readonly Dictionary<int, double[][]> _byLayer = [];

    private LoadWindows(int count) => Count = count;

    /// <summary>Number of windows that are told apart: 2 to <see cref="MaxCount"/>.</summary>
    public int Count { get; }

    /// <summary>Sorts loads by windows.</summary>
    /// <param name="loads">Loads in any order, all with the same number of experts.</param>
    /// <returns>The windows; null where there are fewer than two of them, or a load carries none.</returns>
    public static LoadWindows? Of(IReadOnlyCollection<ExpertLoad> loads)
    {
        if (loads is null) throw new ArgumentNullException(nameof(loads));
        if (loads.Any(load => load.Window is null)) return null;
        int[] windows = [.. loads.Select(load => load.Window!.Value).Distinct().OrderBy(window => window)];
        if (windows.Length < 2) return null;
        int count = Math.Min(windows.Length, MaxCount);
        var all = new LoadWindows(count);
        foreach (IGrouping<int, ExpertLoad> layer in loads.GroupBy(load => load.Layer))
        {
            double[][] rows = new double[count][];
            foreach (ExpertLoad load in layer)
            {
                double[] row = rows[(long)Array.BinarySearch(windows, load.Window!.Value) * count / windows.Length] ??= new double[load.ExpertCount];
                for (int expert = 0; expert < row.Length; expert++) row[expert] += load.Load[expert];
            }

            all._byLayer.Add(layer.Key, [.. rows.Where(row => row?.Any(load => load > 0) == true)]);
        }

        return all;
    }

    /// <summary>Load of each logical expert in each window in which the layer is busy, in the order of the windows: [windows][experts]. None where the layer is not there.</summary>
    /// <param name="layer">Layer id.</param>
    public IReadOnlyList<double[]> Of(int layer) => _byLayer.TryGetValue(layer, out double[][]? rows) ? rows : [];
}
