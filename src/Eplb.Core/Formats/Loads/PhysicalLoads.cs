namespace Eplb;

/// <summary>Adds loads of physical experts into logical ones, through the map that was recorded with them.</summary>
internal sealed class PhysicalLoads
{
    private readonly int[][] _physicalToLogical;
    private readonly double[] _logical;

    /// <summary>Checks a map.</summary>
    /// <param name="physicalToLogical">Logical expert in each slot: [layer position][slot]; -1 where a slot is empty.</param>
    /// <exception cref="EplbException">An id that is no expert, or layers of different length.</exception>
    public PhysicalLoads(IReadOnlyList<double[]> physicalToLogical)
    {
        _physicalToLogical = new int[physicalToLogical.Count][];
        int highest = 0;
        for (int layer = 0; layer < _physicalToLogical.Length; layer++)
        {
            double[] row = physicalToLogical[layer];
            // One long layer would make the loads of all layers long.
            if (row.Length != physicalToLogical[0].Length)
            {
                throw new EplbException(EplbError.RowLengthMismatch,
                    $"Layer {layer} of the map has {row.Length} slots, but layer 0 has {physicalToLogical[0].Length}; all layers need the same number.", layer);
            }

            _physicalToLogical[layer] = new int[row.Length];
            for (int slot = 0; slot < row.Length; slot++)
            {
                // There cannot be more logical experts than slots.
                double expert = row[slot];
                if (!(expert >= -1 && expert < row.Length && expert == Math.Floor(expert)))
                {
                    throw new EplbException(EplbError.IndexOutOfRange,
                        FormattableString.Invariant($"The map's layer {layer}, slot {slot} holds expert {expert:R}; with {row.Length} slots, experts are 0 to {row.Length - 1}."), expert);
                }

                _physicalToLogical[layer][slot] = (int)expert;
                highest = Math.Max(highest, (int)expert);
            }
        }

        _logical = new double[highest + 1];
    }

    /// <summary>The loads of the logical experts of a layer. The next call overwrites them.</summary>
    /// <param name="layer">Layer position.</param>
    /// <param name="physical">Load of each slot.</param>
    /// <exception cref="EplbException">Another number of slots than in the map, or a load that breaks a rule.</exception>
    public double[] ToLogical(int layer, ReadOnlySpan<double> physical)
    {
        int[] map = _physicalToLogical[layer];
        if (physical.Length != map.Length)
        {
            throw new EplbException(EplbError.RowLengthMismatch,
                $"Layer {layer} has the loads of {physical.Length} slots, but its map has {map.Length}.", layer);
        }

        Array.Clear(_logical, 0, _logical.Length);
        for (int slot = 0; slot < map.Length; slot++)
        {
            double load = physical[slot];
            if (!(load >= 0 && load <= float.MaxValue)) CheckLoad(load, layer, slot);
            if (map[slot] >= 0)
                _logical[map[slot]] += load;
            else if (load > 0)
                throw new EplbException(EplbError.IndexOutOfRange, $"Layer {layer}, slot {slot} has a load, but its map says that the slot is empty.", slot);
        }

        return _logical;
    }

    private static void CheckLoad(double load, int layer, int slot)
    {
        try
        {
            ExpertLoad.CheckLoad(load, layer, slot);
        }
        catch (EplbException broken)
        {
            throw broken.At("Loads by slot", load);
        }
    }
}
