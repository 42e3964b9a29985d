using System.Globalization;
using System.Text;

namespace Eplb;

/// <summary>Makes the text of an error safe to show: what it quotes from a file can neither command a terminal nor fill it.</summary>
internal static class ErrorText
{
    // Room for a path, which comes first, and for the reason, which often comes last.
    private const int MaxStart = 3000, MaxEnd = 1000;

    /// <summary>The text with control characters spelled out, white space as spaces, and the middle left out where it is very long.</summary>
    /// <param name="text">Text of an error.</param>
    public static string Clean(string text)
    {
        if (text.Length > MaxStart + MaxEnd) text = $"{text.Remove(MaxStart)} [...] {text.Substring(text.Length - MaxEnd)}";
        int first = 0;
        while (first < text.Length && IsPlain(text, first)) first++;
        if (first == text.Length) return text;
        StringBuilder clean = new StringBuilder().Append(text, 0, first);
        for (int i = first; i < text.Length; i++)
        {
            if (IsPlain(text, i))
                clean.Append(text[i]);
            else if (text[i] is not ('\t' or '\r' or '\n'))
                clean.Append("\\u").Append(((int)text[i]).ToString("X4", CultureInfo.InvariantCulture));
            else if (clean.Length > 0 && clean[clean.Length - 1] != ' ')
                clean.Append(' ');
        }

        return clean.ToString();
    }

    private static bool IsPlain(string text, int i)
    {
        char next = text[i];
        if (next is >= ' ' and <= '~') return true;
        if (char.IsHighSurrogate(next)) return i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
        if (char.IsLowSurrogate(next)) return i > 0 && char.IsHighSurrogate(text[i - 1]);
        return CharUnicodeInfo.GetUnicodeCategory(next) is not
            (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
    }
}
