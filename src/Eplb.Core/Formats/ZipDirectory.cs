using System.Buffers.Binary;
using System.IO.Compression;

namespace Eplb;

/// <summary>Reads the checksums out of a zip archive's directory, which netstandard2.0 does not tell. Source: PKWARE's APPNOTE.</summary>
internal static class ZipDirectory
{
    private const int EndLength = 22, LocatorLength = 20, HeaderLength = 46, MaxCommentLength = ushort.MaxValue;

    /// <summary>The checksum of each entry.</summary>
    /// <param name="stream">The archive; its position is lost.</param>
    /// <param name="entries">The entries in the order of the directory.</param>
    /// <exception cref="InvalidDataException">The directory is not where the archive says, or lists other entries.</exception>
    public static IEnumerable<(ZipArchiveEntry Entry, uint Checksum)> ReadChecksums(Stream stream, IReadOnlyList<ZipArchiveEntry> entries)
    {
        if (entries.Count == 0) yield break;
        stream.Position = FindStart(stream);
        var directory = new BufferedStream(stream, 1 << 16);
        byte[] header = new byte[HeaderLength];
        foreach (ZipArchiveEntry entry in entries)
        {
            Fill(directory, header, "PK\u0001\u0002"u8);
            yield return (entry, BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(16)));
            directory.Position += UInt16At(header, 28) + UInt16At(header, 30) + UInt16At(header, 32);
        }
    }

    private static long FindStart(Stream stream)
    {
        byte[] tail = new byte[(int)Math.Min(stream.Length, EndLength + MaxCommentLength)];
        stream.Position = stream.Length - tail.Length;
        stream.ReadExactly(tail, tail.Length, "the archive's directory");
        int end = tail.AsSpan(0, tail.Length - EndLength + 4).LastIndexOf("PK\u0005\u0006"u8);
        if (end < 0) throw Damaged();
        uint start = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(end + 16));
        // One of them is filled up where the real values are in the 64-bit record.
        bool isLarge = start == uint.MaxValue || UInt16At(tail, end + 4) == ushort.MaxValue || UInt16At(tail, end + 10) == ushort.MaxValue;
        return isLarge && end >= LocatorLength ? FindLargeStart(stream, tail.AsSpan(end - LocatorLength, LocatorLength)) ?? start : start;
    }

    private static long? FindLargeStart(Stream stream, ReadOnlySpan<byte> locator)
    {
        if (!locator.StartsWith("PK\u0006\u0007"u8)) return null;
        byte[] record = new byte[56];
        stream.Position = PlaceAt(locator.Slice(8), stream.Length);
        Fill(stream, record, "PK\u0006\u0006"u8);
        return PlaceAt(record.AsSpan(48), stream.Length);
    }

    private static void Fill(Stream stream, byte[] record, ReadOnlySpan<byte> mark)
    {
        stream.ReadExactly(record, record.Length, "the archive's directory");
        if (!record.AsSpan().StartsWith(mark)) throw Damaged();
    }

    private static long PlaceAt(ReadOnlySpan<byte> bytes, long length) =>
        BinaryPrimitives.ReadUInt64LittleEndian(bytes) is var place && place <= (ulong)length ? (long)place : throw Damaged();

    private static int UInt16At(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(offset));

    private static InvalidDataException Damaged() => new("its directory is not where it should be");
}
