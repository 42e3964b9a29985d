using System.Numerics;
using System.Runtime.InteropServices;

namespace Eplb;

/// <summary>Passes a text table on and refuses a line of too many fields before anything tries to split it.</summary>
/// <remarks>Delimiters within quotes count too: a line that has as many of them is no line of a table either.</remarks>
/// <param name="text">The text; stays open.</param>
/// <param name="delimiter">What separates fields.</param>
/// <param name="firstLine">Number of the first line.</param>
internal sealed class CsvFieldLimit(TextReader text, char delimiter, int firstLine) : TextReader
{
    /// <summary>Most fields of a line: twice as many as the most experts that one is known to hold.</summary>
    public const int MaxFieldCount = 1 << 16;

    // Counts of one kind of character in a part fit into 16 bits.
    private const int PartLength = 1 << 15;

    private long _newLines, _returns;
    private int _delimiters;

    /// <inheritdoc/>
    public override int Read(char[] buffer, int index, int count)
    {
        int length = text.Read(buffer, index, count);
        for (int place = 0; place < length; place += PartLength) Check(buffer.AsSpan(index + place, Math.Min(PartLength, length - place)));
        return length;
    }

    // A line that starts and ends within a part has fewer characters than it would need: only the first and the last one of it can go on elsewhere.
    private void Check(ReadOnlySpan<char> part)
    {
        int first = part.IndexOfAny('\n', '\r');
        Count(first < 0 ? part : part.Slice(0, first));
        if (first < 0) return;
        _newLines += Count(part, '\n');
        _returns += Count(part, '\r');
        _delimiters = 0;
        Count(part.Slice(part.LastIndexOfAny('\n', '\r') + 1));
    }

    private void Count(ReadOnlySpan<char> partOfLine)
    {
        _delimiters += Count(partOfLine, delimiter);
        if (_delimiters < MaxFieldCount) return;
        throw new EplbException(EplbError.ShapeTooLarge,
            $"Line {firstLine + Math.Max(_newLines, _returns)} has more than {MaxFieldCount} fields; a line holds the experts of one layer at most.");
    }

    private static int Count(ReadOnlySpan<char> part, char wanted)
    {
        ReadOnlySpan<Vector<ushort>> vectors = MemoryMarshal.Cast<char, Vector<ushort>>(part);
        Vector<ushort> found = default, all = new(wanted);
        foreach (Vector<ushort> next in vectors) found -= Vector.Equals(next, all);
        int count = Vector.Dot(found, Vector<ushort>.One);
        foreach (char next in part.Slice(vectors.Length * Vector<ushort>.Count))
        {
            if (next == wanted) count++;
        }

        return count;
    }
}
