using System.Globalization;

namespace Eplb;

/// <summary>Parses the numbers of a text table, the same in every culture.</summary>
internal static class CsvNumber
{
    private const int MaxDecimalLength = 32;

    /// <summary>Parses a load; NaN and infinity, which some writers print, are numbers here.</summary>
    /// <param name="text">Field of the table.</param>
    /// <param name="value">The number.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out double value)
    {
        if (TryParseDigits(text, out long digits))
        {
            value = digits;
            return true;
        }

        text = text.Trim();
        if (TryParseDecimal(text, out value)) return true;
        string trimmed = text.ToString();
        if (double.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out value)) return true;
        value = trimmed.TrimStart('-', '+').ToUpperInvariant() switch
        {
            "NAN" => double.NaN,
            "INF" or "INFINITY" => double.PositiveInfinity,
            _ => 0,
        };
        return value != 0;
    }

    /// <summary>Parses a whole number, such as a layer id.</summary>
    /// <param name="text">Field of the table.</param>
    /// <param name="value">The number.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out long value) =>
        TryParseDigits(text, out value)
        || long.TryParse(text.Trim().ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    /// <summary>Parses an id: a whole number, also one that a data frame prints as a float, such as 3.0.</summary>
    /// <param name="text">Field of the table.</param>
    /// <param name="value">The number.</param>
    public static bool TryParseId(ReadOnlySpan<char> text, out long value)
    {
        if (TryParse(text, out value)) return true;
        if (!TryParse(text, out double number) || Math.Abs(number) > int.MaxValue || number != Math.Floor(number)) return false;
        value = (long)number;
        return true;
    }

    // As most writers print a fraction; without a string a row.
    private static bool TryParseDecimal(ReadOnlySpan<char> text, out double value)
    {
        value = 0;
        if (text.Length > MaxDecimalLength) return false;
        Span<byte> ascii = stackalloc byte[MaxDecimalLength];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] > 0x7F) return false;
            ascii[i] = (byte)text[i];
        }

        return JsonNumber.TryParse(ascii.Slice(0, text.Length), out value, out int length) && length == text.Length;
    }

    private static bool TryParseDigits(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        if (text.Length is 0 or > 18) return false;
        foreach (char next in text)
        {
            uint digit = (uint)(next - '0');
            if (digit > 9) return false;
            value = (value * 10) + digit;
        }

        return true;
    }
}
