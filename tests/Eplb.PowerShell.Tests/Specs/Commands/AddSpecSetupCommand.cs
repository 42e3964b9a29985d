using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>BeforeAll, BeforeEach, AfterEach and AfterAll: kept during discovery, run around the tests.</summary>
[Cmdlet(VerbsCommon.Add, "SpecSetup")]
[Alias("BeforeAll", "BeforeEach", "AfterEach", "AfterAll")]
public sealed class AddSpecSetupCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public ScriptBlock? ScriptBlock { get; set; }

    protected override void ProcessRecord()
    {
        SpecBlock block = SpecDiscovery.Current.Block;
        List<ScriptBlock> steps = MyInvocation.InvocationName.ToUpperInvariant() switch
        {
            "BEFOREALL" => block.BeforeAll,
            "BEFOREEACH" => block.BeforeEach,
            "AFTEREACH" => block.AfterEach,
            "AFTERALL" => block.AfterAll,
            var name => throw new InvalidOperationException($"{name} is not a step of a spec."),
        };
        if (steps.Count > 0) throw new InvalidOperationException($"{MyInvocation.InvocationName} is there twice in {block.Name}.");
        steps.Add(ScriptBlock!);
    }
}
