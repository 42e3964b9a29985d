using System.Globalization;
using System.Security.Cryptography;

namespace Eplb;

/// <summary>Takes the SHA-256 of what is written through it, and stops the writing when it is cancelled.</summary>
internal sealed class HashingStream(Stream output, CancellationToken cancellation) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The hash of all that was written, in small hexadecimal digits; starts anew.</summary>
    public string TakeHash() => ToHex(_hash.GetHashAndReset());

    /// <summary>Bytes in small hexadecimal digits.</summary>
    /// <param name="bytes">The bytes.</param>
    public static string ToHex(byte[] bytes) => string.Concat(bytes.Select(value => value.ToString("x2", CultureInfo.InvariantCulture)));

    public override void Write(byte[] buffer, int offset, int count)
    {
        cancellation.ThrowIfCancellationRequested();
        _hash.AppendData(buffer, offset, count);
        output.Write(buffer, offset, count);
    }

    public override void Flush() => output.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _hash.Dispose();
        base.Dispose(disposing);
    }
}
