namespace Eplb;

/// <summary>A high power of a GPU's time: added up over the GPUs, it sees all hot ones and the hottest one most.</summary>
/// <param name="unit">Time that counts as 1, above 0.</param>
internal readonly struct TimePower(double unit)
{
    private readonly double _scale = 1 / unit;

    /// <summary>The power of a time.</summary>
    /// <param name="time">The time.</param>
    public double Of(double time)
    {
        double relative = time * _scale, square = relative * relative, fourth = square * square;
        return fourth * fourth;
    }
}
