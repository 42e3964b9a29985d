namespace Eplb;

/// <summary>What the caller knows of a placement that its file may not tell.</summary>
public sealed class PlacementImportOptions
{
    /// <summary>GPUs (ranks), or null to take the file's number.</summary>
    public int? GpuCount { get; init; }

    /// <summary>Nodes, or null to take the file's number, else 1.</summary>
    public int? NodeCount { get; init; }

    /// <summary>Expert groups of the model's router, or null to take the file's number, else 1.</summary>
    public int? GroupCount { get; init; }

    /// <summary>What is known of the model's layers.</summary>
    public ModelLayers Model { get; init; } = new();
}
