using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Eplb;

/// <summary>Writes text that is the same to the byte on every machine: UTF-8 without a byte order mark, LF, the invariant culture.</summary>
/// <param name="output">Takes the text; stays open.</param>
internal sealed class InvariantWriter(Stream output) : StreamWriter(output, Utf8, 1 << 16, leaveOpen: true)
{
    private static readonly string[] ShortFormats = ["G15", "G16"];
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public override IFormatProvider FormatProvider => CultureInfo.InvariantCulture;

    public override string NewLine => "\n";

    /// <summary>Writes an interpolated string, whose parts are written one by one.</summary>
    /// <param name="text">The string; its parts have been written when this is called.</param>
    [SuppressMessage("Performance", "CA1822", Justification = "The compiler hands the writer on to the string.")]
    public void Write([InterpolatedStringHandlerArgument("")] Interpolated text) => _ = text;

    /// <summary>Writes an interpolated string and ends the line.</summary>
    /// <param name="text">The string; its parts have been written when this is called.</param>
    public void WriteLine([InterpolatedStringHandlerArgument("")] Interpolated text)
    {
        _ = text;
        WriteLine();
    }

    /// <summary>Writes whole numbers between brackets.</summary>
    /// <param name="numbers">The numbers.</param>
    /// <param name="separator">Comes between two of them.</param>
    public void WriteArray(int[] numbers, string separator = ",")
    {
        Write('[');
        WriteList(numbers, separator);
        Write(']');
    }

    /// <summary>Writes numbers without brackets.</summary>
    /// <param name="numbers">The numbers.</param>
    /// <param name="separator">Comes between two of them.</param>
    public void WriteList(int[] numbers, string separator = ",")
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            if (i > 0) Write(separator);
            Write(numbers[i]);
        }
    }

    /// <summary>Writes one line an element, with a comma behind all but the last.</summary>
    /// <typeparam name="T">Type of the elements.</typeparam>
    /// <param name="elements">The elements.</param>
    /// <param name="indent">Comes before each of them.</param>
    /// <param name="write">Writes one of them.</param>
    public void WriteLines<T>(IReadOnlyList<T> elements, string indent, Action<T> write)
    {
        for (int i = 0; i < elements.Count; i++)
        {
            Write(indent);
            write(elements[i]);
            WriteLine(i < elements.Count - 1 ? "," : "");
        }
    }

    /// <summary>Writes the shortest text that reads back as the same number, the same on every runtime.</summary>
    /// <param name="number">A finite number.</param>
    public void WriteNumber(double number)
    {
        const double MaxExact = 1L << 53;
        if (number == Math.Floor(number) && Math.Abs(number) <= MaxExact)
        {
            Write((long)number);
            return;
        }

        // "R" is not the same in all runtimes.
        foreach (string format in ShortFormats)
        {
            string text = number.ToString(format, CultureInfo.InvariantCulture);
            if (double.Parse(text, CultureInfo.InvariantCulture) != number) continue;
            Write(text);
            return;
        }

        Write(number.ToString("G17", CultureInfo.InvariantCulture));
    }

    /// <summary>Takes the parts of an interpolated string. The compiler's own would give an expert of -1 the minus sign of the session's culture.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Interpolated
    {
        private readonly InvariantWriter _writer;

        public Interpolated(int literalLength, int formattedCount, InvariantWriter writer)
        {
            _ = literalLength + formattedCount;
            _writer = writer;
        }

        public void AppendLiteral(string value) => _writer.Write(value);

        public void AppendFormatted(int value) => _writer.Write(value);

        public void AppendFormatted(string value) => _writer.Write(value);

        public void AppendFormatted(PlacementPolicy value) => _writer.Write(value.ToString());
    }
}
