using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Eplb;

/// <summary>Element types of the binary formats, all little-endian.</summary>
internal enum NumericType
{
    Int8,
    UInt8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
    Float16,
    BFloat16,
    Float32,
    Float64,
}

/// <summary>Sizes and decoding of <see cref="NumericType"/>.</summary>
internal static class NumericTypes
{
    /// <summary>Bytes of one element.</summary>
    /// <param name="type">Element type.</param>
    public static int Size(this NumericType type) => type switch
    {
        NumericType.Int8 or NumericType.UInt8 => 1,
        NumericType.Int16 or NumericType.UInt16 or NumericType.Float16 or NumericType.BFloat16 => 2,
        NumericType.Int32 or NumericType.UInt32 or NumericType.Float32 => 4,
        _ => 8,
    };

    /// <summary>Decodes elements; whole numbers above 2^53 are rounded.</summary>
    /// <param name="type">Element type.</param>
    /// <param name="bytes">The elements, little-endian.</param>
    /// <param name="values">Takes one value an element.</param>
    public static void Decode(this NumericType type, ReadOnlySpan<byte> bytes, Span<double> values)
    {
        // Every machine that .NET runs the module on is little-endian, as the files are.
        switch (type)
        {
            case NumericType.Int8:
                for (int i = 0; i < values.Length; i++) values[i] = (sbyte)bytes[i];
                break;
            case NumericType.UInt8:
                for (int i = 0; i < values.Length; i++) values[i] = bytes[i];
                break;
            case NumericType.Int16:
                ReadOnlySpan<short> shorts = MemoryMarshal.Cast<byte, short>(bytes).Slice(0, values.Length);
                for (int i = 0; i < values.Length; i++) values[i] = shorts[i];
                break;
            case NumericType.UInt16:
                ReadOnlySpan<ushort> unsignedShorts = MemoryMarshal.Cast<byte, ushort>(bytes).Slice(0, values.Length);
                for (int i = 0; i < values.Length; i++) values[i] = unsignedShorts[i];
                break;
            case NumericType.Int32:
                Decode(MemoryMarshal.Cast<byte, int>(bytes).Slice(0, values.Length), values);
                break;
            case NumericType.UInt32:
                ReadOnlySpan<uint> unsignedInts = MemoryMarshal.Cast<byte, uint>(bytes).Slice(0, values.Length);
                for (int i = 0; i < values.Length; i++) values[i] = unsignedInts[i];
                break;
            case NumericType.Int64:
                Decode(MemoryMarshal.Cast<byte, long>(bytes).Slice(0, values.Length), values);
                break;
            case NumericType.UInt64:
                ReadOnlySpan<ulong> unsignedLongs = MemoryMarshal.Cast<byte, ulong>(bytes).Slice(0, values.Length);
                for (int i = 0; i < values.Length; i++) values[i] = unsignedLongs[i];
                break;
            case NumericType.Float16:
                for (int i = 0; i < values.Length; i++) values[i] = DecodeHalf(BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(i * 2)));
                break;
            case NumericType.BFloat16:
                for (int i = 0; i < values.Length; i++) values[i] = DecodeBFloat16(BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(i * 2)));
                break;
            case NumericType.Float32:
                Decode(MemoryMarshal.Cast<byte, float>(bytes).Slice(0, values.Length), values);
                break;
            default:
                MemoryMarshal.Cast<byte, double>(bytes).Slice(0, values.Length).CopyTo(values);
                break;
        }
    }

    // The types that servers count in, a vector at a time: a recording of gigabytes is read as fast as its bytes come.
    private static void Decode(ReadOnlySpan<long> items, Span<double> values)
    {
        ReadOnlySpan<Vector<long>> vectors = MemoryMarshal.Cast<long, Vector<long>>(items);
        Span<Vector<double>> decoded = MemoryMarshal.Cast<double, Vector<double>>(values).Slice(0, vectors.Length);
        for (int i = 0; i < vectors.Length; i++) decoded[i] = Vector.ConvertToDouble(vectors[i]);
        for (int i = vectors.Length * Vector<long>.Count; i < values.Length; i++) values[i] = items[i];
    }

    private static void Decode(ReadOnlySpan<int> items, Span<double> values)
    {
        ReadOnlySpan<Vector<int>> vectors = MemoryMarshal.Cast<int, Vector<int>>(items);
        Span<Vector<double>> decoded = MemoryMarshal.Cast<double, Vector<double>>(values).Slice(0, 2 * vectors.Length);
        for (int i = 0; i < vectors.Length; i++)
        {
            Vector.Widen(vectors[i], out Vector<long> lower, out Vector<long> upper);
            decoded[2 * i] = Vector.ConvertToDouble(lower);
            decoded[(2 * i) + 1] = Vector.ConvertToDouble(upper);
        }

        for (int i = vectors.Length * Vector<int>.Count; i < values.Length; i++) values[i] = items[i];
    }

    private static void Decode(ReadOnlySpan<float> items, Span<double> values)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(items);
        Span<Vector<double>> decoded = MemoryMarshal.Cast<double, Vector<double>>(values).Slice(0, 2 * vectors.Length);
        for (int i = 0; i < vectors.Length; i++) Vector.Widen(vectors[i], out decoded[2 * i], out decoded[(2 * i) + 1]);
        for (int i = vectors.Length * Vector<float>.Count; i < values.Length; i++) values[i] = items[i];
    }

    private static double DecodeHalf(ushort bits)
    {
        int exponent = (bits >> 10) & 0x1F;
        int fraction = bits & 0x3FF;
        double value = exponent switch
        {
            // Below the normal numbers the unit is 2 to the -24th.
            0 => fraction / 16_777_216.0,
            31 => fraction == 0 ? double.PositiveInfinity : double.NaN,
            _ => BitConverter.Int64BitsToDouble(((long)(exponent - 15 + 1023) << 52) | ((long)fraction << 42)),
        };
        return (bits & 0x8000) == 0 ? value : -value;
    }

    private static double DecodeBFloat16(ushort bits)
    {
        ReadOnlySpan<uint> wide = [(uint)bits << 16];
        return MemoryMarshal.Cast<uint, float>(wide)[0];
    }
}
