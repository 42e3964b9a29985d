using System.Globalization;

namespace Eplb.Benchmarks;

/// <summary>What runs of one planner or reader came to: the best time, and a checksum of the result.</summary>
internal readonly record struct Timing(double BestMilliseconds, string Checksum)
{
    public Timing Better(Timing? other) => other?.BestMilliseconds < BestMilliseconds ? other.Value : this;

    /// <summary>How many times longer this took than another.</summary>
    public string Over(Timing other) => (BestMilliseconds / other.BestMilliseconds).ToString("F1", CultureInfo.InvariantCulture);

    public override string ToString() => BestMilliseconds.ToString(BestMilliseconds < 10 ? "F3" : "F1", CultureInfo.InvariantCulture);
}
