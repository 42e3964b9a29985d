using System.Globalization;
using System.Text.Json;

namespace Eplb;

/// <summary>A value in a JSON file, with its place for errors.</summary>
internal readonly struct JsonValue
{
    private const int MaxDepth = 32;

    // A text below this is parsed before anybody could stop it.
    private const int SoonParsed = 1 << 20;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    private readonly JsonElement _element;
    private readonly string _place;
    private readonly CancellationToken _cancellation;

    private JsonValue(JsonElement element, string place, CancellationToken cancellation)
    {
        _element = element;
        _place = place;
        _cancellation = cancellation;
    }

    /// <summary>Whether the value is an object.</summary>
    public bool IsObject => _element.ValueKind == JsonValueKind.Object;

    /// <summary>Whether the value is an array.</summary>
    public bool IsArray => _element.ValueKind == JsonValueKind.Array;

    /// <summary>Number of an array's elements.</summary>
    public int Count => Expect(JsonValueKind.Array, "an array").GetArrayLength();

    /// <summary>Names of an object's members.</summary>
    public IReadOnlyList<string> Names => IsObject ? [.. _element.EnumerateObject().Select(member => member.Name)] : [];

    /// <summary>Parses a text of one or more documents, as JSON lines are.</summary>
    /// <param name="text">UTF-8 text.</param>
    /// <param name="cancellation">Stops between documents.</param>
    /// <exception cref="EplbException">The text is not JSON, ends too early or is nested too deeply.</exception>
    public static IReadOnlyList<JsonValue> ParseAll(ReadOnlyMemory<byte> text, CancellationToken cancellation)
    {
        var documents = new List<JsonValue>();
        long line = 1;
        for (ReadOnlyMemory<byte> rest = text; !IsSpace(rest.Span);)
        {
            cancellation.ThrowIfCancellationRequested();
            rest = Parse(rest, documents, ref line, cancellation);
        }

        return documents.Count > 0 ? documents : throw new EplbException(EplbError.FileEmpty, "The file holds nothing but white space.");
    }

    /// <summary>Whether an object has a member.</summary>
    /// <param name="name">Name of the member.</param>
    public bool Has(string name) => IsObject && _element.TryGetProperty(name, out _);

    /// <summary>A member of an object.</summary>
    /// <param name="name">Name of the member.</param>
    /// <exception cref="EplbException">The value is no object, or the member is missing or there twice.</exception>
    public JsonValue Member(string name) => Find(name)
        ?? throw Invalid(EplbError.FormatInvalid, $"has no \"{name}\"");

    /// <summary>A member of an object, or null where it is missing or null.</summary>
    /// <param name="name">Name of the member.</param>
    /// <exception cref="EplbException">The value is no object, or the member is there twice.</exception>
    public JsonValue? Find(string name)
    {
        JsonValue? found = null;
        foreach (JsonProperty member in Expect(JsonValueKind.Object, "an object").EnumerateObject())
        {
            if (member.Name != name) continue;
            if (found is not null) throw Invalid(EplbError.FormatInvalid, $"has \"{name}\" twice");
            found = new JsonValue(member.Value, $"{_place}.{name}", _cancellation);
        }

        return found is { _element.ValueKind: JsonValueKind.Null } ? null : found;
    }

    /// <summary>The members of an object.</summary>
    public IEnumerable<(string Name, JsonValue Value)> Members()
    {
        foreach (JsonProperty member in Expect(JsonValueKind.Object, "an object").EnumerateObject())
            yield return (member.Name, new JsonValue(member.Value, $"{_place}.{member.Name}", _cancellation));
    }

    /// <summary>The elements of an array.</summary>
    public IEnumerable<JsonValue> Elements()
    {
        int index = 0;
        foreach (JsonElement element in Expect(JsonValueKind.Array, "an array").EnumerateArray())
            yield return new JsonValue(element, $"{_place}[{index++}]", _cancellation);
    }

    /// <summary>The value as a whole number, also one that is written as a float, such as 3.0.</summary>
    public int Int32() => TryGetInt32(_element, out int value)
        ? value
        : throw Invalid(EplbError.FormatInvalid, $"is {Shorten()}, not a whole number");

    /// <summary>The value as text.</summary>
    public string Text() => Expect(JsonValueKind.String, "text").GetString()!;

    /// <summary>The value as a policy: its name, or its number as ConvertTo-Json writes it.</summary>
    public PlacementPolicy Policy()
    {
        string text = _element.ValueKind == JsonValueKind.String ? Text() : Int32().ToString(CultureInfo.InvariantCulture);
        return PlacementTable.ParsePolicy(text) ?? throw Invalid(EplbError.FormatInvalid, $"is '{text}', which is no policy; policies are {PlacementTable.Policies}");
    }

    /// <summary>The value as an array of whole numbers, as <see cref="Int32"/> takes them.</summary>
    public int[] Int32Array()
    {
        _cancellation.ThrowIfCancellationRequested();
        int[] numbers = new int[Count];
        int index = 0;
        foreach (JsonElement element in _element.EnumerateArray())
        {
            if (!TryGetInt32(element, out numbers[index])) new JsonValue(element, $"{_place}[{index}]", _cancellation).Int32();
            index++;
        }

        return numbers;
    }

    /// <summary>The value as an array of numbers.</summary>
    public double[] Numbers()
    {
        _cancellation.ThrowIfCancellationRequested();
        double[] numbers = new double[Count];
        int index = 0;
        foreach (JsonElement element in _element.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetDouble(out numbers[index]))
                throw new JsonValue(element, $"{_place}[{index}]", _cancellation).Invalid(EplbError.FormatInvalid, $"is {Shorten(element)}, not a number");
            index++;
        }

        return numbers;
    }

    /// <summary>The value as an array of loads: finite, 0 or more.</summary>
    /// <param name="layer">Layer of the loads, for errors.</param>
    public double[] Loads(int layer)
    {
        double[] loads = Numbers();
        for (int expert = 0; expert < loads.Length; expert++) ExpertLoad.CheckLoad(loads[expert], layer, expert);
        return loads;
    }

    /// <summary>An error at this value.</summary>
    /// <param name="error">Rule that is broken.</param>
    /// <param name="what">What is wrong with the value; a verb starts it.</param>
    public EplbException Invalid(EplbError error, string what) => new(error, $"{(_place.Length == 0 ? "The document" : _place.TrimStart('.'))} {what}.", _place);

    private static ReadOnlyMemory<byte> Parse(ReadOnlyMemory<byte> text, List<JsonValue> documents, ref long line, CancellationToken cancellation)
    {
        try
        {
            (JsonElement root, int length) = text.Length < SoonParsed ? ParseFirst(text) : ParseUntilCancelled(text, cancellation);
            string place = documents.Count == 0 ? "" : $"document {documents.Count + 1}";
            documents.Add(new JsonValue(root, place, cancellation));
            CheckTexts(text.Span.Slice(0, length), line);
            line += CountLines(text.Span.Slice(0, length));
            return text.Slice(length);
        }
        catch (JsonException broken)
        {
            int end = broken.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            string reason = (end < 0 ? broken.Message : broken.Message.Substring(0, end)).TrimEnd('.');
            throw new EplbException(EplbError.FormatInvalid, $"Line {line + broken.LineNumber}: this is not valid JSON ({reason}).", innerException: broken);
        }
    }

    private static (JsonElement Root, int Length) ParseFirst(ReadOnlyMemory<byte> text)
    {
        var reader = new Utf8JsonReader(text.Span, Options);
        var document = JsonDocument.ParseValue(ref reader);
        return (document.RootElement, (int)reader.BytesConsumed);
    }

    // Nothing can interrupt the parser: who waits for it can be, and it comes to its end alone, in seconds at most.
    private static (JsonElement Root, int Length) ParseUntilCancelled(ReadOnlyMemory<byte> text, CancellationToken cancellation)
    {
        var parsing = Task.Run(() => ParseFirst(text), CancellationToken.None);
        Task.WaitAny([parsing], cancellation);
        return parsing.GetAwaiter().GetResult();
    }

    // The document decodes a text only when it is asked for; by then an invalid one would be an error without a place.
    private static void CheckTexts(ReadOnlySpan<byte> text, long line)
    {
        bool isPlain = true;
        foreach (byte next in text) isPlain &= next is < 0x80 and not (byte)'\\';
        if (isPlain) return;
        var reader = new Utf8JsonReader(text, Options);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName) reader.GetString();
            }
        }
        catch (InvalidOperationException broken)
        {
            throw new EplbException(EplbError.FormatInvalid,
                $"Line {line + CountLines(text.Slice(0, (int)reader.TokenStartIndex))}: a text is not valid UTF-8.", innerException: broken);
        }
    }

    private static bool TryGetInt32(JsonElement element, out int value)
    {
        value = 0;
        if (element.ValueKind != JsonValueKind.Number) return false;
        if (element.TryGetInt32(out value)) return true;
        if (!element.TryGetDouble(out double number) || Math.Abs(number) > int.MaxValue || number != Math.Floor(number)) return false;
        value = (int)number;
        return true;
    }

    private static bool IsSpace(ReadOnlySpan<byte> text)
    {
        foreach (byte next in text)
        {
            if (next is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')) return false;
        }

        return true;
    }

    private static long CountLines(ReadOnlySpan<byte> text)
    {
        long count = 0;
        foreach (byte next in text)
        {
            if (next == '\n') count++;
        }

        return count;
    }

    private JsonElement Expect(JsonValueKind kind, string name) => _element.ValueKind == kind
        ? _element
        : throw Invalid(EplbError.FormatInvalid, $"is {Shorten()}, not {name}");

    private string Shorten() => Shorten(_element);

    private static string Shorten(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        _ => element.GetRawText(),
    };
}
