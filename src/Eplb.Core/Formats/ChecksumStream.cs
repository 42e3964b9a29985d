namespace Eplb;

/// <summary>Takes the CRC-32 of what is read through it, and stops the reading when it is cancelled.</summary>
internal sealed class ChecksumStream(Stream input, CancellationToken cancellation) : ReadOnlyStream
{
    /// <summary>The checksum of all that was read.</summary>
    public uint Checksum { get; private set; }

    public override int Read(byte[] buffer, int offset, int count)
    {
        cancellation.ThrowIfCancellationRequested();
        int read = input.Read(buffer, offset, count);
        Checksum = Crc32.Append(Checksum, buffer.AsSpan(offset, read));
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) input.Dispose();
        base.Dispose(disposing);
    }
}
