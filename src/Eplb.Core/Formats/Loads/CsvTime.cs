using System.Globalization;
using System.Text.RegularExpressions;

namespace Eplb;

/// <summary>Parses the times of a text table, the same in every culture.</summary>
internal static class CsvTime
{
    // Left to itself .NET takes 01.09.2026 for a day in January and 10:00 for one of today.
    private static readonly Regex Iso = new(
        @"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?$", RegexOptions.CultureInvariant);

    /// <summary>Parses a date in ISO 8601, with a time of day or without; a blank may stand for its T, as data frames print it.</summary>
    /// <param name="text">Field of the table.</param>
    /// <param name="time">The time in UTC, which is assumed where no zone is given.</param>
    public static bool TryParse(string text, out DateTime time)
    {
        time = default;
        return Iso.IsMatch(text)
            && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }
}
