using System.Diagnostics;

namespace Eplb.Tests.Formats;

/// <summary>A disk that is full, or that nothing may be written to: small file systems of their own, on machines that let the tests mount them.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const int Pages = 6;

    // Between one and two pages as JSON.
    private static readonly PlacementMap Map = Planner.Plan(TestData.Loads("dsv2lite-esft-law.json"), new ClusterShape(80, 8));

    private readonly string _mount = Directory.CreateTempSubdirectory("eplb-disk-").FullName;
    private readonly bool _isMounted;

    public FullDiskTests() => _isMounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={Pages * Environment.SystemPageSize}", "tmpfs", _mount);

    private string Target => Path.Combine(_mount, "plan.json");

    public void Dispose()
    {
        if (_isMounted) Run("umount", "-l", _mount);
        Directory.Delete(_mount, recursive: true);
    }

    [SkippableTheory]
    // pages that are free: none; one for a part of the placement; two for the placement, but none for its side-car
    [InlineData(0, "plan.json"), InlineData(1, "plan.json"), InlineData(2, "plan.json.eplb.json")]
    public void On_a_full_disk_the_earlier_files_stay_and_nothing_else(int free, string unwritable)
    {
        Skip.IfNot(_isMounted, "File systems cannot be mounted here.");
        File.WriteAllText(Target, "earlier");
        File.WriteAllText(Target + ".eplb.json", "earlier too");
        File.WriteAllBytes(Path.Combine(_mount, "other"), new byte[(Pages - 2 - free) * Environment.SystemPageSize]);
        EplbException broken = Assert.Throws<EplbException>(() => new PlacementExport(Map, PlacementFormat.VllmArray).Write(Target));
        Assert.Equal((EplbError.FileUnwritable, (object)Path.Combine(_mount, unwritable)), (broken.Error, broken.Target));
        Assert.Contains("space", broken.Message, StringComparison.Ordinal);
        Assert.Equal(("earlier", "earlier too"), (File.ReadAllText(Target), File.ReadAllText(Target + ".eplb.json")));
        Assert.Equal(3, Directory.GetFileSystemEntries(_mount).Length);
    }

    [SkippableFact]
    public void On_a_read_only_disk_the_earlier_file_stays()
    {
        Skip.IfNot(_isMounted, "File systems cannot be mounted here.");
        File.WriteAllText(Target, "earlier");
        Skip.IfNot(Run("mount", "-o", "remount,ro", _mount), "The file system cannot be made read-only.");
        EplbException broken = Assert.Throws<EplbException>(() => new PlacementExport(Map, PlacementFormat.VllmArray).Write(Target));
        Assert.Equal(EplbError.FileUnwritable, broken.Error);
        Assert.Contains("Read-only file system", broken.Message, StringComparison.Ordinal);
        Assert.Equal("earlier", File.ReadAllText(Target));
        Assert.Single(Directory.GetFileSystemEntries(_mount));
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
