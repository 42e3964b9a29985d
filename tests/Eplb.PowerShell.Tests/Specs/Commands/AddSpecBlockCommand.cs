using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>Describe and Context: read their body during discovery, once for each element of -ForEach.</summary>
[Cmdlet(VerbsCommon.Add, "SpecBlock")]
[Alias("Describe", "Context")]
public sealed class AddSpecBlockCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public string Name { get; set; } = "";

    [Parameter(Mandatory = true, Position = 1)]
    public ScriptBlock? Fixture { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[]? ForEach { get; set; }

    [Parameter]
    public SwitchParameter Skip { get; set; }

    protected override void ProcessRecord()
    {
        IEnumerable<SpecData> data = ForEach is null ? [SpecData.None] : ForEach.Select(SpecData.Of);
        foreach (SpecData element in data) SpecDiscovery.Current.ReadBlock(Name, Fixture!, element, Skip);
    }
}
