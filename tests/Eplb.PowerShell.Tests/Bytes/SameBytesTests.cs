using System.Globalization;
using Eplb.Tests.Hosting;

namespace Eplb.Tests.Bytes;

/// <summary>Everything that the module writes is the same to the byte, whatever the build, the number of threads and the culture.</summary>
public sealed class SameBytesTests(SameBytesTests.Plain plain) : IClassFixture<SameBytesTests.Plain>
{
    [Fact]
    public void The_machine_has_cultures_whose_numbers_and_letters_differ()
    {
        // Without them, or with InvariantGlobalization, the test below would show nothing.
        Assert.Equal(",", CultureInfo.GetCultureInfo("de-DE").NumberFormat.NumberDecimalSeparator);
        Assert.NotEqual("i", "I".ToLower(CultureInfo.GetCultureInfo("tr-TR")));
        Assert.NotEqual("-", CultureInfo.GetCultureInfo("ar-SA").NumberFormat.NegativeSign);
    }

    [Theory]
    // edition, processors, culture
    [InlineData("Core", 2, "de-DE")]
    [InlineData("Core", 16, "tr-TR")]
    [InlineData("Core", 1, "ar-SA")]
    [InlineData("Core", 2, "By-Hand")]
    [InlineData("Desktop", 16, "de-DE")]
    [InlineData("Desktop", 1, "tr-TR")]
    [InlineData("Desktop", 2, "ar-SA")]
    [InlineData("Desktop", 16, "")]
    [InlineData("Core", 2, "sv-SE")]
    [InlineData("Desktop", 1, "fa-IR")]
    public void Files_are_the_same_to_the_byte(string edition, int processors, string culture)
    {
        using Written written = new(edition, processors, culture);
        Assert.Equal(plain.Files.Keys, written.Files.Keys);
        Assert.All(plain.Files.Keys, file => Assert.True(plain.Files[file].AsSpan().SequenceEqual(written.Files[file]), $"{file} differs."));
    }

    [Theory]
    [InlineData("page.html"), InlineData("page.md"), InlineData("figures.txt"), InlineData("messages.txt"), InlineData("refined.prom"), InlineData("back.Csv.json"), InlineData("lost.back.Json")]
    public void The_files_that_are_compared_are_there(string file) => Assert.True(plain.Files[file].Length > 300, $"{file} has {plain.Files[file].Length} bytes.");

    /// <summary>The files of the build for PowerShell 7 on one processor, under the invariant culture.</summary>
    public sealed class Plain : IDisposable
    {
        private readonly Written _written = new("Core", 1, "");

        internal SortedDictionary<string, byte[]> Files => _written.Files;

        public void Dispose() => _written.Dispose();
    }

    internal sealed class Written : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("eplb-bytes-");

        public Written(string edition, int processors, string culture)
        {
            string script = Path.Combine(Repository.Root, "tests", "Eplb.PowerShell.Tests", "Bytes", "everything.ps1");
            DotnetProcess host = DotnetProcess.RunHostOn(processors, "-Edition", edition, script, "-Destination", _folder.FullName, "-Culture", culture);
            Assert.True(host.ExitCode == 0, host.Error);
            foreach (FileInfo file in _folder.EnumerateFiles()) Files.Add(file.Name, File.ReadAllBytes(file.FullName));
        }

        public SortedDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
