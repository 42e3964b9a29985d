using System.Globalization;
using System.Text.RegularExpressions;

namespace Eplb.Commands;

/// <summary>Reads how many slots of a layer may be written.</summary>
internal static class MoveBudget
{
    private const string Pattern = @"^[0-9]+(\.[0-9]+)?%$|^[0-9]+$";

    /// <summary>A number of slots from a number, or from a share of the slots with a percent sign, rounded down.</summary>
    /// <param name="text">Such as 28 or 10%.</param>
    /// <param name="slots">Slots of a layer, the most that there can be.</param>
    /// <exception cref="EplbException">The text is neither.</exception>
    public static int Parse(string text, int slots)
    {
        if (!Regex.IsMatch(text, Pattern, RegexOptions.CultureInvariant))
            throw new EplbException(EplbError.IndexOutOfRange, $"MaxMove '{text}' is neither a number of slots, such as 28, nor a share of them, such as 10%.", text);
        double number = double.Parse(text.TrimEnd('%'), CultureInfo.InvariantCulture);
        // A hair above, so that 10 % of 80 are 8 slots whatever the rounding.
        double share = text[text.Length - 1] == '%' ? Math.Floor((number / 100 * slots) + 1e-9) : number;
        return (int)Math.Min(share, slots);
    }
}
