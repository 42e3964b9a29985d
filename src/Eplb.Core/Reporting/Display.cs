using System.Globalization;
using System.Text;

namespace Eplb;

/// <summary>Numbers and names as a report shows them: the same in every culture, with nothing invisible.</summary>
internal static class Display
{
    private static readonly string[] Sizes = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>A count, with separators of thousands.</summary>
    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A count and what is counted.</summary>
    public static string Count(long count, string what) => count == 1 ? $"1 {what}" : $"{Count(count)} {what}s";

    /// <summary>A load: whole where it is large, four digits where loads are shares.</summary>
    public static string Load(double load) => load.ToString(load >= 1000 || load == Math.Floor(load) ? "#,0" : "G4", CultureInfo.InvariantCulture);

    /// <summary>A balancedness; a dash for an idle layer.</summary>
    public static string Balancedness(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "–";

    /// <summary>A load over the mean.</summary>
    public static string Ratio(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>A share; a dash where it does not apply.</summary>
    public static string Percent(double? share) => share is { } value ? FormattableString.Invariant($"{100 * value:0.00} %") : "–";

    /// <summary>A number of bytes in the largest binary unit that it fills.</summary>
    public static string Bytes(double bytes)
    {
        int unit = 0;
        for (; bytes >= 1024 && unit < Sizes.Length - 1; unit++) bytes /= 1024;
        return FormattableString.Invariant($"{bytes:0.##} {Sizes[unit]}");
    }

    /// <summary>What was, and what is; only what is where there is no before or where they are equal.</summary>
    public static string Change(string? before, string after) => before is null || before == after ? after : $"{before} → {after}";

    /// <summary>What limits the balance, in words.</summary>
    public static string Limit(LoadLimit? limit) => limit switch
    {
        null => "–",
        LoadLimit.None => "nothing",
        LoadLimit.Replicas => "too few replicas",
        LoadLimit.NodePacking => "packing of groups onto nodes",
        LoadLimit.GpuPacking => "packing onto GPUs",
        LoadLimit.Dispatch => "the server's dispatch",
        _ => limit.ToString()!,
    };

    /// <summary>A dispatch rule, in words.</summary>
    public static string Dispatch(DispatchRule rule) => rule switch
    {
        DispatchRule.Even => "even shares (vLLM, SGLang dynamic)",
        DispatchRule.SGLangStatic => "SGLang static, until mid 2026",
        DispatchRule.SGLangStaticNew => "SGLang static, since mid 2026",
        DispatchRule.VllmAscend => "vllm-ascend",
        DispatchRule.Optimal => "the best split there is",
        _ => rule.ToString(),
    };

    /// <summary>Text in which characters that cannot be seen, or that turn the reading direction, are spelt out, since a name must not look like another.</summary>
    /// <param name="text">A name, a path or a command.</param>
    /// <param name="lines">True to keep line breaks and tabs.</param>
    public static string Visible(string text, bool lines = false)
    {
        var visible = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char character = text[i];
            if (char.IsSurrogatePair(text, i))
                visible.Append(character).Append(text[++i]);
            else if (lines && (character is '\n' or '\t'))
                visible.Append(character);
            else if (IsInvisible(character))
                visible.Append(FormattableString.Invariant($"[U+{(int)character:X4}]"));
            else
                visible.Append(character);
        }

        return visible.ToString();
    }

    private static bool IsInvisible(char character) => char.GetUnicodeCategory(character)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
