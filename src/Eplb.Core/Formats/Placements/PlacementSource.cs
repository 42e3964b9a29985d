using System.Text;

namespace Eplb;

/// <summary>A file that a placement is read from: its start, and on demand its text or JSON.</summary>
internal sealed class PlacementSource
{
    private const int HeadLength = 4096;
    private const long MaxTextLength = 1 << 29;

    private readonly Stream _stream;
    private readonly Lazy<IReadOnlyList<JsonValue>> _json;

    /// <summary>Takes an open file.</summary>
    /// <param name="stream">The file, at its start; can seek.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="EplbException">The file is empty.</exception>
    public PlacementSource(Stream stream, CancellationToken cancellation)
    {
        _stream = stream;
        Cancellation = cancellation;
        byte[] head = new byte[HeadLength];
        int length = stream.ReadUpTo(head, head.Length);
        if (length == 0) throw new EplbException(EplbError.FileEmpty, "The file is empty.");
        Head = head.AsMemory(0, length);
        _json = new Lazy<IReadOnlyList<JsonValue>>(() => JsonValue.ParseAll(ReadUtf8(), cancellation));
    }

    /// <summary>The first bytes.</summary>
    public ReadOnlyMemory<byte> Head { get; }

    /// <summary>Cancels the reading.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The start of the file as text.</summary>
    public string HeadText => TextEncodings.Decode(Head.Span);

    /// <summary>Whether the first characters that are not white space start a JSON object or array; a bare word behind a brace is YAML.</summary>
    public bool IsJson => HeadText.TrimStart() is { Length: > 0 } text && (text[0] == '[' || (text[0] == '{' && !text.Substring(1).TrimStart().Take(1).Any(char.IsLetter)));

    /// <summary>The JSON documents of the file: one, or one a line.</summary>
    /// <exception cref="EplbException">The text is not JSON.</exception>
    public IReadOnlyList<JsonValue> Json => _json.Value;

    /// <summary>The only JSON document of the file.</summary>
    /// <exception cref="EplbException">The text is not JSON, or there are several documents.</exception>
    public JsonValue SingleJson => Json.Count == 1
        ? Json[0]
        : throw new EplbException(EplbError.FormatInvalid, "A second JSON document follows the first; this format is a single document.");

    /// <summary>The file, at its start.</summary>
    public Stream Rewind()
    {
        _stream.Position = 0;
        return _stream;
    }

    /// <summary>The file as text.</summary>
    /// <exception cref="EplbException">The file is larger than any placement.</exception>
    public string ReadText()
    {
        CheckLength();
        using StreamReader text = TextEncodings.OpenText(Rewind(), Head.Span);
        var whole = new StringBuilder((int)_stream.Length);
        char[] part = new char[1 << 16];
        for (int length; (length = text.Read(part, 0, part.Length)) > 0;)
        {
            Cancellation.ThrowIfCancellationRequested();
            whole.Append(part, 0, length);
        }

        return whole.ToString();
    }

    private ReadOnlyMemory<byte> ReadUtf8()
    {
        CheckLength();
        var bytes = new MemoryStream((int)_stream.Length);
        Stream utf8 = TextEncodings.AsUtf8(Rewind(), Head.Span);
        byte[] part = new byte[1 << 16];
        for (int length; (length = utf8.Read(part, 0, part.Length)) > 0;)
        {
            Cancellation.ThrowIfCancellationRequested();
            bytes.Write(part, 0, length);
        }

        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }

    private void CheckLength()
    {
        if (_stream.Length > MaxTextLength)
            throw new EplbException(EplbError.ShapeTooLarge, $"The file has {_stream.Length} bytes; placements of up to {MaxTextLength} bytes are read.");
    }
}
