namespace Eplb;

/// <summary>Reads omni-infer's activation counts of one rank and step: a line a layer, a tab-separated count for each of the rank's slots.</summary>
internal static class OmniInferLoads
{
    /// <summary>Reads a file.</summary>
    /// <param name="records">The lines.</param>
    /// <param name="step">Step of the recording, which becomes the window.</param>
    /// <param name="sums">Takes the loads of the rank's slots.</param>
    /// <exception cref="EplbException">A line that breaks a rule.</exception>
    public static void Read(CsvRecords records, int step, LoadSums sums)
    {
        double[] row = [];
        for (int layer = 0; records.Read(); layer++)
        {
            // One of its writers ends each line with a tab.
            int count = records.FieldCount;
            if (count > 1 && records.GetSpan(count - 1).IsEmpty) count--;
            if (layer == 0) row = new double[count];
            if (count != row.Length)
            {
                throw new EplbException(EplbError.RowLengthMismatch,
                    $"Line {records.Line} has {count} counts, but the first line has {row.Length}; every layer needs the same number of slots.", count);
            }

            for (int slot = 0; slot < count; slot++) row[slot] = records.GetLoad(slot, layer, slot);
            sums.Add(step, layer, row);
        }
    }
}
