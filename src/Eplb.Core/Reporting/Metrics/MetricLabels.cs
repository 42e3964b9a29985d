using System.Text;
using System.Text.RegularExpressions;

namespace Eplb;

/// <summary>The labels of a sample, as text between braces.</summary>
internal static class MetricLabels
{
    private static readonly HashSet<string> Own = ["placement", "policy", "layer", "gpu", "node"];
    private static readonly Regex Name = new("^(?!__)[a-zA-Z_][a-zA-Z0-9_]*\\z", RegexOptions.CultureInvariant);

    /// <summary>Checks labels that a caller wants on every sample, and brings them into the order of their names.</summary>
    /// <param name="labels">Names and values.</param>
    /// <exception cref="EplbException">A name that Prometheus does not take, or one that the module sets itself.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Check(IEnumerable<KeyValuePair<string, string>> labels)
    {
        KeyValuePair<string, string>[] sorted = [.. labels.OrderBy(label => label.Key, StringComparer.Ordinal)];
        foreach (KeyValuePair<string, string> label in sorted)
        {
            if (!Name.IsMatch(label.Key))
            {
                throw new EplbException(EplbError.LabelInvalid,
                    $"The label name '{label.Key}' is not letters, digits and underscores, not starting with a digit or two underscores.", label.Key);
            }

            if (Own.Contains(label.Key))
                throw new EplbException(EplbError.LabelInvalid, $"The label '{label.Key}' is set by the module; choose another name.", label.Key);
        }

        return sorted;
    }

    /// <summary>Labels as they stand in the text: <c>{layer="3",model="a"}</c>, or nothing where there are none.</summary>
    /// <param name="labels">Names and values; those with a null value are left out.</param>
    public static string Format(IEnumerable<KeyValuePair<string, string?>> labels)
    {
        var text = new StringBuilder();
        foreach (KeyValuePair<string, string?> label in labels)
        {
            if (label.Value is null) continue;
            text.Append(text.Length == 0 ? '{' : ',').Append(label.Key).Append("=\"");
            foreach (char character in label.Value)
            {
                _ = character switch
                {
                    '\\' => text.Append("\\\\"),
                    '"' => text.Append("\\\""),
                    '\n' => text.Append("\\n"),
                    _ => text.Append(character),
                };
            }

            text.Append('"');
        }

        return text.Length == 0 ? "" : text.Append('}').ToString();
    }
}
