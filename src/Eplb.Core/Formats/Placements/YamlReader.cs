using System.Globalization;

namespace Eplb;

/// <summary>Reads the strict subset of YAML that TensorRT-LLM's placements need: block mappings, whole numbers and lists of them.</summary>
/// <remarks>
/// What it does not know is an error with line and column, never a guess: no anchors, aliases, tags, quotes but around keys, flow mappings, block scalars,
/// directives or second documents. A well-kept library would collide with the one that other modules load into the same process.
/// </remarks>
internal sealed class YamlReader
{
    // Characters of an unknown token that a message shows.
    private const int MaxToken = 40;

    private readonly string _text;
    private int _position;

    /// <summary>Starts at the first key of a text.</summary>
    /// <param name="text">The whole text.</param>
    /// <exception cref="EplbException">Something other than a mapping starts there.</exception>
    public YamlReader(string text)
    {
        _text = text;
        SkipToContent();
        if (IsMarker("---"))
        {
            _position += 3;
            EndLine();
        }
    }

    /// <summary>Column of the next line with content, from 0, or -1 at the end; the reader then stands at its first character.</summary>
    /// <exception cref="EplbException">A tab indents the line.</exception>
    public int PeekIndent()
    {
        SkipToContent();
        return _position == _text.Length || IsMarker("...") || IsMarker("---") ? -1 : Column;
    }

    /// <summary>Reads the key of the next entry of a block mapping, with its colon.</summary>
    /// <param name="indent">Column of the mapping's keys.</param>
    /// <param name="key">The key.</param>
    /// <returns>False where the mapping ends.</returns>
    /// <exception cref="EplbException">No key is there, or it is indented otherwise.</exception>
    public bool TryReadKey(int indent, out string key)
    {
        int column = PeekIndent();
        key = "";
        if (column < indent) return false;
        if (column > indent) throw Invalid($"this line is indented by {column} columns, the entries of its mapping by {indent}");
        key = Peek() is '\'' or '"' ? ReadQuotedName() : ReadName();
        if (Peek() != ':') throw Invalid($"a colon must follow the key {key}");
        _position++;
        if (Peek() is not (' ' or '\n' or '\r' or '\0')) throw Invalid("a space must follow the colon");
        return true;
    }

    /// <summary>Leaves out the value of a key: the rest of its line and the lines that belong to it, whatever they hold.</summary>
    /// <param name="indent">Column of the key.</param>
    public void SkipValue(int indent)
    {
        do
        {
            SkipComment();
            if (_position < _text.Length) _position++;
        }
        while (PeekIndent() is var column && (column > indent || (column == indent && Peek() == '-')));
    }

    /// <summary>The key that was read last as a whole number.</summary>
    /// <param name="key">The key.</param>
    public int ToInt32(string key) => TryParse(key, out int number) ? number : throw Invalid($"the key {key} is not a whole number");

    /// <summary>Reads a whole number that stands behind a key.</summary>
    public int ReadInt32()
    {
        SkipSpaces();
        int number = ReadNumber();
        EndLine();
        return number;
    }

    /// <summary>Leaves the line of a key whose value is a mapping in the lines below it.</summary>
    /// <param name="indent">Column of the key.</param>
    /// <returns>Column of the mapping's keys.</returns>
    public int EnterMapping(int indent)
    {
        EndLine();
        int column = PeekIndent();
        return column > indent ? column : throw Invalid("a mapping must follow in lines that are indented further");
    }

    /// <summary>Reads a list of whole numbers: in brackets, over any number of lines, or one a line behind dashes.</summary>
    /// <param name="indent">Column of the key that the list belongs to.</param>
    public int[] ReadInt32List(int indent)
    {
        SkipSpaces();
        return Peek() == '[' ? ReadFlow() : ReadBlock(indent);
    }

    /// <summary>Throws unless the text ends here.</summary>
    public void End()
    {
        if (PeekIndent() >= 0) throw Invalid("this line is indented less than the first key");
        if (IsMarker("..."))
        {
            _position += 3;
            EndLine();
            SkipToContent();
        }

        if (_position < _text.Length) throw Invalid("a second document follows; the file holds one");
    }

    /// <summary>An error at the current place.</summary>
    /// <param name="what">What is wrong there.</param>
    /// <param name="error">Rule that is broken.</param>
    public EplbException Invalid(string what, EplbError error = EplbError.FormatInvalid)
    {
        int position = Math.Min(_position, _text.Length), start = LineStart(position), line = 1;
        for (int i = 0; i < start; i++)
        {
            if (_text[i] == '\n' || (_text[i] == '\r' && (i + 1 == _text.Length || _text[i + 1] != '\n'))) line++;
        }

        return new EplbException(error, $"Line {line}, column {position - start + 1}: {what}.", line);
    }

    private int Column => _position - LineStart(_position);

    // Stands at the first character of the next line that is not blank or a comment, or at the end; does not move within a line.
    private void SkipToContent()
    {
        if (Column > 0) return;
        while (_position < _text.Length)
        {
            SkipSpaces();
            if (Peek() == '\t') throw Invalid("a tab cannot indent; use spaces");
            if (Peek() == '#') SkipComment();
            if (Peek() is not ('\n' or '\r')) return;
            _position++;
        }
    }

    private string ReadName()
    {
        int start = _position;
        while (Peek() is '_' or (>= '0' and <= '9') or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z')) _position++;
        return _position > start ? _text.Substring(start, _position - start) : throw Unknown("a key");
    }

    private string ReadQuotedName()
    {
        char quote = Peek();
        _position++;
        string name = ReadName();
        if (Peek() != quote) throw Invalid($"a quote {quote} must close the key {name}");
        _position++;
        return name;
    }

    private int[] ReadFlow()
    {
        var numbers = new List<int>();
        _position++;
        SkipLines();
        while (Peek() != ']')
        {
            numbers.Add(ReadNumber());
            SkipLines();
            if (Peek() == ']') break;
            if (Peek() != ',') throw Unknown("a comma or a closing bracket");
            _position++;
            SkipLines();
            if (Peek() == ']') throw Invalid("a number must follow the comma");
        }

        _position++;
        EndLine();
        return [.. numbers];
    }

    private int[] ReadBlock(int indent)
    {
        if (Peek() is not ('\n' or '\r' or '\0' or '#')) throw Unknown("a list");
        EndLine();
        var numbers = new List<int>();
        int column = PeekIndent();
        if (column < indent || Peek() != '-') throw Invalid("a list of whole numbers must follow, in brackets or behind dashes");
        while (PeekIndent() == column && Peek() == '-')
        {
            _position++;
            if (Peek() != ' ') throw Invalid("a space must follow the dash");
            numbers.Add(ReadInt32());
        }

        if (PeekIndent() > indent) throw Invalid("this line is indented otherwise than the list");
        return [.. numbers];
    }

    private int ReadNumber()
    {
        int start = _position;
        if (Peek() == '-') _position++;
        while (Peek() is >= '0' and <= '9') _position++;
        bool isWhole = Peek() is ' ' or '\t' or '\n' or '\r' or '\0' or ',' or ']';
        int length = _position - start;
        if (isWhole && TryParse(_text.Substring(start, length), out int number)) return number;
        _position = start;
        throw Unknown("a whole number in plain decimal digits, up to 2147483647,");
    }

    // Leading zeros make an octal number in one version of YAML and a decimal one in the other.
    private static bool TryParse(string text, out int number) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
        && number.ToString(CultureInfo.InvariantCulture) == text;

    private EplbException Unknown(string expected) => Invalid(Peek() switch
    {
        '\0' => $"the file ends where {expected} is expected",
        '\n' or '\r' => $"the line ends where {expected} is expected",
        '&' or '*' => "anchors and aliases are not read",
        '!' => "tags are not read",
        '{' => "mappings in braces are not read; write one key a line, as in num_slots: 4",
        '|' or '>' => "block texts are not read",
        '\'' or '"' => "quoted texts are not read",
        '%' => "directives are not read",
        _ => $"{expected} is expected, not '{PeekToken()}'",
    });

    private string PeekToken()
    {
        int end = _position + 1;
        while (end < _text.Length && end < _position + MaxToken && _text[end] is not (' ' or '\t' or '\n' or '\r' or ',' or ']' or ':')) end++;
        return _text.Substring(_position, end - _position);
    }

    private void EndLine()
    {
        bool isSpaced = Peek() == ' ';
        SkipSpaces();
        if (Peek() == '#' && isSpaced) SkipComment();
        if (Peek() is not ('\n' or '\r' or '\0')) throw Unknown("the end of the line");
        if (_position < _text.Length) _position++;
    }

    private void SkipLines()
    {
        while (Peek() is ' ' or '\t' or '\n' or '\r' or '#')
        {
            if (Peek() == '#')
                SkipComment();
            else
                _position++;
        }
    }

    private void SkipSpaces()
    {
        while (Peek() == ' ') _position++;
    }

    private void SkipComment()
    {
        while (_position < _text.Length && Peek() is not ('\n' or '\r')) _position++;
    }

    private bool IsMarker(string marker)
    {
        int end = _position + marker.Length;
        return Column == 0 && string.CompareOrdinal(_text, _position, marker, 0, marker.Length) == 0
            && (end == _text.Length || _text[end] is ' ' or '\n' or '\r');
    }

    private int LineStart(int position)
    {
        int start = position;
        while (start > 0 && _text[start - 1] is not ('\n' or '\r')) start--;
        return start;
    }

    // A zero character is no YAML: it stands for the end of the text.
    private char Peek() => _position < _text.Length ? _text[_position] : '\0';
}
