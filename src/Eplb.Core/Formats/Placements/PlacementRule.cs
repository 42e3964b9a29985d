namespace Eplb;

/// <summary>The rules that a placement can break.</summary>
public enum PlacementRule
{
    /// <summary>Every logical expert has at least one slot in each layer.</summary>
    ExpertMissing,

    /// <summary>A slot holds a logical expert that exists.</summary>
    ExpertOutOfRange,

    /// <summary>Every slot of a layer is there.</summary>
    SlotMissing,

    /// <summary>A slot is there once.</summary>
    SlotRepeated,

    /// <summary>A slot holds an expert, for servers that know no empty slots.</summary>
    SlotEmpty,

    /// <summary>All layers have the same number of slots.</summary>
    RowLength,

    /// <summary>The slots of a layer are spread evenly over the GPUs: as many on each, or one more on some, where their number does not divide and the format allows it.</summary>
    GpuUneven,

    /// <summary>A slot is on a GPU that exists.</summary>
    GpuOutOfRange,

    /// <summary>Slots are numbered GPU by GPU.</summary>
    GpuOrder,

    /// <summary>An expert is on a GPU once, for servers that lose the second replica.</summary>
    DuplicateOnGpu,

    /// <summary>A layer is there once.</summary>
    LayerRepeated,

    /// <summary>A layer is one of the model's.</summary>
    LayerOutOfRange,

    /// <summary>Every MoE layer of the model is there.</summary>
    LayerMissing,

    /// <summary>The loads are known, for servers that plan by themselves.</summary>
    LoadMissing,

    /// <summary>What slots say of their nodes, replicas and loads makes one placement.</summary>
    SlotInconsistent,

    /// <summary>A slot is numbered 0 or higher.</summary>
    SlotOutOfRange,
}
