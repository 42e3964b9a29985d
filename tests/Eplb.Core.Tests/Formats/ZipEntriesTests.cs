using System.Buffers.Binary;
using System.IO.Compression;

namespace Eplb.Tests.Formats;

/// <summary>What an archive says of its entries is believed only as far as the archive can hold it.</summary>
public sealed class ZipEntriesTests
{
    [Fact]
    public void Entries_are_together_as_large_as_the_archive_at_most()
    {
        using ZipArchive archive = Open([], [1, 2, 3], [4, 5, 6, 7]);
        archive.CheckApart(7);
        Assert.Contains("3 entries are together larger than its 6 bytes", Assert.Throws<EplbException>(() => archive.CheckApart(6)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_unfolds_as_far_as_packing_can_do()
    {
        byte[] file = Pack([1, 2, 3]);
        foreach (int length in new[] { 3, 1032 * 4, (1032 * 4) + 1 })
        {
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(file.AsSpan().IndexOf("PK\u0001\u0002"u8) + 24), length);
            using var archive = new ZipArchive(new MemoryStream(file));
            if (length <= 1032 * 4)
                Assert.Equal(length, archive.Entries[0].CheckedLength(3));
            else
                Assert.Contains("claims 4129 bytes", Assert.Throws<EplbException>(() => archive.Entries[0].CheckedLength(3)).Message, StringComparison.Ordinal);
            Assert.Throws<EplbException>(() => archive.Entries[0].CheckedLength(2));
        }
    }

    private static ZipArchive Open(params byte[][] entries) => new(new MemoryStream(Pack(entries)));

    private static byte[] Pack(params byte[][] entries) =>
        HandmadeZip.Of(CompressionLevel.NoCompression, [.. entries.Select((content, i) => ($"{i}", content))]);
}
