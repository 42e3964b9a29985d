using System.IO.Compression;
using System.Text;
using Eplb.Tests.Formats.Loads;

namespace Eplb.Tests.Formats;

/// <summary>What is read from an archive has the checksum that was saved with it.</summary>
public sealed class ChecksumTests
{
    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xCBF43926u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x414FA339u)]
    public void The_checksum_is_that_of_zip_archives(string text, uint checksum)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        Assert.Equal(checksum, Crc32.Append(0, bytes));
        for (int place = 0; place < bytes.Length; place++)
            Assert.Equal(checksum, Crc32.Append(Crc32.Append(0, bytes.AsSpan(0, place)), bytes.AsSpan(place)));
    }

    [Theory]
    // loads, and what says which they are
    [InlineData("mcore_ep_loads_rank0_0.npz", "loads.npy")]
    [InlineData("mcore_ep_loads_rank0_0.npz", "forward_counts.npy")]
    [InlineData("mcore_ep_loads_rank0_0.npz", "dump_version.npy")]
    [InlineData("sglang-stat.pt", "data.pkl")]
    [InlineData("sglang-stat.pt", "data/0")]
    [InlineData("sglang-per-pass-0.pt", "data/0")]
    [InlineData("sglang-per-pass-0.pt", "data/1")]
    public void A_flipped_bit_is_found(string file, string entry)
    {
        byte[] content = Stored(File.ReadAllBytes(TestData.PathOf("formats/" + file)));
        byte[] bytes = EntryOf(content, entry);
        int place = content.AsSpan().IndexOf(bytes);
        foreach (int offset in (int[])[0, bytes.Length / 2, bytes.Length - 1])
        {
            byte[] damaged = [.. content];
            damaged[place + offset] ^= 1;
            LoadCase.IsRefused(EplbError.FormatInvalid, $"{entry} is damaged: it does not have the checksum", () => LoadCase.Read(damaged));
        }
    }

    [Fact]
    public void An_array_that_is_left_out_is_checked_too()
    {
        byte[] names = [0x93, .. "NUMPY"u8, 1, 0, 70, 0, .. Encoding.ASCII.GetBytes("{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }".PadRight(69) + "\n"), 1, 0, 0, 0];
        byte[] loads = [0x93, .. "NUMPY"u8, 1, 0, 70, 0, .. Encoding.ASCII.GetBytes("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }".PadRight(69) + "\n"), 3, 4];
        byte[] file = HandmadeZip.Of(CompressionLevel.NoCompression, ("names.npy", names), ("loads.npy", loads));
        Assert.Equal("0:3,4", LoadCase.Read(file).Show());

        // The head of the loads, so that they look like something else.
        file[file.AsSpan().IndexOf("|u1"u8)] = (byte)'O';
        LoadCase.IsRefused(EplbError.FormatInvalid, "entry loads.npy is damaged", () => LoadCase.Read(file));
    }

    [Fact]
    public void A_placement_is_checked_too()
    {
        byte[] content = File.ReadAllBytes(TestData.PathOf("formats/sglang-per-pass-0.pt"));
        byte[] map = EntryOf(content, "data/3");
        content[content.AsSpan().IndexOf(map)] ^= 1;
        using var file = new TempFile(content);
        Assert.Contains("checksum", Assert.Throws<EplbException>(() => PlacementReader.Read(file.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Archives_with_a_directory_of_64_bits_are_read()
    {
        (string, byte[])[] entries = [.. Enumerable.Range(0, ushort.MaxValue + 1).Select(i => ($"{i}", i == ushort.MaxValue ? "last"u8.ToArray() : []))];
        byte[] content = HandmadeZip.Of(CompressionLevel.NoCompression, entries);
        Assert.True(content.AsSpan().IndexOf("PK\u0006\u0006"u8) > 0);
        using var archive = new CheckedArchive(new MemoryStream(content), default);
        Assert.Equal("last", Encoding.ASCII.GetString(archive.Read(archive.Entries[^1], (stream, length) => stream.ReadExactly((int)length, "the entry"))));
    }

    private static byte[] Stored(byte[] content)
    {
        using var archive = new ZipArchive(new MemoryStream(content));
        return HandmadeZip.Of(CompressionLevel.NoCompression, [.. archive.Entries.Select(entry => (entry.FullName, EntryOf(content, entry.FullName)))]);
    }

    private static byte[] EntryOf(byte[] content, string name)
    {
        using var archive = new ZipArchive(new MemoryStream(content));
        ZipArchiveEntry entry = archive.Entries.Single(entry => entry.FullName.EndsWith(name, StringComparison.Ordinal));
        using Stream stream = entry.Open();
        return stream.ReadExactly((int)entry.Length, name);
    }
}
