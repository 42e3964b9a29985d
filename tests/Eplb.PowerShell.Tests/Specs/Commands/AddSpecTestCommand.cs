using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>It: a test, one for each element of -ForEach.</summary>
[Cmdlet(VerbsCommon.Add, "SpecTest")]
[Alias("It")]
public sealed class AddSpecTestCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public string Name { get; set; } = "";

    [Parameter(Mandatory = true, Position = 1)]
    public ScriptBlock? Test { get; set; }

    [Parameter]
    [Alias("TestCases")]
    [ValidateNotNullOrEmpty]
    public object[]? ForEach { get; set; }

    [Parameter]
    public SwitchParameter Skip { get; set; }

    protected override void ProcessRecord()
    {
        SpecBlock block = SpecDiscovery.Current.Block;
        if (block.Parent is null) throw new InvalidOperationException("It must be inside a Describe or Context.");
        IEnumerable<SpecData> data = ForEach is null ? [SpecData.None] : ForEach.Select(SpecData.Of);
        block.Children.AddRange(data.Select(element => new SpecTest(block, Name, Test!, element, Skip || block.Skip)));
    }
}
