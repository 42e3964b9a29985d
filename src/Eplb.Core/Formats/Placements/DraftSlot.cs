namespace Eplb;

/// <summary>A slot as it came, before any rule is known to hold.</summary>
/// <param name="Layer">Layer id.</param>
/// <param name="Slot">Number of the slot within the layer.</param>
/// <param name="Expert">Logical expert in the slot, -1 in an empty one.</param>
/// <param name="Gpu">GPU that owns the slot.</param>
/// <param name="Load">Expected load of the slot, or 0.</param>
internal readonly record struct DraftSlot(int Layer, int Slot, int Expert, int Gpu, double Load);
