namespace Eplb;

/// <summary>Formats that loads are read from.</summary>
public enum LoadFormat
{
    /// <summary>Recognised by the file's content.</summary>
    Auto,

    /// <summary>JSON: SGLang logical_count, a bare array [layers][experts] or [windows][layers][experts], ADRS load_history, FastDeploy's dump or its HTTP reply.</summary>
    Json,

    /// <summary>Text with commas, tabs or semicolons: long (layer, expert, load and optionally window columns, in any order) or wide (a row a layer, a column an expert).</summary>
    Csv,

    /// <summary>A NumPy array [layers, experts] or [windows, layers, experts].</summary>
    Npy,

    /// <summary>An archive of such NumPy arrays.</summary>
    Npz,
}
