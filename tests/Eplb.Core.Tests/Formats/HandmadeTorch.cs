using System.IO.Compression;
using System.Text;

namespace Eplb.Tests.Formats;

/// <summary>Files like those of torch.save, opcode by opcode: one character of the pickles is one byte.</summary>
internal static class HandmadeTorch
{
    private const string Cpu = "X\u0003\u0000\u0000\u0000cpu";

    /// <summary>A pickle's text.</summary>
    public static string Text(string text) => $"X{(char)text.Length}\u0000\u0000\u0000{text}";

    /// <summary>A storage, by default the one of all int32 that an archive of <see cref="Zip"/> has.</summary>
    public static string Storage(string count, string key = "0", string type = "IntStorage") => $"({Text("storage")}ctorch\n{type}\n{Text(key)}{Cpu}{count}tQ";

    /// <summary>A tensor of two dimensions over a storage of count int32.</summary>
    public static string Tensor(byte count, byte offset, byte rows, byte columns, byte rowStride, byte columnStride) => Tensor(
        Storage($"K{(char)count}"), $"K{(char)rows}K{(char)columns}\u0086", $"K{(char)rowStride}K{(char)columnStride}\u0086", $"K{(char)offset}");

    /// <summary>A tensor as torch.save describes it, or nearly.</summary>
    public static string Tensor(string storage, string size, string stride, string offset = "K\u0000") =>
        $"ctorch._utils\n_rebuild_tensor_v2\n({storage}{offset}{size}{stride}\u0089ccollections\nOrderedDict\n)RtR";

    /// <summary>A tensor that names its own element type.</summary>
    public static string TypedTensor(string storage, string type) =>
        $"ctorch._utils\n_rebuild_tensor_v3\n({storage}K\u0000K\u0002K\u0002\u0086K\u0002K\u0001\u0086\u0089ccollections\nOrderedDict\n)R{type}tR";

    /// <summary>A whole pickle of a dict.</summary>
    public static string Dict(params string[] keysAndValues) => $"\u0080\u0002}}({string.Concat(keysAndValues)}u.";

    /// <summary>The archive.</summary>
    public static byte[] Zip(string pickle, CompressionLevel compression = CompressionLevel.NoCompression, int[]? storage = null, string? byteOrder = null)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create))
        {
            HandmadeZip.Write(archive, "archive/data.pkl", Encoding.Latin1.GetBytes(pickle), compression);
            HandmadeZip.Write(archive, "archive/data/0", [.. (storage ?? [1, 2, 3, 4]).SelectMany(BitConverter.GetBytes)], CompressionLevel.NoCompression);
            if (byteOrder is not null) HandmadeZip.Write(archive, "archive/byteorder", Encoding.ASCII.GetBytes(byteOrder), CompressionLevel.NoCompression);
        }

        return stream.ToArray();
    }
}
