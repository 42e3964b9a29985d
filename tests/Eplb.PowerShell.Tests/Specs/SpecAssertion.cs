using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>What each operator of Should means, in PowerShell's own operators, so that it cannot differ from what a script would see.</summary>
internal static class SpecAssertion
{
    private static readonly HashSet<string> OfCollections = ["Be", "BeExactly", "BeNullOrEmpty", "Contain", "HaveCount"];

    // Comparisons are stated as what fails, and -Not by its own text: comparisons with NaN are false both ways.
    private static readonly Dictionary<string, (ScriptBlock Holds, ScriptBlock HoldsNot)> Rules = new()
    {
        ["Be"] = Rule("[Eplb.Tests.Specs.SpecEquality]::Equal($actual, $expected, $false)"),
        ["BeExactly"] = Rule("[Eplb.Tests.Specs.SpecEquality]::Equal($actual, $expected, $true)"),
        ["BeTrue"] = Rule("[bool]$actual"),
        ["BeFalse"] = Rule("-not $actual"),
        ["BeNullOrEmpty"] = Rule("""
            $actual.Count -eq 0 -or ($actual.Count -eq 1 -and $(if ($actual[0] -is [hashtable]) { $actual[0].Count -eq 0 } else { [string]::IsNullOrEmpty($actual[0]) }))
            """),
        ["BeOfType"] = Rule("""
            $type = if ($expected -is [string]) { $expected -replace '^\[(.*)\]$', '$1' -as [type] } else { $expected }
            if ($null -eq $type) { throw "There is no type $expected." }
            $actual -is $type
            """),
        ["BeGreaterThan"] = Rule("-not ($actual -le $expected)", "-not ($actual -gt $expected)"),
        ["BeGreaterOrEqual"] = Rule("-not ($actual -lt $expected)", "-not ($actual -ge $expected)"),
        ["BeLessThan"] = Rule("-not ($actual -ge $expected)", "-not ($actual -lt $expected)"),
        ["BeLessOrEqual"] = Rule("-not ($actual -gt $expected)", "-not ($actual -le $expected)"),
        ["Match"] = Rule("$actual -match $expected"),
        ["MatchExactly"] = Rule("$actual -cmatch $expected"),
        ["BeLike"] = Rule("$actual -like $expected"),
        ["Contain"] = Rule("$actual -contains $expected"),
        ["BeIn"] = Rule("$expected -contains $actual"),
        ["HaveCount"] = Rule("$actual.Count -eq [int]$expected"),
        ["Exist"] = Rule("$ExecutionContext.InvokeProvider.Item.Exists($actual)"),
        ["FileContentMatch"] = Rule("""
            $path = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($actual)
            @([System.IO.File]::ReadAllLines($path) -match $expected).Count -gt 0
            """),
    };

    public static ICollection<string> Operators => Rules.Keys;

    /// <summary>What the operator judges: all of the pipeline's objects as one, or one after the other, or nothing where nothing came.</summary>
    public static IEnumerable<object?> Subjects(string name, IReadOnlyCollection<object?> input) =>
        OfCollections.Contains(name) ? [input.ToArray()] : input.Count == 0 ? [null] : input;

    public static bool Holds(string name, object? actual, object? expected, bool negate)
    {
        (ScriptBlock holds, ScriptBlock holdsNot) = Rules[name];
        return LanguagePrimitives.IsTrue((negate ? holdsNot : holds).InvokeReturnAsIs(actual, expected));
    }

    public static string Describe(string name, object? actual, object? expected) =>
        $"-{name} {SpecValue.Show(expected)}, but got {SpecValue.Show(actual)}.";

    private static (ScriptBlock, ScriptBlock) Rule(string holds) =>
        (Compile(holds), Compile($"-not $(\n{holds}\n)"));

    private static (ScriptBlock, ScriptBlock) Rule(string holds, string holdsNot) => (Compile(holds), Compile(holdsNot));

    private static ScriptBlock Compile(string text) => ScriptBlock.Create($"param($actual, $expected)\n{text}");
}
