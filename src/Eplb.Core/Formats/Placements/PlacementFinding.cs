namespace Eplb;

/// <summary>A rule that a placement breaks, and where.</summary>
public sealed class PlacementFinding
{
    internal PlacementFinding(PlacementRule rule, string message, int? layer = null, int? gpu = null, int? slot = null)
    {
        Layer = layer;
        Gpu = gpu;
        Slot = slot;
        Rule = rule;
        Message = message;
    }

    /// <summary>Layer id in the placement, or null where the whole placement is meant.</summary>
    public int? Layer { get; }

    /// <summary>GPU, or null where none is meant.</summary>
    public int? Gpu { get; }

    /// <summary>Number of the slot within the layer, or null where none is meant.</summary>
    public int? Slot { get; }

    /// <summary>Rule that is broken.</summary>
    public PlacementRule Rule { get; }

    /// <summary>What is wrong, where, and what would be right.</summary>
    public string Message { get; }
}
