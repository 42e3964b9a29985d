using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>-Throw: which error is wanted. Message and id are wildcard patterns.</summary>
internal sealed record SpecThrowFilter(string? Message, string? ErrorId, Type? ExceptionType)
{
    private static readonly ScriptBlock Attempt = ScriptBlock.Create(
        "param($action) try { do { $null = & $action } until ($true) } catch { $_ }");

    /// <summary>The error that ends the script block, or null.</summary>
    public static ErrorRecord? Catch(IReadOnlyList<object?> actual)
    {
        if (actual is not [PSObject { BaseObject: ScriptBlock }] && actual is not [ScriptBlock])
        {
            throw new ArgumentException("Should -Throw takes one script block in braces.");
        }
        object? caught = Attempt.InvokeReturnAsIs(actual[0]);
        return (caught is PSObject wrapped ? wrapped.BaseObject : caught) as ErrorRecord;
    }

    public bool Accepts(ErrorRecord error) =>
        (ExceptionType is null || ExceptionType.IsInstanceOfType(error.Exception))
        && Like(error.Exception.Message, Message)
        && Like(error.FullyQualifiedErrorId, ErrorId);

    public string Describe(ErrorRecord? error)
    {
        string wanted = string.Join("", new[] { ("ExpectedMessage", Message), ("ErrorId", ErrorId), ("ExceptionType", ExceptionType?.FullName) }
            .Where(filter => filter.Item2 is not null).Select(filter => $" -{filter.Item1} {SpecValue.Show(filter.Item2)}"));
        string got = error is null ? "nothing was thrown" : $"got {error.Exception.GetType()} '{error.Exception.Message}' with id '{error.FullyQualifiedErrorId}'";
        return $"-Throw{wanted}, but {got}.";
    }

    private static bool Like(string text, string? pattern) =>
        string.IsNullOrWhiteSpace(pattern) || WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(text);
}
