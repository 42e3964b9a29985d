namespace Eplb;

/// <summary>Counts the slots whose weights have to come from elsewhere when one placement follows another.</summary>
internal static class SlotWrites
{
    /// <summary>Slots of the new placement with an expert that their GPU does not hold already in that layer, or holds fewer times.</summary>
    /// <param name="before">Placement in force; a layer that it does not have is written whole.</param>
    /// <param name="after">Placement to come.</param>
    /// <param name="cancellationToken">Stops between layers.</param>
    public static long Count(PlacementMap before, PlacementMap after, CancellationToken cancellationToken = default) => CountByGpu(before, after, cancellationToken).Sum();

    /// <summary>The same for each GPU of the new placement: [GPUs].</summary>
    /// <param name="before">Placement in force; a layer that it does not have is written whole.</param>
    /// <param name="after">Placement to come.</param>
    /// <param name="cancellationToken">Stops between layers.</param>
    public static long[] CountByGpu(PlacementMap before, PlacementMap after, CancellationToken cancellationToken = default)
    {
        long[] written = new long[after.GpuCount];
        foreach (LayerPlacement layer in after.Layers)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int position = Array.IndexOf(before.Layer, layer.Layer);
            var held = new Dictionary<(int Gpu, int Expert), int>();
            if (position >= 0) Hold(before.PhysicalToLogical[position], before.Shape, held);
            for (int slot = 0; slot < layer.PhysicalToLogical.Length; slot++)
            {
                if (layer.PhysicalToLogical[slot] == LiveSlots.Empty) continue;
                (int Gpu, int Expert) key = (after.Shape.GpuOf(slot), layer.PhysicalToLogical[slot]);
                if (held.TryGetValue(key, out int times) && times > 0)
                    held[key] = times - 1;
                else
                    written[key.Gpu]++;
            }
        }

        return written;
    }

    private static void Hold(int[] slots, ClusterShape shape, Dictionary<(int Gpu, int Expert), int> held)
    {
        for (int slot = 0; slot < slots.Length; slot++)
        {
            (int Gpu, int Expert) key = (shape.GpuOf(slot), slots[slot]);
            held.TryGetValue(key, out int times);
            held[key] = times + 1;
        }
    }
}
