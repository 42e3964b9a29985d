using System.Runtime.CompilerServices;

namespace Eplb;

/// <summary>Every replica gets the same share.</summary>
internal sealed class EvenDispatch : ReplicaDispatch
{
    /// <inheritdoc/>
    [MethodImpl(Jit.OptimizeAtOnce)]
    public override void Share(LayerPlacement placement, ReadOnlySpan<double> load, ClusterShape shape, Span<double> slotLoad)
    {
        int[] slots = placement.PhysicalToLogical, count = placement.ExpertCount;
        for (int slot = 0; slot < slots.Length; slot++)
            slotLoad[slot] = slots[slot] == LiveSlots.Empty ? 0 : load[slots[slot]] / count[slots[slot]];
    }

    /// <inheritdoc/>
    public override void Share(ReadOnlySpan<int> gpus, double load, ClusterShape shape, Span<double> shares) =>
        shares.Slice(0, gpus.Length).Fill(load / gpus.Length);

    /// <inheritdoc/>
    public override double LeastPeak(int replicas, ClusterShape shape, bool onOneNode) => 1.0 / replicas;
}
