namespace Eplb;

/// <summary>How the GPU loads of one layer spread around their mean.</summary>
/// <param name="Layer">Layer id.</param>
/// <param name="Bound">Least that the maximum can be, over the mean.</param>
/// <param name="After">Spread under the placement reported on.</param>
/// <param name="Before">Spread under the placement before it, or null.</param>
internal sealed record LayerSpread(int Layer, double Bound, Quartiles After, Quartiles? Before);

/// <summary>Five points of a distribution of GPU loads, each over the mean.</summary>
/// <param name="Min">Least loaded GPU.</param>
/// <param name="Lower">A quarter of the GPUs carry no more.</param>
/// <param name="Median">Half of the GPUs carry no more.</param>
/// <param name="Upper">Three quarters of the GPUs carry no more.</param>
/// <param name="Max">Most loaded GPU.</param>
internal sealed record Quartiles(double Min, double Lower, double Median, double Upper, double Max)
{
    /// <summary>The distribution of one busy layer.</summary>
    /// <param name="load">Its GPU loads.</param>
    public static Quartiles Of(LayerGpuLoad load)
    {
        double[] sorted = [.. load.GpusInUse];
        Array.Sort(sorted);
        double mean = load.Mean;
        return new Quartiles(sorted[0] / mean, At(sorted, 0.25) / mean, At(sorted, 0.5) / mean, At(sorted, 0.75) / mean, sorted[sorted.Length - 1] / mean);
    }

    // Between the two neighbours in proportion, as most statistics programs do.
    private static double At(double[] sorted, double share)
    {
        double position = share * (sorted.Length - 1);
        int below = (int)position;
        return sorted[below] + ((position - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }
}
