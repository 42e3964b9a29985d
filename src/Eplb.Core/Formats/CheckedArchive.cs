using System.IO.Compression;

namespace Eplb;

/// <summary>A zip archive that is believed only as far as it can be checked: what it says of its entries' lengths before anything is allocated for them, and what they hold by their checksums.</summary>
internal sealed class CheckedArchive : IDisposable
{
    private readonly ZipArchive _archive;
    private readonly Dictionary<ZipArchiveEntry, uint> _checksums = [];
    private readonly CancellationToken _cancellation;

    /// <summary>Opens an archive.</summary>
    /// <param name="stream">The file, which can seek; it stays open.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="EplbException">The entries overlap.</exception>
    /// <exception cref="InvalidDataException">The archive's directory is damaged.</exception>
    public CheckedArchive(Stream stream, CancellationToken cancellation)
    {
        _archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        _cancellation = cancellation;
        Length = stream.Length;
        _archive.CheckApart(Length);
        foreach ((ZipArchiveEntry entry, uint checksum) in ZipDirectory.ReadChecksums(stream, _archive.Entries)) _checksums.Add(entry, checksum);
    }

    /// <summary>Bytes of the archive.</summary>
    public long Length { get; }

    /// <summary>The entries in the order of the archive's directory.</summary>
    public IReadOnlyList<ZipArchiveEntry> Entries => _archive.Entries;

    /// <summary>The entry of a name, or null.</summary>
    /// <param name="name">Full name.</param>
    public ZipArchiveEntry? Find(string name) => _archive.GetEntry(name);

    /// <summary>Length of an entry when unpacked.</summary>
    /// <param name="entry">Entry of this archive.</param>
    /// <exception cref="EplbException">The entry claims more than the archive can hold.</exception>
    public long LengthOf(ZipArchiveEntry entry) => entry.CheckedLength(Length);

    /// <summary>Reads an entry. What is left of it is read too, for its checksum.</summary>
    /// <typeparam name="T">What is made of it.</typeparam>
    /// <param name="entry">Entry of this archive.</param>
    /// <param name="read">Takes the entry, at its start, and its length.</param>
    /// <exception cref="EplbException">The entry claims more than the archive can hold, or its checksum is wrong.</exception>
    public T Read<T>(ZipArchiveEntry entry, Func<Stream, long, T> read)
    {
        long length = LengthOf(entry);
        using var content = new ChecksumStream(entry.Open(), _cancellation);
        try
        {
            T result = read(content, length);
            if (IsSound(entry, content)) return result;
        }
        catch (EplbException) when (!IsSound(entry, content))
        {
            // What the reader stumbled over comes of the damage.
        }

        throw new EplbException(EplbError.FormatInvalid,
            $"The archive's entry {entry.FullName} is damaged: it does not have the checksum (CRC-32) that was saved with it. Copy the file again, or save it again with checksums, as torch.save does by default.", entry.FullName);
    }

    public void Dispose() => _archive.Dispose();

    private bool IsSound(ZipArchiveEntry entry, ChecksumStream content)
    {
        content.CopyTo(Stream.Null);
        return content.Checksum == _checksums[entry];
    }
}
