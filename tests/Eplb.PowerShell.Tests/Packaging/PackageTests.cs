using System.IO.Compression;
using System.Xml.Linq;
using Eplb.Tests.Hosting;

namespace Eplb.Tests.Packaging;

/// <summary>The package: exactly the files that a user needs, and they work from where they lie.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("eplb-package-");

    public PackageTests()
    {
        MSBuild("LayPackage;Pack");
    }

    private FileInfo Archive => _folder.GetFiles("Eplb.*.nupkg").Single();

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

    [Fact]
    public void Equal_files_give_an_equal_archive()
    {
        byte[] first = File.ReadAllBytes(Archive.FullName);
        foreach (FileInfo file in _folder.EnumerateFiles("*", SearchOption.AllDirectories)) file.LastWriteTimeUtc = new DateTime(2030, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        MSBuild("Pack");
        Assert.Equal(first, File.ReadAllBytes(Archive.FullName));
    }

    [Fact]
    public void The_archive_says_what_a_repository_shows_and_holds_the_package()
    {
        using ZipArchive archive = ZipFile.OpenRead(Archive.FullName);
        XElement metadata = XDocument.Load(archive.GetEntry("Eplb.nuspec")!.Open()).Root!.Elements().Single();
        string Field(string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;
        Assert.Equal($"Eplb.{Field("version")}.nupkg", Archive.Name);
        Assert.Equal("Eplb", Field("id"));
        Assert.All((string[])["authors", "owners", "licenseUrl", "projectUrl", "description", "releaseNotes", "copyright"], name => Assert.NotEmpty(Field(name)));
        Assert.Superset(new HashSet<string> { "PSModule", "PSEdition_Core", "PSEdition_Desktop", "PSIncludes_Cmdlet", "PSCmdlet_Get-EplbPlacement" }, Field("tags").Split(' ').ToHashSet());
        Assert.Equal(
            File.ReadAllLines(Path.Combine(Repository.Root, "tests", "Eplb.PowerShell.Tests", "Packaging", "files.txt")),
            archive.Entries.Select(entry => entry.FullName).Skip(3));
        string types = new StreamReader(archive.GetEntry("[Content_Types].xml")!.Open()).ReadToEnd();
        Assert.All(archive.Entries.Skip(3), entry => Assert.Contains(
            Path.HasExtension(entry.Name) ? $"Extension=\"{Path.GetExtension(entry.Name)[1..]}\"" : $"PartName=\"/{entry.FullName}\"", types, StringComparison.Ordinal));
    }

    [Fact]
    public void Installed_in_a_module_path_its_cmdlets_load_by_themselves()
    {
        string version = Path.GetFileNameWithoutExtension(Archive.Name)["Eplb.".Length..], modules = Path.Combine(_folder.FullName, "modules");
        ZipFile.ExtractToDirectory(Archive.FullName, Path.Combine(modules, "Eplb", version));
        string empty = Path.Combine(_folder.FullName, "Empty.psd1");
        File.WriteAllText(empty, "@{ ModuleVersion = '1.0' }");
        DotnetProcess host = DotnetProcess.RunHost("-Manifest", empty, "-Command", $$"""
            $env:PSModulePath = '{{modules}}'
            (Import-ExpertLoad "$env:PSModulePath/Eplb/{{version}}/module/examples/data/dsv3-0324-mmlu-seqlen4k.json" | Get-EplbPlacement 288 32 -AsMap).PhysicalToLogical.Length
            (Get-Module Eplb).ModuleBase
            (Get-Help Get-EplbPlacement).Synopsis.Length -gt 20
            """);
        Assert.Equal("", host.Error);
        Assert.Equal(["58", Path.Combine(modules, "Eplb", version), "True"], host.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
    }

    private void MSBuild(string targets)
    {
        // With the host beside this test: the suite may be built in another configuration than the package.
        DotnetProcess build = DotnetProcess.Run("msbuild", "build.targets", "-nologo", $"-t:{targets}", $"-p:PackageFolder={_folder.FullName}/Eplb/",
            $"-p:RepositoryFolder={_folder.FullName}/", $"-p:HostProgram={Path.Combine(AppContext.BaseDirectory, "Eplb.Host.dll")}");
        Assert.True(build.ExitCode == 0, build.Output);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
