namespace Eplb;

/// <summary>Counts the slots whose weights have to come from elsewhere when one placement follows another.</summary>
internal static class SlotWrites
{
    /// <summary>Slots of the new placement with an expert that their GPU does not hold already in that layer.</summary>
    /// <param name="before">Placement in force, of the same layers.</param>
    /// <param name="after">Placement to come.</param>
    /// <param name="cancellationToken">Stops between layers.</param>
    public static long Count(PlacementMap before, PlacementMap after, CancellationToken cancellationToken = default) => CountByGpu(before, after, cancellationToken).Sum();

    /// <summary>Those of them whose expert no GPU holds that is left.</summary>
    /// <param name="before">Placement in force, of the same layers.</param>
    /// <param name="after">Placement to come.</param>
    public static long CountFromStorage(PlacementMap before, PlacementMap after) => after.Layers.Sum(layer =>
    {
        int[] current = before.PhysicalToLogical[Array.BinarySearch(before.Layer, layer.Layer)];
        HashSet<int> held = [.. current.Where((_, slot) => !after.Shape.IsExcluded(before.Shape.GpuOf(slot)))];
        return (long)layer.PhysicalToLogical.Count(expert => expert != LiveSlots.Empty && !held.Contains(expert));
    });

    /// <summary>Slots with an expert that their GPU does not hold already, by GPU of the new placement: [GPUs].</summary>
    /// <param name="before">Placement in force, of the same layers.</param>
    /// <param name="after">Placement to come.</param>
    /// <param name="cancellationToken">Stops between layers.</param>
    public static long[] CountByGpu(PlacementMap before, PlacementMap after, CancellationToken cancellationToken = default)
    {
        long[] written = new long[after.GpuCount];
        foreach (LayerPlacement layer in after.Layers)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] current = before.PhysicalToLogical[Array.BinarySearch(before.Layer, layer.Layer)];
            HashSet<(int Gpu, int Expert)> held = [.. current.Select((expert, slot) => (before.Shape.GpuOf(slot), expert))];
            for (int slot = 0; slot < layer.PhysicalToLogical.Length; slot++)
            {
                if (layer.PhysicalToLogical[slot] == LiveSlots.Empty) continue;
                int gpu = after.Shape.GpuOf(slot);
                if (!held.Contains((gpu, layer.PhysicalToLogical[slot]))) written[gpu]++;
            }
        }

        return written;
    }
}
