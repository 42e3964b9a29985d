namespace Eplb;

/// <summary>Adds float32 numbers in the order in which NumPy adds a contiguous axis, so that rounding is the same to the bit.</summary>
internal static class PairwiseSum
{
    private const int BlockSize = 128;

    /// <summary>Sum of the values, every partial sum rounded to float32.</summary>
    /// <param name="values">Finite values.</param>
    public static float Of(ReadOnlySpan<float> values)
    {
        int count = values.Length;
        if (count < 8)
        {
            float sum = 0f;
            foreach (float value in values) sum += value;
            return sum;
        }

        if (count <= BlockSize) return OfBlock(values);
        int half = count / 2;
        half -= half % 8;
        return Of(values.Slice(0, half)) + Of(values.Slice(half));
    }

    private static float OfBlock(ReadOnlySpan<float> values)
    {
        float r0 = values[0], r1 = values[1], r2 = values[2], r3 = values[3];
        float r4 = values[4], r5 = values[5], r6 = values[6], r7 = values[7];
        int whole = values.Length - (values.Length % 8);
        for (int i = 8; i < whole; i += 8)
        {
            r0 += values[i];
            r1 += values[i + 1];
            r2 += values[i + 2];
            r3 += values[i + 3];
            r4 += values[i + 4];
            r5 += values[i + 5];
            r6 += values[i + 6];
            r7 += values[i + 7];
        }

        float sum = ((r0 + r1) + (r2 + r3)) + ((r4 + r5) + (r6 + r7));
        for (int i = whole; i < values.Length; i++) sum += values[i];
        return sum;
    }
}
