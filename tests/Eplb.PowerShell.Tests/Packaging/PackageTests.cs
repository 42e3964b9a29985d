using Eplb.Tests.Hosting;

namespace Eplb.Tests.Packaging;

/// <summary>The package: exactly the files that a user needs, and they work from where they lie.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("eplb-package-");

    public PackageTests()
    {
        DotnetProcess build = DotnetProcess.Run("msbuild", "build.targets", "-nologo", "-t:LayPackage", $"-p:PackageFolder={_folder.FullName}/Eplb/");
        Assert.True(build.ExitCode == 0, build.Output);
    }

    [Fact]
    public void It_has_exactly_the_listed_files()
    {
        string root = Path.Combine(_folder.FullName, "Eplb");
        IEnumerable<string> files = Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path).Replace('\\', '/'));
        Assert.Equal(File.ReadAllLines(Path.Combine(Repository.Root, "tests", "Eplb.PowerShell.Tests", "Packaging", "files.txt")), files.Order(StringComparer.Ordinal));
    }

    [Theory, InlineData("Core"), InlineData("Desktop")]
    public void It_plans_and_explains_itself(string edition)
    {
        DotnetProcess host = DotnetProcess.RunHost("-Manifest", $"{_folder.FullName}/Eplb/Eplb.psd1", "-Edition", edition, "-Command", """
            [Eplb.ExpertLoad]::new(0, (1, 2, 3, 4)) | Get-EplbPlacement 8 4 -AsMap | Measure-EplbBalance -Summary | ForEach-Object Balancedness
            (Get-Help Get-EplbPlacement).Synopsis.Length -gt 20
            """);
        Assert.Equal("", host.Error);
        Assert.Matches(@"^[\d.]+\s+True\s*$", host.Output);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
