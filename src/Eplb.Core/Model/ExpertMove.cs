namespace Eplb;

/// <summary>How far the weights of an expert have to travel.</summary>
public enum MoveScope
{
    /// <summary>The GPU holds the expert already, in another slot: nothing is sent.</summary>
    SameGpu,

    /// <summary>From another GPU of the same node.</summary>
    IntraNode,

    /// <summary>From a GPU of another node.</summary>
    InterNode,

    /// <summary>From where the model is stored: no GPU that is left holds the expert.</summary>
    Storage,
}

/// <summary>A slot to be written on the way from one placement to another, and where the weights of its new expert come from.</summary>
public sealed class ExpertMove
{
    /// <summary>Source of an expert that no GPU holds.</summary>
    internal const int NoGpu = -1;

    /// <summary>Layer id.</summary>
    public int Layer { get; init; }

    /// <summary>Logical expert to be written.</summary>
    public int LogicalExpert { get; init; }

    /// <summary>Nearest GPU that holds the expert: the target itself, else one of its node, else any; of these the one that sends the least, the lowest on ties; -1 where no GPU that is left holds it.</summary>
    public int SourceGpu { get; init; }

    /// <summary>GPU that owns the slot.</summary>
    public int TargetGpu { get; init; }

    /// <summary>Number of the slot within the layer (physical expert).</summary>
    public int TargetSlot { get; init; }

    /// <summary>Whether the weights come from the same GPU, the same node, another node or storage.</summary>
    public MoveScope Scope { get; init; }

    /// <summary>Bytes to be sent: those of one expert, 0 from the same GPU.</summary>
    public double Bytes { get; init; }

    /// <summary>Batch of the layer, from 0: in a batch no GPU sends or receives more than one expert, and there are as few batches as that allows; null when no GPU sends anything.</summary>
    /// <remarks>Slots are to be written when the last batch of the layer has arrived, since a slot that is read from may be one that is written.</remarks>
    public int? Batch { get; init; }
}

/// <summary>What the way from one placement to another costs: the slots to be written, the bytes to be sent and how long that takes.</summary>
public sealed class MoveSummary
{
    /// <summary>Layers of the placements.</summary>
    public int LayerCount { get; init; }

    /// <summary>Slots to be written, those that their GPU fills from another of its slots among them.</summary>
    public int SlotCount { get; init; }

    /// <summary>Slots to be written over all slots of these layers, 0 to 1.</summary>
    public double SlotShare { get; init; }

    /// <summary>Slots whose expert their GPU does not hold yet, so that its weights have to come from elsewhere.</summary>
    public int MovedSlotCount { get; init; }

    /// <summary>Slots whose expert comes from another GPU of the same node.</summary>
    public int IntraNodeCount { get; init; }

    /// <summary>Slots whose expert comes from another node.</summary>
    public int InterNodeCount { get; init; }

    /// <summary>Slots whose expert no GPU that is left holds, so that it comes from storage.</summary>
    public int StorageCount { get; init; }

    /// <summary>Bytes sent within nodes.</summary>
    public double IntraNodeBytes { get; init; }

    /// <summary>Bytes sent between nodes.</summary>
    public double InterNodeBytes { get; init; }

    /// <summary>Bytes read from storage.</summary>
    public double StorageBytes { get; init; }

    /// <summary>Seconds that the bytes within nodes take one after another; null without a bandwidth.</summary>
    public double? IntraNodeSeconds { get; init; }

    /// <summary>Seconds that the bytes between nodes take one after another; null without a bandwidth.</summary>
    public double? InterNodeSeconds { get; init; }

    /// <summary>Batches of all layers.</summary>
    public int BatchCount { get; init; }

    /// <summary>GPU that takes longest, or sends or receives the most bytes where bandwidths are not known; null when nothing is sent.</summary>
    public int? BusiestGpu { get; init; }

    /// <summary>Bytes that the busiest GPU sends or receives, whichever are more.</summary>
    public double BusiestGpuBytes { get; init; }

    /// <summary>Seconds that the busiest GPU sends or receives, whichever take longer; null without both bandwidths. No schedule is faster.</summary>
    public double? BusiestGpuSeconds { get; init; }
}
