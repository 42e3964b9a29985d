using System.IO.Compression;

namespace Eplb;

/// <summary>Checks what a zip archive says about its entries before anything is allocated for them.</summary>
internal static class ZipEntries
{
    // Deflate cannot do better than about 1 to 1032.
    private const long MaxRatio = 1032;

    /// <summary>Whether a file starts like a zip archive.</summary>
    /// <param name="head">First bytes of the file.</param>
    public static bool IsZip(ReadOnlySpan<byte> head) =>
        head.Length >= 4 && head[0] == 'P' && head[1] == 'K' && (head[2], head[3]) is (3, 4) or (5, 6);

    /// <summary>Throws where entries share packed bytes, which would let a small archive unfold many times.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="archiveLength">Bytes of the archive.</param>
    /// <exception cref="EplbException">The entries are together larger than the archive: they overlap.</exception>
    public static void CheckApart(this ZipArchive archive, long archiveLength)
    {
        long rest = archiveLength;
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            if (entry.CompressedLength < 0 || entry.CompressedLength > rest)
            {
                throw new EplbException(EplbError.FormatInvalid,
                    $"The archive's {archive.Entries.Count} entries are together larger than its {archiveLength} bytes: they overlap, or lie about their lengths.");
            }

            rest -= entry.CompressedLength;
        }
    }

    /// <summary>Length of an entry when unpacked.</summary>
    /// <param name="entry">Entry of the archive.</param>
    /// <param name="archiveLength">Bytes of the archive.</param>
    /// <exception cref="EplbException">The entry claims more than the archive can hold.</exception>
    public static long CheckedLength(this ZipArchiveEntry entry, long archiveLength)
    {
        if (entry.CompressedLength > archiveLength || entry.Length > MaxRatio * (entry.CompressedLength + 1))
        {
            throw new EplbException(EplbError.ShapeTooLarge,
                $"The archive's entry {entry.FullName} claims {entry.Length} bytes, more than its {entry.CompressedLength} packed bytes in a file of {archiveLength} can hold.");
        }

        return entry.Length;
    }
}
