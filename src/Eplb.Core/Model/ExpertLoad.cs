namespace Eplb;

/// <summary>The load that the logical experts of one MoE layer got: how many (token, chosen expert) pairs each.</summary>
/// <remarks>Immutable: <see cref="Load"/> is not copied and must not be written to.</remarks>
public sealed class ExpertLoad
{
    /// <summary>Checks the loads of one layer and takes them over.</summary>
    /// <param name="layer">Layer id, 0 to 65,535; absolute where the source has absolute ids, else the position.</param>
    /// <param name="load">Load of each logical expert, index = expert id. Finite, not negative, within the float32 range.</param>
    /// <param name="window">Window (time step) that the loads were recorded in, 0 or higher; null for a sum over all of them.</param>
    /// <param name="source">Where the loads come from: a file's path, or null.</param>
    /// <param name="isChronological">Whether a higher window number means a later time; null for a sum over all windows.</param>
    /// <exception cref="EplbException">No expert, or a layer, window or load outside its range.</exception>
    public ExpertLoad(int layer, double[] load, int? window = null, string? source = null, bool? isChronological = null)
    {
        if (load is null) throw new ArgumentNullException(nameof(load));
        LoadSums.CheckLayer(layer);
        if (window < 0)
            throw new EplbException(EplbError.IndexOutOfRange, $"Window {window} is negative; windows start at 0.", window);
        if (load.Length == 0)
            throw new EplbException(EplbError.LoadMissing, $"Layer {layer} has no expert; a layer needs at least one load.", layer);

        Layer = layer;
        Load = load;
        Window = window;
        Source = source;
        IsChronological = isChronological;
        for (int expert = 0; expert < load.Length; expert++)
        {
            double value = load[expert];
            CheckLoad(value, layer, expert);
            Total += value;
            if (value > load[HottestExpert]) HottestExpert = expert;
        }
    }

    /// <summary>Layer id: absolute over all hidden layers where the source has absolute ids, else the position in the source.</summary>
    public int Layer { get; }

    /// <summary>Number of logical experts in the layer.</summary>
    public int ExpertCount => Load.Length;

    /// <summary>Sum of the loads of all experts.</summary>
    public double Total { get; }

    /// <summary>Id of the expert with the highest load; the lowest such id on ties.</summary>
    public int HottestExpert { get; }

    /// <summary>Load of the hottest expert over the mean load: 1 when all experts get the same, ExpertCount when one gets all; 0 when idle.</summary>
    public double Skew => IsIdle ? 0 : Load[HottestExpert] * ExpertCount / Total;

    /// <summary>True when no expert of the layer got any load, as in a dense layer.</summary>
    public bool IsIdle => Total == 0;

    /// <summary>Window (time step) of the recording, or null where the windows were added up.</summary>
    public int? Window { get; }

    /// <summary>True when a higher <see cref="Window"/> means a later time, false when the source does not keep its windows in order (a ring buffer that was dumped whole); null where the windows were added up or nothing is known.</summary>
    public bool? IsChronological { get; }

    /// <summary>File that the loads were read from, or null.</summary>
    public string? Source { get; }

    /// <summary>Load of each logical expert; the index is the expert's id.</summary>
    public double[] Load { get; }

    internal static void CheckLoad(double value, int layer, int expert, object? target = null)
    {
        if (value >= 0 && value <= float.MaxValue) return;
        throw value < 0
            ? new EplbException(EplbError.LoadNegative,
                FormattableString.Invariant($"Layer {layer}, expert {expert}: the load {value:R} is negative; loads are counts of tokens, 0 or higher."), target ?? value)
            : new EplbException(EplbError.LoadNotFinite,
                FormattableString.Invariant($"Layer {layer}, expert {expert}: the load {value:R} is not a finite number in the float32 range (up to 3.4e38)."), target ?? value);
    }
}
