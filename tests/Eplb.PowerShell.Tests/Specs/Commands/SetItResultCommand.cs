using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>Ends the running test as skipped.</summary>
[Cmdlet(VerbsCommon.Set, "ItResult")]
public sealed class SetItResultCommand : PSCmdlet
{
    [Parameter(Mandatory = true)]
    public SwitchParameter Skipped { get; set; }

    [Parameter]
    public string Because { get; set; } = "";

    protected override void ProcessRecord() => ThrowTerminatingError(new ErrorRecord(
        new SkippedTestException(Because.Length == 0 ? "is skipped" : $"is skipped, because {Because}"),
        "PesterTestSkipped", ErrorCategory.InvalidResult, targetObject: null));
}
