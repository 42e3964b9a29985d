using System.Management.Automation;
using Eplb.Tests.Engines;

namespace Eplb.Tests.Conventions;

/// <summary>What a gallery and a user expect of a module's manifest.</summary>
[Collection(EngineTests.Name)]
public sealed class ManifestTests(Engine engine)
{
    private static readonly string[] PlatformTags = ["PSEdition_Core", "PSEdition_Desktop", "Windows", "Linux", "MacOS"];

    [Fact]
    public void The_engine_finds_the_manifest_valid()
    {
        var checkedModule = (PSModuleInfo)engine.Invoke($"Test-ModuleManifest '{Engine.Manifest}' -ErrorAction Stop").Single().BaseObject;
        Assert.Equal("Eplb", checkedModule.Name);
    }

    [Fact]
    public void It_says_what_a_gallery_shows()
    {
        Assert.NotEmpty(engine.Module.Description);
        Assert.NotNull(engine.Module.LicenseUri);
        Assert.NotNull(engine.Module.ProjectUri);
        Assert.NotEmpty(engine.Module.ReleaseNotes);
        Assert.Empty(PlatformTags.Except(engine.Module.Tags));
        Assert.Equal(["Core", "Desktop"], engine.Module.CompatiblePSEditions.Order());
    }

    [Fact]
    public void Cmdlets_are_exported_by_name_and_nothing_else_is()
    {
        string[] names = [.. engine.Invoke($"(& ([scriptblock]::Create([IO.File]::ReadAllText('{Engine.Manifest}')))).CmdletsToExport").Select(name => name.ToString())];
        Assert.Equal(engine.Cmdlets.Select(cmdlet => cmdlet.Name), names.Order(StringComparer.Ordinal));
        Assert.Empty(engine.Module.ExportedFunctions);
        Assert.Empty(engine.Module.ExportedAliases);
        Assert.Empty(engine.Module.ExportedVariables);
    }
}
