using System.Buffers.Binary;
using System.Text.Json;

namespace Eplb;

/// <summary>The header of a safetensors file: what each tensor is and where its data lies. Source: the format's description by Hugging Face.</summary>
internal static class SafetensorsFile
{
    private const int MaxHeaderLength = 100_000_000;

    /// <summary>Whether a file starts like one: the length of a JSON object, and the object.</summary>
    /// <param name="head">First bytes of the file.</param>
    /// <param name="length">Bytes of the file.</param>
    public static bool IsSafetensors(ReadOnlySpan<byte> head, long length) =>
        head.Length >= 10 && head[8] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(head) is >= 2 and var header && header <= (ulong)length - 8;

    /// <summary>Reads the header. The stream is then at the first byte of the data.</summary>
    /// <param name="stream">The file, at its start.</param>
    /// <returns>The tensors in the order of their data, which do not overlap and together are the whole rest of the file at most.</returns>
    /// <exception cref="EplbException">The header is not one, or claims more than the file holds.</exception>
    public static IReadOnlyList<SafetensorsEntry> ReadHeader(Stream stream)
    {
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(stream.ReadExactly(8, "the safetensors header"));
        long rest = stream.Length - 8;
        if (length > (ulong)rest || length > MaxHeaderLength)
            throw new EplbException(EplbError.ShapeTooLarge, $"The safetensors header claims {length} bytes, but {rest} follow; the limit is {MaxHeaderLength}.");
        byte[] header = stream.ReadExactly((int)length, "the safetensors header");
        var entries = new List<SafetensorsEntry>();
        try
        {
            using JsonDocument json = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8 });
            foreach (JsonProperty property in json.RootElement.EnumerateObject())
            {
                if (property.Name != "__metadata__") entries.Add(ReadEntry(property));
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new EplbException(EplbError.FormatInvalid, $"The safetensors header is damaged ({broken.Message.TrimEnd('.')}).", innerException: broken);
        }

        entries.Sort((a, b) => a.Begin.CompareTo(b.Begin));
        CheckPlaces(entries, rest - (long)length);
        return entries;
    }

    private static SafetensorsEntry ReadEntry(JsonProperty property)
    {
        JsonElement value = property.Value;
        string type = value.GetProperty("dtype").GetString() ?? "";
        long[] shape = [.. value.GetProperty("shape").EnumerateArray().Select(dimension => dimension.GetInt64())];
        long[] offsets = [.. value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || Array.Exists(shape, dimension => dimension < 0))
            throw new EplbException(EplbError.FormatInvalid, $"Tensor {property.Name}: its shape or its data_offsets, [begin, end], are not in order.");
        return new SafetensorsEntry(property.Name, ParseType(type, property.Name), shape, offsets[0], offsets[1]);
    }

    private static NumericType ParseType(string type, string name) => type switch
    {
        "I8" => NumericType.Int8,
        "U8" or "BOOL" => NumericType.UInt8,
        "I16" => NumericType.Int16,
        "U16" => NumericType.UInt16,
        "I32" => NumericType.Int32,
        "U32" => NumericType.UInt32,
        "I64" => NumericType.Int64,
        "U64" => NumericType.UInt64,
        "F16" => NumericType.Float16,
        "BF16" => NumericType.BFloat16,
        "F32" => NumericType.Float32,
        "F64" => NumericType.Float64,
        _ => throw new EplbException(EplbError.FormatInvalid, $"Tensor {name}: the element type '{type}' is not read."),
    };

    private static void CheckPlaces(List<SafetensorsEntry> entries, long dataLength)
    {
        long end = 0;
        foreach (SafetensorsEntry entry in entries)
        {
            // A product beyond the file's length cannot be right, and is seen before it overflows.
            double bytes = entry.Shape.Aggregate((double)entry.Type.Size(), (product, dimension) => product * dimension);
            if (entry.Begin < end || entry.End > dataLength || bytes != entry.End - entry.Begin)
            {
                throw new EplbException(EplbError.ShapeTooLarge,
                    $"Tensor {entry.Name}: {bytes:R} bytes at {entry.Begin} to {entry.End} overlap others, disagree with the shape, or lie outside of the {dataLength} bytes of data.");
            }

            end = entry.End;
        }
    }
}

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Name of the tensor.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Length of each dimension.</param>
/// <param name="Begin">First byte, counted from the start of the data.</param>
/// <param name="End">Byte behind the last.</param>
internal sealed record SafetensorsEntry(string Name, NumericType Type, long[] Shape, long Begin, long End);
