using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Eplb;

/// <summary>The head of a NumPy .npy file: element type, shape and order. Source: NumPy's format description, versions 1 to 3.</summary>
internal sealed class NpyHeader
{
    private const int MaxHeaderLength = 1 << 16;

    private static ReadOnlySpan<byte> Mark => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    private NpyHeader(NumericType type, long[] shape, bool isFortranOrder, long dataOffset)
    {
        DataOffset = dataOffset;
        Type = type;
        Shape = shape;
        IsFortranOrder = isFortranOrder;
    }

    /// <summary>Element type.</summary>
    public NumericType Type { get; }

    /// <summary>Length of each dimension, each below 2^31; their product times the size of an element is below 2^62.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Whether the first index runs fastest (Fortran) instead of the last (C).</summary>
    public bool IsFortranOrder { get; }

    /// <summary>Bytes before the data.</summary>
    public long DataOffset { get; }

    /// <summary>Bytes of the data behind the header.</summary>
    public long DataLength => Shape.Aggregate((long)Type.Size(), (length, dimension) => length * dimension);

    /// <summary>The shape as NumPy prints it.</summary>
    public string ShapeText => $"({string.Join(", ", Shape)})";

    /// <summary>Whether a file starts like a .npy file.</summary>
    /// <param name="head">First bytes of the file.</param>
    public static bool IsNpy(ReadOnlySpan<byte> head) => head.StartsWith(Mark);

    /// <summary>Reads the header; the stream is then at the first byte of the data.</summary>
    /// <param name="stream">The file, at its start.</param>
    /// <exception cref="EplbException">The header is not one, or its type is not a plain number.</exception>
    public static NpyHeader Read(Stream stream)
    {
        byte[] start = stream.ReadExactly(10, "the .npy header");
        if (!IsNpy(start)) throw new EplbException(EplbError.FormatInvalid, "The array does not start with NumPy's mark.");
        long offset = start.Length;
        long length = BinaryPrimitives.ReadUInt16LittleEndian(start.AsSpan(8));
        if (start[6] is 2 or 3)
        {
            byte[] rest = stream.ReadExactly(2, "the .npy header");
            offset += rest.Length;
            length |= (long)BinaryPrimitives.ReadUInt16LittleEndian(rest) << 16;
        }
        else if (start[6] != 1)
        {
            throw new EplbException(EplbError.FormatInvalid, $"The .npy version {start[6]} is unknown; 1, 2 and 3 are read.");
        }

        if (length > MaxHeaderLength)
            throw new EplbException(EplbError.ShapeTooLarge, $"The .npy header claims {length} bytes; the limit is {MaxHeaderLength}.");
        return Parse(Encoding.UTF8.GetString(stream.ReadExactly((int)length, "the .npy header")), offset + length);
    }

    private static NpyHeader Parse(string text, long dataOffset)
    {
        string shape = Match(text, @"'shape'\s*:\s*\(([0-9,\s]*)\)", "shape");
        bool isFortranOrder = Match(text, @"'fortran_order'\s*:\s*(True|False)", "fortran_order") == "True";
        string type = Match(text, @"'descr'\s*:\s*'([^']*)'", "descr");
        return new NpyHeader(ParseType(type), ParseShape(shape), isFortranOrder, dataOffset);
    }

    private static string Match(string text, string pattern, string key)
    {
        Match match = Regex.Match(text, pattern, RegexOptions.CultureInvariant);
        if (match.Success) return match.Groups[1].Value;
        throw new EplbException(EplbError.FormatInvalid, $"The .npy header has no readable '{key}'; only plain arrays of numbers are read.");
    }

    private static NumericType ParseType(string type) => type switch
    {
        "|i1" => NumericType.Int8,
        "|u1" => NumericType.UInt8,
        "<i2" => NumericType.Int16,
        "<u2" => NumericType.UInt16,
        "<i4" => NumericType.Int32,
        "<u4" => NumericType.UInt32,
        "<i8" => NumericType.Int64,
        "<u8" => NumericType.UInt64,
        "<f2" => NumericType.Float16,
        "<f4" => NumericType.Float32,
        "<f8" => NumericType.Float64,
        _ => throw new EplbException(EplbError.FormatInvalid,
            $"The .npy element type '{type}' is not read; arrays of little-endian whole numbers or floats are (i1 to i8, u1 to u8, f2, f4, f8)."),
    };

    private static long[] ParseShape(string text)
    {
        string[] parts = [.. text.Split(',').Select(part => part.Trim()).Where(part => part.Length > 0)];
        long[] shape = new long[parts.Length];
        long product = 8;
        for (int i = 0; i < shape.Length; i++)
        {
            bool isNumber = int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out int dimension);
            shape[i] = dimension;
            if (isNumber && (dimension == 0 || product <= (1L << 62) / dimension))
            {
                product *= dimension;
                continue;
            }

            throw new EplbException(EplbError.ShapeTooLarge, $"The .npy shape ({text}) is beyond anything that a file can hold.");
        }

        return shape;
    }
}
