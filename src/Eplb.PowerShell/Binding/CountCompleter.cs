using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Eplb.Commands;

/// <summary>Completes the counts of a cluster with those that fit the counts that are already typed.</summary>
public sealed class CountCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete,
        CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        foreach (int count in Candidates(parameterName, fakeBoundParameters))
        {
            string text = count.ToString(CultureInfo.InvariantCulture);
            if (text.StartsWith(wordToComplete ?? "", StringComparison.Ordinal))
                yield return new CompletionResult(text, text, CompletionResultType.ParameterValue, $"{parameterName} {text}");
        }
    }

    private static IEnumerable<int> Candidates(string parameterName, IDictionary bound)
    {
        int gpus = Bound(bound, "GpuCount", "NumGpus"), nodes = Bound(bound, "NodeCount", "NumNodes");
        int replicas = Bound(bound, "ReplicaCount", "NumReplicas");
        return parameterName switch
        {
            "ReplicaCount" when gpus > 0 => Enumerable.Range(1, 16).Select(slots => slots * gpus),
            "GpuCount" when replicas > 0 => Divisors(replicas),
            "NodeCount" when gpus > 0 => Divisors(gpus),
            "GroupCount" when nodes > 0 => Enumerable.Range(1, 8).Select(groups => groups * nodes),
            "GroupCount" or "NodeCount" or "GpuCount" => [1, 2, 4, 8, 16, 32, 64],
            _ => [],
        };
    }

    private static IEnumerable<int> Divisors(int number) => Enumerable.Range(1, number).Where(divisor => number % divisor == 0);

    private static int Bound(IDictionary bound, params string[] names)
    {
        foreach (string name in names)
        {
            if (bound.Contains(name) && LanguagePrimitives.TryConvertTo(bound[name], out int value) && value > 0) return Math.Min(value, 1 << 16);
        }

        return 0;
    }
}
