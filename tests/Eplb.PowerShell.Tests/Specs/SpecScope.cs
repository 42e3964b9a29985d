using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>One variable scope of a spec, a child of the scope that is current: all steps run in it as if they were one script.</summary>
public sealed class SpecScope
{
    // Dot-sourcing is what lets an It see the variables of BeforeEach; the loop of one round keeps a stray break or continue inside.
    private static readonly ScriptBlock Driver = ScriptBlock.Create("""
        param($______scope)
        foreach ($______step in $______scope.Steps) {
            try { do { $null = . $______step } until ($true) } catch { $______scope.Error = $_ }
        }
        """);

    private SpecScope(Func<SpecScope, IEnumerable<ScriptBlock>> steps) => Steps = steps(this);

    /// <summary>What runs, decided step by step: each step may look at the error of those before.</summary>
    public IEnumerable<ScriptBlock> Steps { get; }

    /// <summary>The error of the last step that failed.</summary>
    public ErrorRecord? Error { get; set; }

    internal static ErrorRecord? Run(SpecData data, Func<SpecScope, IEnumerable<ScriptBlock>> steps)
    {
        var scope = new SpecScope(steps);
        Driver.InvokeWithContext(null, data.Variables, scope);
        return scope.Error;
    }
}
