using System.Globalization;

namespace Eplb.Commands;

/// <summary>Reads how many slots of a layer may be written.</summary>
internal static class MoveBudget
{
    /// <summary>What a budget looks like: a number of slots, or a share of them.</summary>
    public const string Pattern = @"^[0-9]+(\.[0-9]+)?%$|^[0-9]+$";

    /// <summary>A number of slots from a number, or from a share of the slots with a percent sign, rounded down.</summary>
    /// <param name="text">Checked against <see cref="Pattern"/> already.</param>
    /// <param name="slots">Slots of a layer, the most that there can be.</param>
    public static int Parse(string text, int slots)
    {
        double number = double.Parse(text.TrimEnd('%'), CultureInfo.InvariantCulture);
        // A hair above, so that 10 % of 80 are 8 slots whatever the rounding.
        double share = text[text.Length - 1] == '%' ? Math.Floor((number / 100 * slots) + 1e-9) : number;
        return (int)Math.Min(share, slots);
    }
}
