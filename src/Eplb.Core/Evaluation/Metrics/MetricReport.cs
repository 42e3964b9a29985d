namespace Eplb;

/// <summary>A placement's balance in the figure that a server or benchmark reports, to compare a forecast with a log.</summary>
public sealed class MetricReport
{
    /// <summary>The figure; its formula is in the help of <see cref="BalanceMetric"/>.</summary>
    public BalanceMetric Metric { get; init; }

    /// <summary>Its value for the whole placement; null when no layer got any load.</summary>
    public double? Value { get; init; }

    /// <summary>Its value under perfect balance: 1, or 0 for TensorRTLLM.</summary>
    public double Perfect { get; init; }
}
