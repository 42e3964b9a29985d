using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Eplb;

/// <summary>An interpolated string whose numbers look the same under every culture: a load of 1.5 and an expert -1 are told as they stand in the file.</summary>
/// <remarks>The compiler makes one of every <c>$"..."</c> that is given where this type is taken.</remarks>
[InterpolatedStringHandler]
internal readonly ref struct InvariantText
{
    private readonly StringBuilder _text;

    /// <summary>Starts an empty text.</summary>
    /// <param name="literalLength">Characters of the constant parts.</param>
    /// <param name="formattedCount">Number of the values.</param>
    public InvariantText(int literalLength, int formattedCount) => _text = new StringBuilder(literalLength + (8 * formattedCount));

    /// <summary>Adds a constant part.</summary>
    /// <param name="value">The part.</param>
    public void AppendLiteral(string value) => _text.Append(value);

    /// <summary>Adds a value.</summary>
    /// <typeparam name="T">Type of the value.</typeparam>
    /// <param name="value">The value; null adds nothing.</param>
    /// <param name="format">Its format, or null for the general one.</param>
    public void AppendFormatted<T>(T value, string? format = null) =>
        _text.Append(value is IFormattable number ? number.ToString(format, CultureInfo.InvariantCulture) : value?.ToString());

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
