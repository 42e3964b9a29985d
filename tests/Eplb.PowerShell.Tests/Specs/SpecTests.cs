namespace Eplb.Tests.Specs;

/// <summary>The specs of tests/Pester on the build for PowerShell 7.</summary>
public sealed class CoreSpecTests
{
    public static TheoryData<object> Results => SpecFolder.Results("Core");

    [SkippableTheory, MemberData(nameof(Results), DisableDiscoveryEnumeration = true)]
    public void Core(object result) => SpecFolder.Show(result);
}

/// <summary>The same on the build for Windows PowerShell 5.1, in the engine of PowerShell 7.</summary>
public sealed class DesktopSpecTests
{
    public static TheoryData<object> Results => SpecFolder.Results("Desktop");

    [SkippableTheory, MemberData(nameof(Results), DisableDiscoveryEnumeration = true)]
    public void Desktop(object result) => SpecFolder.Show(result);
}
