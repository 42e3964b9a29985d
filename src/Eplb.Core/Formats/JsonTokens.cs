using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Eplb;

/// <summary>Reads JSON of any size token by token with bounded memory.</summary>
/// <remarks>
/// The structure is read by <see cref="Utf8JsonReader"/>. Arrays of numbers, which are nearly all of a recording, are parsed straight from
/// the buffer: the reader is left in the state just after their opening bracket, where any value or the closing bracket may come next.
/// </remarks>
internal sealed class JsonTokens(Stream stream, CancellationToken cancellation)
{
    /// <summary>Deepest nesting that is read.</summary>
    public const int MaxDepth = 64;

    private const int MaxTokenLength = 1 << 20;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    private byte[] _buffer = new byte[1 << 17];
    private int _position;
    private int _end;
    private bool _isFinal;
    private JsonReaderState _state = new(Options);
    private long _line = 1;

    /// <summary>Kind of the token that was read last.</summary>
    public JsonTokenType TokenType { get; private set; }

    /// <summary>Property name or text value; null for other tokens.</summary>
    public string? Text { get; private set; }

    /// <summary>Value of a number token.</summary>
    public double Number { get; private set; }

    /// <summary>Line of the file that the next byte is on, from 1.</summary>
    public long Line => _line + CountLines(_position);

    /// <summary>Reads the next token.</summary>
    /// <returns>False at the end of the document.</returns>
    /// <exception cref="EplbException">The text is not JSON, ends too early or is nested too deeply.</exception>
    public bool Read()
    {
        do
        {
            var reader = new Utf8JsonReader(_buffer.AsSpan(_position, _end - _position), _isFinal, _state);
            bool isRead;
            try
            {
                isRead = reader.Read();
                if (isRead) Take(ref reader);
            }
            catch (Exception broken) when (broken is JsonException or InvalidOperationException or FormatException)
            {
                throw Invalid($"this is not valid JSON ({Reason(broken)})", broken);
            }

            _position += (int)reader.BytesConsumed;
            _state = reader.CurrentState;
            if (isRead) return true;
        }
        while (Fill());
        return false;
    }

    /// <summary>Reads the next token, which must be there.</summary>
    public JsonTokenType Next() => Read() ? TokenType : throw Invalid("the text ends too early");

    /// <summary>Starts another document after the end of one, as JSON lines have them.</summary>
    /// <returns>False at the end of the file.</returns>
    public bool NextDocument()
    {
        if (Peek() < 0) return false;
        _state = new JsonReaderState(Options);
        return Read();
    }

    /// <summary>The next byte that is not white space, or -1 at the end of the file.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Peek()
    {
        // White space and the end of the buffer go the slow way; so do control characters, which come out of it as they are.
        byte next = _position < _end ? _buffer[_position] : (byte)0;
        return next > ' ' ? next : PeekBehindSpace();
    }

    private int PeekBehindSpace()
    {
        do
        {
            while (_position < _end)
            {
                byte next = _buffer[_position];
                if (!IsSpace(next)) return next;
                _position++;
            }
        }
        while (Fill());
        return -1;
    }

    /// <summary>Skips the value that starts with the last token; for a property name, its value.</summary>
    public void Skip()
    {
        if (TokenType == JsonTokenType.PropertyName) Next();
        if (TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject)) return;
        for (int depth = 1; depth > 0;)
        {
            depth += Next() switch
            {
                JsonTokenType.StartArray or JsonTokenType.StartObject => 1,
                JsonTokenType.EndArray or JsonTokenType.EndObject => -1,
                _ => 0,
            };
        }
    }

    /// <summary>Reads the array whose opening bracket was the last token, up to and with its closing bracket. It holds numbers only.</summary>
    /// <param name="row">Takes the numbers; grows as needed.</param>
    /// <param name="limit">Most numbers that may come.</param>
    /// <returns>Number of values.</returns>
    /// <exception cref="EplbException">Anything but numbers, or too many of them.</exception>
    [MethodImpl(Jit.OptimizeAtOnce)]
    public int ReadNumbers(ref double[] row, int limit)
    {
        int count = 0;
        int next = Peek();
        while (next != ']')
        {
            if (count == row.Length) Array.Resize(ref row, Math.Max(256, count * 2));
            if (!TryReadNumber(out row[count])) throw NotANumber(next, count);
            if (++count > limit)
                throw new EplbException(EplbError.ShapeTooLarge, $"Line {Line}: more than {limit} numbers in one array are above the limit.");

            next = Peek();
            if (next == ',')
            {
                _position++;
                next = Peek();
                if (next == ']') throw Invalid("a number must follow the comma");
            }
            else if (next != ']')
            {
                throw next < 0 ? Invalid("the text ends inside an array") : Invalid($"a comma or ] must follow a number, not '{(char)next}'");
            }
        }

        Next();
        return count;
    }

    /// <summary>An error at the current place.</summary>
    /// <param name="what">What is wrong there.</param>
    /// <param name="inner">The failure underneath.</param>
    public EplbException Invalid(string what, Exception? inner = null) =>
        new(EplbError.FormatInvalid, $"Line {Line}: {what}.", innerException: inner);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReadNumber(out double value)
    {
        while (true)
        {
            bool isNumber = JsonNumber.TryParse(_buffer.AsSpan(_position, _end - _position), out value, out int length);
            // A number that touches the end of the buffer may go on behind it.
            if (_position + length == _end && Fill()) continue;
            if (isNumber) _position += length;
            return isNumber;
        }
    }

    private EplbException NotANumber(int next, int index)
    {
        if (next == '-') next = _position + 1 < _end ? _buffer[_position + 1] : next;
        return next switch
        {
            'N' or 'I' => new EplbException(EplbError.LoadNotFinite, $"Line {Line}, value {index} of its array: NaN and infinity are not loads."),
            < 0 => Invalid("the text ends inside an array"),
            '[' => Invalid("an array is nested one level too deep; loads are [layers][experts] or [windows][layers][experts]"),
            _ => Invalid($"value {index} of the array is not a number; it starts with '{(char)next}'"),
        };
    }

    private void Take(ref Utf8JsonReader reader)
    {
        TokenType = reader.TokenType;
        Text = TokenType is JsonTokenType.PropertyName or JsonTokenType.String ? reader.GetString() : null;
        Number = TokenType == JsonTokenType.Number ? reader.GetDouble() : 0;
    }

    private bool Fill()
    {
        cancellation.ThrowIfCancellationRequested();
        if (_isFinal) return false;
        _line += CountLines(_position);
        int rest = _end - _position;
        if (rest > MaxTokenLength) throw Invalid($"a name or value is longer than {MaxTokenLength} bytes");
        if (rest > _buffer.Length / 2) Array.Resize(ref _buffer, _buffer.Length * 2);
        Buffer.BlockCopy(_buffer, _position, _buffer, 0, rest);
        int read = stream.Read(_buffer, rest, _buffer.Length - rest);
        _position = 0;
        _end = rest + read;
        _isFinal = read == 0;
        return true;
    }

    [MethodImpl(Jit.OptimizeAtOnce)]
    private int CountLines(int length)
    {
        int count = 0;
        for (int i = 0; i < length; i++)
        {
            if (_buffer[i] == '\n') count++;
        }

        return count;
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';

    private static string Reason(Exception broken)
    {
        // The reader counts lines from the middle of the file, so that its own place would mislead; what it says of its options is for programmers.
        string[] ends = [" LineNumber:", " Change the reader options"];
        int end = ends.Select(text => broken.Message.IndexOf(text, StringComparison.Ordinal)).Where(place => place >= 0).DefaultIfEmpty(broken.Message.Length).Min();
        return broken.Message.Substring(0, end).TrimEnd('.');
    }
}
