namespace Eplb;

/// <summary>A vertical axis with round numbers around what a chart shows.</summary>
internal sealed class ChartAxis
{
    private static readonly double[] Round = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2];

    private readonly int _top, _height;
    private readonly double _bottom, _scale;

    /// <summary>Chooses the ticks; 1, which is the mean or a perfect balance, is always on the grid.</summary>
    /// <param name="low">Lowest value to show.</param>
    /// <param name="high">Highest value to show.</param>
    /// <param name="top">Position of the highest tick.</param>
    /// <param name="height">Distance from the highest tick to the lowest.</param>
    public ChartAxis(double low, double high, int top, int height)
    {
        double step = StepFor(high - low);
        int first = (int)Math.Floor((low - 1) / step), last = Math.Max(first + 1, (int)Math.Ceiling((high - 1) / step));
        Ticks = [.. Enumerable.Range(first, last - first + 1).Select(i => 1 + (i * step))];
        (_top, _height, _bottom) = (top, height, Ticks[0]);
        _scale = height / (Ticks[Ticks.Count - 1] - _bottom);
    }

    /// <summary>Values with a line across the chart.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Position of a value.</summary>
    /// <param name="value">The value.</param>
    public double YOf(double value) => _top + _height - ((value - _bottom) * _scale);

    // At most seven steps over the range, each a round number.
    private static double StepFor(double range) => Array.Find(Round, step => range / step <= 7) is var step and > 0 ? step : Math.Ceiling(range / 7);
}
