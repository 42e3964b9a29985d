namespace Eplb;

/// <summary>Source GPU r uses replica r modulo the number of replicas, in slot order.</summary>
internal sealed class VllmAscendDispatch : IDispatchRule
{
    /// <inheritdoc/>
    public void Share(LayerPlacement placement, ReadOnlySpan<double> load, ClusterShape shape, Span<double> slotLoad)
    {
        int[] seen = new int[placement.ExpertCount.Length];
        for (int slot = 0; slot < slotLoad.Length; slot++)
        {
            int expert = placement.PhysicalToLogical[slot], count = placement.ExpertCount[expert];
            int sources = (shape.GpuCount / count) + (seen[expert]++ < shape.GpuCount % count ? 1 : 0);
            slotLoad[slot] = load[expert] * sources / shape.GpuCount;
        }
    }
}
