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

    /// <summary>The refusal of a placement whose slots contradict each other, with what was found as its target.</summary>
    /// <param name="layer">Layer id.</param>
    /// <param name="gpu">GPU, or null where it is not known.</param>
    /// <param name="slot">Slot of the layer.</param>
    /// <param name="what">What is wrong, behind the names of the layer and the slot.</param>
    internal static EplbException Refuse(int layer, int? gpu, int slot, InvariantText what)
    {
        InvariantText message = $"Layer {layer}, slot {slot}{what.ToString()}";
        var finding = new PlacementFinding(PlacementRule.SlotInconsistent, message.ToString(), layer, gpu, slot);
        return new EplbException(EplbError.PlacementInvalid, finding.Message, finding);
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
