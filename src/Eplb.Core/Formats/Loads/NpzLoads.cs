using System.IO.Compression;

namespace Eplb;

/// <summary>Reads loads from a .npz archive: the array logical_count, or else all arrays that can be loads, one after another as windows.</summary>
internal static class NpzLoads
{
    private const string Extension = ".npy";

    /// <summary>Reads the archive.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="sums">Takes the loads.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="EplbException">No array that can be loads, or one that breaks a rule.</exception>
    public static void Read(CheckedArchive archive, LoadSums sums, CancellationToken cancellation)
    {
        ZipArchiveEntry[] entries = [.. archive.Entries.Where(entry => entry.FullName.EndsWith(Extension, StringComparison.Ordinal))];
        ZipArchiveEntry? named = Array.Find(entries, entry => entry.FullName == "logical_count" + Extension);
        if (named is not null)
        {
            sums.IsRingBuffer = Read(archive, named, (stream, length) => NpyLoads.Read(stream, NpyHeader.Read(stream), length, sums, 0, cancellation)) > 1;
            return;
        }

        long window = 0;
        EplbException? reason = null;
        foreach (ZipArchiveEntry entry in entries)
        {
            window += Read(archive, entry, (stream, length) => ReadHeader(stream, entry, ref reason) is { Shape.Count: 2 or 3 } header
                ? NpyLoads.Read(stream, header, length, sums, window, cancellation)
                : 0);
        }

        if (window == 0)
        {
            throw reason ?? new EplbException(EplbError.FormatUnknown,
                $"None of the archive's {entries.Length} arrays has the shape (layers, experts) or (windows, layers, experts).");
        }
    }

    private static int Read(CheckedArchive archive, ZipArchiveEntry entry, Func<Stream, long, int> read)
    {
        try
        {
            return archive.Read(entry, read);
        }
        catch (EplbException broken)
        {
            throw broken.At($"array {entry.FullName}", null);
        }
    }

    private static NpyHeader? ReadHeader(Stream stream, ZipArchiveEntry entry, ref EplbException? reason)
    {
        try
        {
            return NpyHeader.Read(stream);
        }
        catch (EplbException broken)
        {
            // Not loads: names, say, or objects. It counts only if nothing else can be loads.
            reason ??= broken.At($"array {entry.FullName}", null);
            return null;
        }
    }
}
