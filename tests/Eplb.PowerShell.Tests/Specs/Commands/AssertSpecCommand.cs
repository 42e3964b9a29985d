using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>Should: fails the test where the input is not as the one operator says.</summary>
[Cmdlet(VerbsLifecycle.Assert, "Spec")]
[Alias("Should")]
public sealed class AssertSpecCommand : PSCmdlet
{
    private readonly List<object?> _actual = [];

    [Parameter(ValueFromPipeline = true)]
    [AllowNull, AllowEmptyCollection, AllowEmptyString]
    public object? InputObject { get; set; }

    [Parameter(Position = 0)]
    [Alias("ExpectedValue", "ExpectedType", "RegularExpression", "ExpectedContent")]
    [AllowNull, AllowEmptyCollection, AllowEmptyString]
    public object? Expected { get; set; }

    [Parameter] public SwitchParameter Not { get; set; }
    [Parameter] public string Because { get; set; } = "";

    [Parameter] public SwitchParameter Be { get; set; }
    [Parameter] public SwitchParameter BeExactly { get; set; }
    [Parameter] public SwitchParameter BeTrue { get; set; }
    [Parameter] public SwitchParameter BeFalse { get; set; }
    [Parameter] public SwitchParameter BeNullOrEmpty { get; set; }
    [Parameter] public SwitchParameter BeOfType { get; set; }
    [Parameter] public SwitchParameter BeGreaterThan { get; set; }
    [Parameter] public SwitchParameter BeGreaterOrEqual { get; set; }
    [Parameter] public SwitchParameter BeLessThan { get; set; }
    [Parameter] public SwitchParameter BeLessOrEqual { get; set; }
    [Parameter] public SwitchParameter Match { get; set; }
    [Parameter] public SwitchParameter MatchExactly { get; set; }
    [Parameter] public SwitchParameter BeLike { get; set; }
    [Parameter] public SwitchParameter Contain { get; set; }
    [Parameter] public SwitchParameter BeIn { get; set; }
    [Parameter] public SwitchParameter HaveCount { get; set; }
    [Parameter] public SwitchParameter Exist { get; set; }
    [Parameter] public SwitchParameter FileContentMatch { get; set; }

    [Parameter] public SwitchParameter Throw { get; set; }
    [Parameter] public string? ExpectedMessage { get; set; }
    [Parameter] public string? ErrorId { get; set; }
    [Parameter] public Type? ExceptionType { get; set; }
    [Parameter] public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord() => _actual.Add(InputObject);

    protected override void EndProcessing()
    {
        string[] operators = [.. MyInvocation.BoundParameters.Keys.Where(name => name == nameof(Throw) || SpecAssertion.Operators.Contains(name))];
        if (operators.Length != 1)
        {
            throw new ArgumentException($"Should needs one operator and has {operators.Length}: {string.Join(", ", operators)}.");
        }
        bool throws = operators[0] == nameof(Throw);
        if (!throws && (ExpectedMessage ?? ErrorId ?? (object?)ExceptionType) is not null)
        {
            throw new ArgumentException("-ExpectedMessage, -ErrorId and -ExceptionType belong to -Throw.");
        }
        if (throws)
        {
            AssertThrow();
            return;
        }
        foreach (object? actual in SpecAssertion.Subjects(operators[0], _actual))
        {
            Require(SpecAssertion.Holds(operators[0], actual, Expected, Not), () => SpecAssertion.Describe(operators[0], actual, Expected));
        }
    }

    private void AssertThrow()
    {
        var filter = new SpecThrowFilter(ExpectedMessage ?? Expected as string, ErrorId, ExceptionType);
        ErrorRecord? error = SpecThrowFilter.Catch(_actual);
        Require(Not ? error is null : error is not null && filter.Accepts(error), () => filter.Describe(error));
        if (PassThru) WriteObject(error);
    }

    private void Require(bool succeeded, Func<string> describe)
    {
        if (succeeded) return;
        string because = Because.Length == 0 ? "" : $" (because {Because})";
        ThrowTerminatingError(new ErrorRecord(
            new InvalidOperationException($"Should{(Not ? " -Not" : "")} {describe()}{because}"),
            "PesterAssertionFailed", ErrorCategory.InvalidResult, targetObject: null));
    }
}
