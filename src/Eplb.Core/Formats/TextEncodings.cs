using System.Text;

namespace Eplb;

/// <summary>Finds the encoding of a text file: UTF-8, or UTF-16 as Windows PowerShell writes it.</summary>
internal static class TextEncodings
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>The encoding by its byte order mark, or by the zero bytes that UTF-16 leaves between ASCII characters.</summary>
    /// <param name="head">First bytes of the file.</param>
    public static Encoding Recognise(ReadOnlySpan<byte> head)
    {
        if (head.Length < 2) return Utf8;
        return (head[0], head[1]) switch
        {
            (0xFF, 0xFE) => Encoding.Unicode,
            (0xFE, 0xFF) => Encoding.BigEndianUnicode,
            ( > 0, 0) => Encoding.Unicode,
            (0, > 0) => Encoding.BigEndianUnicode,
            _ => Utf8,
        };
    }

    /// <summary>The text at the start of a file, without a byte order mark.</summary>
    /// <param name="head">First bytes of the file.</param>
    public static string Decode(ReadOnlySpan<byte> head) => Recognise(head).GetString(head.ToArray()).TrimStart('\uFEFF');

    /// <summary>The same text as UTF-8 without a byte order mark.</summary>
    /// <param name="stream">The file, at its start.</param>
    /// <param name="head">Its first bytes.</param>
    public static Stream AsUtf8(Stream stream, ReadOnlySpan<byte> head)
    {
        if (Recognise(head) != Utf8) return new TranscodingStream(OpenText(stream, head));
        if (head.Length >= 3 && head[0] == 0xEF && head[1] == 0xBB && head[2] == 0xBF) stream.Position = 3;
        return stream;
    }

    /// <summary>The file as text.</summary>
    /// <param name="stream">The file, at its start.</param>
    /// <param name="head">Its first bytes.</param>
    public static StreamReader OpenText(Stream stream, ReadOnlySpan<byte> head) =>
        new(stream, Recognise(head), detectEncodingFromByteOrderMarks: true, bufferSize: 1 << 16, leaveOpen: true);

    private sealed class TranscodingStream(TextReader text) : ReadOnlyStream
    {
        private readonly char[] _chars = new char[1 << 14];

        public override int Read(byte[] buffer, int offset, int count)
        {
            // A char becomes at most three bytes; a surrogate pair must not be torn apart.
            int length = text.Read(_chars, 0, Math.Min(_chars.Length - 1, (count / 3) - 1));
            if (length > 0 && char.IsHighSurrogate(_chars[length - 1])) length += text.Read(_chars, length, 1);
            return Utf8.GetBytes(_chars, 0, length, buffer, offset);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) text.Dispose();
            base.Dispose(disposing);
        }
    }
}
