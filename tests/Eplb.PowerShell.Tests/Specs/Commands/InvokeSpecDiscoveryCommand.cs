using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>BeforeDiscovery: runs at once, in the scope of the file or block that is being read.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "SpecDiscovery")]
[Alias("BeforeDiscovery")]
public sealed class InvokeSpecDiscoveryCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public ScriptBlock? ScriptBlock { get; set; }

    protected override void ProcessRecord() => InvokeCommand.InvokeScript(useLocalScope: false, ScriptBlock!, input: null);
}
