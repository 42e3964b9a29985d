namespace Eplb.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    private string Target => Path.Combine(_directory, "file.txt");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Text_is_written_without_a_byte_order_mark_and_replaces_what_was_there()
    {
        AtomicFile.WriteText(Target, "a longer text");
        AtomicFile.WriteText(Target, "é");
        Assert.Equal([0xC3, 0xA9], File.ReadAllBytes(Target));
        Assert.Single(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public void A_failure_leaves_the_old_file_and_nothing_else()
    {
        AtomicFile.WriteText(Target, "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(Target, stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(Target));
        Assert.Single(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public void A_file_that_is_to_be_kept_is_kept()
    {
        AtomicFile.WriteText(Target, "old", ExistingFile.Keep);
        EplbException broken = Assert.Throws<EplbException>(() => AtomicFile.WriteText(Target, "new", ExistingFile.Keep));
        Assert.Equal((EplbError.FileExists, (object)Target), (broken.Error, broken.Target));
        Assert.Equal("old", File.ReadAllText(Target));
    }

    [Fact]
    public void A_file_that_appears_while_writing_is_kept()
    {
        EplbException broken = Assert.Throws<EplbException>(
            () => AtomicFile.Write(Target, _ => File.WriteAllText(Target, "other"), ExistingFile.Keep));
        Assert.Equal(EplbError.FileExists, broken.Error);
        Assert.Equal("other", File.ReadAllText(Target));
        Assert.Single(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public void A_read_only_file_is_replaced_only_when_forced()
    {
        AtomicFile.WriteText(Target, "old");
        File.SetAttributes(Target, FileAttributes.ReadOnly);
        Assert.Equal(EplbError.FileUnwritable, Assert.Throws<EplbException>(() => AtomicFile.WriteText(Target, "new")).Error);
        AtomicFile.WriteText(Target, "new", ExistingFile.ReplaceReadOnly);
        Assert.Equal("new", File.ReadAllText(Target));
    }

    [Fact]
    public void A_missing_directory_and_a_directory_in_its_place_are_told()
    {
        string missing = Path.Combine(_directory, "none", "file.txt");
        EplbException broken = Assert.Throws<EplbException>(() => AtomicFile.WriteText(missing, ""));
        Assert.Contains($"'{Path.Combine(_directory, "none")}' does not exist", broken.Message);
        Assert.Contains("is a directory", Assert.Throws<EplbException>(() => AtomicFile.WriteText(_directory, "")).Message);
    }

    [Fact]
    public void A_link_stays_a_link()
    {
        if (OperatingSystem.IsWindows()) return;
        string link = Path.Combine(_directory, "link.txt");
        AtomicFile.WriteText(Target, "old");
        File.SetUnixFileMode(Target, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(link, Target);
        AtomicFile.WriteText(link, "new");
        Assert.Equal(Target, new FileInfo(link).LinkTarget);
        Assert.Equal(("new", UnixFileMode.UserRead | UnixFileMode.UserWrite), (File.ReadAllText(Target), File.GetUnixFileMode(Target)));
    }

    [Fact]
    public void A_device_stays_a_device()
    {
        if (OperatingSystem.IsWindows()) return;
        AtomicFile.WriteText("/dev/null", "gone");
        Assert.Equal("", File.ReadAllText("/dev/null"));
    }

    [Fact]
    public void A_full_device_is_an_error_that_names_it()
    {
        if (!OperatingSystem.IsLinux()) return;
        EplbException broken = Assert.Throws<EplbException>(() => AtomicFile.WriteText("/dev/full", "gone"));
        Assert.Equal((EplbError.FileUnwritable, (object)"/dev/full"), (broken.Error, broken.Target));
    }

    [Fact]
    public void A_device_gets_no_side_car()
    {
        if (OperatingSystem.IsWindows()) return;
        var map = new PlacementMap([LayerPlacement.Create(0, [0, 1], 2)], new ClusterShape(2, 1), PlacementPolicy.Global);
        new PlacementExport(map, PlacementFormat.VllmArray).Write("/dev/null");
        Assert.False(File.Exists("/dev/null.eplb.json"));
    }

    [Fact]
    public void Whoever_has_the_earlier_file_open_keeps_reading_it()
    {
        if (OperatingSystem.IsWindows()) return;
        AtomicFile.WriteText(Target, "earlier");
        using (var reader = new StreamReader(new FileStream(Target, FileMode.Open, FileAccess.Read, FileShare.None)))
        {
            AtomicFile.WriteText(Target, "later");
            Assert.Equal("earlier", reader.ReadToEnd());
        }

        Assert.Equal("later", File.ReadAllText(Target));
        Assert.Single(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public void A_cancelled_export_leaves_the_earlier_files_and_nothing_else()
    {
        var map = new PlacementMap([LayerPlacement.Create(0, [0, 1], 2)], new ClusterShape(2, 1), PlacementPolicy.Global);
        AtomicFile.WriteText(Target, "earlier");
        var export = new PlacementExport(map, PlacementFormat.Json);
        Assert.Throws<OperationCanceledException>(() => export.Write(Target, cancellationToken: new CancellationToken(canceled: true)));
        Assert.Equal("earlier", File.ReadAllText(Target));
        Assert.Single(Directory.GetFileSystemEntries(_directory));
    }
}
