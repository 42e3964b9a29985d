namespace Eplb;

/// <summary>Source GPU r uses replica r modulo the number of replicas, in slot order.</summary>
internal sealed class VllmAscendDispatch : IDispatchRule
{
    /// <inheritdoc/>
    public void Share(LayerPlacement placement, ReadOnlySpan<double> load, ClusterShape shape, Span<double> slotLoad)
    {
        int gpus = shape.Live.GpuCount;
        int[] seen = new int[placement.ExpertCount.Length];
        for (int slot = 0; slot < slotLoad.Length; slot++)
        {
            int expert = placement.PhysicalToLogical[slot];
            slotLoad[slot] = 0;
            if (expert == LiveSlots.Empty) continue;
            int count = placement.ExpertCount[expert], sources = (gpus / count) + (seen[expert]++ < gpus % count ? 1 : 0);
            slotLoad[slot] = load[expert] * sources / gpus;
        }
    }
}
