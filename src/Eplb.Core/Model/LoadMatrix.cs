namespace Eplb;

/// <summary>The loads that one plan is made from, or judged on: a row a layer, in ascending order of layer ids.</summary>
public sealed class LoadMatrix
{
    private LoadMatrix(int[] layers, double[][] rows, IReadOnlyList<string> sources)
    {
        Layers = layers;
        Rows = rows;
        Sources = sources;
    }

    /// <summary>Layer ids, ascending, without repeats.</summary>
    public IReadOnlyList<int> Layers { get; }

    /// <summary>Load of each logical expert of each layer: [layer position][expert].</summary>
    public IReadOnlyList<double[]> Rows { get; }

    /// <summary>Files that the loads were read from, in the order in which they came.</summary>
    public IReadOnlyList<string> Sources { get; }

    /// <summary>Number of logical experts, the same in every layer.</summary>
    public int ExpertCount => Rows[0].Length;

    /// <summary>Takes the loads of any number of layers; loads of the same layer (ranks, windows, files) are added up.</summary>
    /// <param name="loads">Loads in any order.</param>
    /// <exception cref="EplbException">No load at all, layers of different numbers of experts, or a sum outside the float32 range.</exception>
    public static LoadMatrix Combine(IEnumerable<ExpertLoad> loads)
    {
        if (loads is null) throw new ArgumentNullException(nameof(loads));
        var byLayer = new SortedDictionary<int, (double[] Row, bool IsSum)>();
        var sources = new List<string>();
        var seen = new HashSet<string>();
        ExpertLoad? first = null;
        foreach (ExpertLoad load in loads)
        {
            first ??= load;
            if (load.ExpertCount != first.ExpertCount)
            {
                throw new EplbException(EplbError.RowLengthMismatch,
                    $"{Describe(load)} has {load.ExpertCount} experts, but {Describe(first)} has {first.ExpertCount}; all layers of one plan need the same number.",
                    load);
            }

            if (load.Source is { } source && seen.Add(source)) sources.Add(source);
            if (byLayer.TryGetValue(load.Layer, out (double[] Row, bool IsSum) sum))
                byLayer[load.Layer] = (Add(sum.Row, load.Load, copy: !sum.IsSum), true);
            else
                byLayer.Add(load.Layer, (load.Load, false));
        }

        if (first is null)
            throw new EplbException(EplbError.LoadMissing, "There are no loads: give at least one layer.");
        foreach (KeyValuePair<int, (double[] Row, bool IsSum)> entry in byLayer)
        {
            // A single source was checked when it was made; a sum can leave the range.
            if (!entry.Value.IsSum) continue;
            for (int expert = 0; expert < entry.Value.Row.Length; expert++)
                ExpertLoad.CheckLoad(entry.Value.Row[expert], entry.Key, expert);
        }

        return new LoadMatrix([.. byLayer.Keys], [.. byLayer.Values.Select(entry => entry.Row)], sources);
    }

    /// <summary>Ids of the layers that carry load, ascending.</summary>
    internal IEnumerable<int> BusyLayers => Layers.Where((_, i) => Array.Exists(Rows[i], load => load > 0));

    /// <summary>The row of a layer, or null where the layer is not there.</summary>
    /// <param name="layer">Layer id.</param>
    internal double[]? Find(int layer)
    {
        int position = Array.BinarySearch((int[])Layers, layer);
        return position < 0 ? null : Rows[position];
    }

    /// <summary>The layers of several sets of loads, ascending. A layer without load may be missing in some of the sets.</summary>
    /// <param name="nameOf">Name of a set from its position, for messages.</param>
    /// <param name="sets">One set or more.</param>
    /// <exception cref="EplbException">Sets with different numbers of experts, or a layer that carries load in one set and is missing in another.</exception>
    internal static int[] LayersOfAll(Func<int, string> nameOf, params LoadMatrix[] sets)
    {
        int[] layers = [.. sets.SelectMany(set => set.Layers).Distinct().OrderBy(layer => layer)];
        for (int i = 0; i < sets.Length; i++)
        {
            if (sets[i].ExpertCount != sets[0].ExpertCount)
            {
                throw new EplbException(EplbError.RowLengthMismatch,
                    $"{nameOf(i)} has {sets[i].ExpertCount} experts instead of {sets[0].ExpertCount}; they must be of the same model.", sets[i].ExpertCount);
            }

            int missing = Array.FindIndex(layers, layer => sets[i].Find(layer) is null && sets.Any(set => set.Find(layer)?.Any(load => load > 0) == true));
            if (missing < 0) continue;
            throw new EplbException(EplbError.LayerMissing,
                $"{nameOf(i)} has no layer {layers[missing]}, which carries load elsewhere; layer ids must mean the same in all of them.", layers[missing]);
        }

        return layers;
    }

    private static string Describe(ExpertLoad load) => load.Source is null ? $"Layer {load.Layer}" : $"Layer {load.Layer} of {load.Source}";

    private static double[] Add(double[] sum, double[] row, bool copy)
    {
        if (copy) sum = (double[])sum.Clone();
        for (int expert = 0; expert < sum.Length; expert++) sum[expert] += row[expert];
        return sum;
    }
}
