namespace Eplb;

/// <summary>Takes the CRC-32 of what is read through it, and stops the reading when it is cancelled.</summary>
internal sealed class ChecksumStream(Stream input, CancellationToken cancellation) : Stream
{
    /// <summary>The checksum of all that was read.</summary>
    public uint Checksum { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count)
    {
        cancellation.ThrowIfCancellationRequested();
        int read = input.Read(buffer, offset, count);
        Checksum = Crc32.Append(Checksum, buffer.AsSpan(offset, read));
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) input.Dispose();
        base.Dispose(disposing);
    }
}
