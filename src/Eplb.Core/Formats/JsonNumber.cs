using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Eplb;

/// <summary>Parses a JSON number: whole numbers and short decimals, which recorders write, without leaving the registers.</summary>
internal static class JsonNumber
{
    // Below this the digits are an exact double, and so is the power of ten: one division rounds right.
    private const ulong MaxExact = 1UL << 53;

    private static readonly double[] PowersOfTen =
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    /// <summary>Parses the number at the start of a text.</summary>
    /// <param name="text">UTF-8 text.</param>
    /// <param name="value">The number; infinity when it is beyond double.</param>
    /// <param name="length">Bytes that were looked at: all of the text when the number may go on behind it.</param>
    /// <returns>False when the text does not start with a number in JSON's notation.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryParse(ReadOnlySpan<byte> text, out double value, out int length)
    {
        ulong digits = 0;
        int i = 0;
        for (; i < text.Length && i < 18; i++)
        {
            uint digit = (uint)(text[i] - '0');
            if (digit > 9) break;
            digits = (digits * 10) + digit;
        }

        if (i > 0 && i < 18 && i < text.Length && !Continues(text[i]) && (text[0] != '0' || i == 1))
        {
            value = digits;
            length = i;
            return true;
        }

        return TryParseAny(text, out value, out length);
    }

    private static bool TryParseAny(ReadOnlySpan<byte> text, out double value, out int length)
    {
        value = 0;
        length = text.Length > 0 && text[0] == '-' ? 1 : 0;
        int start = length;
        int whole = CountDigits(text, ref length);
        if (whole == 0 || (whole > 1 && text[start] == '0')) return false;
        int fraction = 0;
        if (length < text.Length && text[length] == '.')
        {
            length++;
            fraction = CountDigits(text, ref length);
            if (fraction == 0) return false;
        }

        int end = length;
        if (length < text.Length && (text[length] | 0x20) == 'e')
        {
            length++;
            if (length < text.Length && text[length] is (byte)'+' or (byte)'-') length++;
            if (CountDigits(text, ref length) == 0) return false;
        }

        if (length == end && whole + fraction <= 18 && TryExact(text.Slice(start, end - start), fraction, out value))
        {
            if (start == 1) value = -value;
            return true;
        }

        return Utf8Parser.TryParse(text.Slice(0, length), out value, out int consumed) && consumed == length;
    }

    private static bool TryExact(ReadOnlySpan<byte> text, int fraction, out double value)
    {
        ulong digits = 0;
        foreach (byte next in text)
        {
            if (next != '.') digits = (digits * 10) + (uint)(next - '0');
        }

        value = digits / PowersOfTen[fraction];
        return digits < MaxExact;
    }

    private static int CountDigits(ReadOnlySpan<byte> text, ref int position)
    {
        int start = position;
        while (position < text.Length && (uint)(text[position] - '0') <= 9) position++;
        return position - start;
    }

    private static bool Continues(byte next) => next is (byte)'.' or (byte)'e' or (byte)'E';
}
