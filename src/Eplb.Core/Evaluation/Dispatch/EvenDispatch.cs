namespace Eplb;

/// <summary>Every replica gets the same share.</summary>
internal sealed class EvenDispatch : IDispatchRule
{
    /// <inheritdoc/>
    public void Share(LayerPlacement placement, ReadOnlySpan<double> load, ClusterShape shape, Span<double> slotLoad)
    {
        int[] slots = placement.PhysicalToLogical, count = placement.ExpertCount;
        for (int slot = 0; slot < slots.Length; slot++)
            slotLoad[slot] = slots[slot] == LiveSlots.Empty ? 0 : load[slots[slot]] / count[slots[slot]];
    }
}
