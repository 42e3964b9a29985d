using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Eplb.Tests;

/// <summary>A strict reader of Prometheus' text format, version 0.0.4, written from its specification; it throws on what the format does not allow.</summary>
internal sealed partial class Exposition
{
    private readonly Dictionary<string, double> _samples = [];

    /// <summary>Values by series: the metric's name, then its labels sorted by name, such as <c>a{x=1,y=2}</c> with unescaped values.</summary>
    public IReadOnlyDictionary<string, double> Samples => _samples;

    public static Exposition Parse(IEnumerable<string> lines)
    {
        var exposition = new Exposition();
        var finished = new HashSet<string>();
        string? help = null, type = null;
        foreach (string line in lines)
        {
            Assert.DoesNotContain('\r', line);
            Assert.DoesNotContain('\n', line);
            if (HelpLine().Match(line) is { Success: true } helpLine)
            {
                help = helpLine.Groups[1].Value;
                type = null;
                Assert.True(finished.Add(help), $"{help} has two blocks.");
            }
            else if (TypeLine().Match(line) is { Success: true } typeLine)
            {
                Assert.Null(type);
                type = typeLine.Groups[1].Value;
                Assert.Equal(help, type);
            }
            else
            {
                exposition.AddSample(line, type);
            }
        }

        return exposition;
    }

    private void AddSample(string line, string? type)
    {
        Match sample = SampleLine().Match(line);
        Assert.True(sample.Success, $"No sample: {line}");
        Assert.Equal(type, sample.Groups["name"].Value);
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < sample.Groups["label"].Captures.Count; i++)
            labels.Add(sample.Groups["label"].Captures[i].Value, Unescape(sample.Groups["value"].Captures[i].Value));
        string series = $"{type}{{{string.Join(",", labels.Select(label => $"{label.Key}={label.Value}"))}}}";
        _samples.Add(series, double.Parse(sample.Groups["number"].Value, NumberStyles.Float, CultureInfo.InvariantCulture));
    }

    private static string Unescape(string value)
    {
        var text = new StringBuilder();
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] != '\\')
                text.Append(value[i]);
            else
                text.Append(value[++i] switch { 'n' => '\n', '\\' => '\\', '"' => '"', _ => throw new FormatException($"Escape in {value}") });
        }

        return text.ToString();
    }

    [GeneratedRegex(@"^# HELP ([a-z_:][a-z0-9_:]*) [^\\]+\z")]
    private static partial Regex HelpLine();

    [GeneratedRegex(@"^# TYPE ([a-z_:][a-z0-9_:]*) gauge\z")]
    private static partial Regex TypeLine();

    [GeneratedRegex("""^(?<name>[a-z_:][a-z0-9_:]*)(\{(?<label>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>([^"\\\n]|\\[n\\"])*)"(,(?<label>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>([^"\\\n]|\\[n\\"])*)")*\})? (?<number>-?[0-9][0-9.E+-]*)\z""")]
    private static partial Regex SampleLine();
}
