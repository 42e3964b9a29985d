using System.IO.Compression;
using System.Text;

namespace Eplb.Tests.Formats;

/// <summary>A hostile .pt is one clear error: nothing is executed, no length is believed, nothing unfolds.</summary>
public sealed class PickleReaderTests
{
    private const string Storage = "(X\u0007\u0000\u0000\u0000storagectorch\nIntStorage\nX\u0001\u0000\u0000\u00000X\u0003\u0000\u0000\u0000cpu";

    [Theory]
    [InlineData("'os.system'", "cos\nsystem\nX\u0002\u0000\u0000\u0000ls\u0085R.")]
    [InlineData("'builtins.eval'", "\u008C\u0008builtins\u008C\u0004eval\u0093.")]
    [InlineData("'torch._utils._rebuild_parameter'", "ctorch._utils\n_rebuild_parameter\n.")]
    [InlineData("opcode 0x62", "}}b.")]
    [InlineData("opcode 0x69", "(ios\nsystem\n.")]
    [InlineData("opcode 0x6F", "(o.")]
    [InlineData("opcode 0x81", ")\u0081.")]
    [InlineData("opcode 0x50", "Pid\n.")]
    [InlineData("opcode 0x82", "\u0082\u0001.")]
    [InlineData("calls something", "ccollections\nOrderedDict\nK\u0001\u0085R.")]
    [InlineData("calls something", "ctorch\nIntStorage\n)R.")]
    public void Anything_but_tensors_is_named_and_refused(string where, string pickle) => IsRefused(EplbError.FormatInvalid, where, pickle);

    [Theory]
    [InlineData("claims 4294967295 bytes", "X\u00FF\u00FF\u00FF\u00FF.")]
    [InlineData("ends too early", "\u008A\u00FF\u0001.")]
    [InlineData("64 bits", "\u008A\u0009aaaaaaaaa.")]
    [InlineData("no entry 7", "h\u0007.")]
    [InlineData("not there", "\u0087.")]
    [InlineData("not there", "q\u0000.")]
    [InlineData("mark", "t.")]
    [InlineData("beyond a mark", "N(a.")]
    [InlineData("no list", "}Na.")]
    [InlineData("no dict", "]NNs.")]
    [InlineData("neither text", "}]Ns.")]
    [InlineData("where it should", "NN.")]
    [InlineData("where it should", "N.N.")]
    [InlineData("ends too early", "N")]
    [InlineData("protocol 9", "\u0080\u0009N.")]
    [InlineData("no arguments", "NNR.")]
    public void Broken_structure_is_refused(string where, string pickle) => IsRefused(EplbError.FormatInvalid, where, pickle);

    [Theory]
    // count, offset, size, stride of a tensor over a storage of four int32
    [InlineData("claims 5 elements", 5, 0, 2, 2, 2, 1)]
    [InlineData("does not fit", 4, 1, 2, 2, 2, 1)]
    [InlineData("does not fit", 4, 0, 2, 2, 3, 1)]
    [InlineData("does not fit", 4, 0, 255, 255, 0, 0)]
    [InlineData("does not fit", 4, 5, 0, 0, 1, 1)]
    public void Tensors_beyond_their_storage_are_refused(string where, byte count, byte offset, byte rows, byte columns, byte rowStride, byte columnStride) =>
        IsRefused(EplbError.ShapeTooLarge, where, Tensor(count, offset, rows, columns, rowStride, columnStride));

    [Fact]
    public void The_tensor_of_these_tests_is_itself_sound()
    {
        using var file = new TempFile(Zip(Tensor(4, 0, 2, 2, 2, 1), CompressionLevel.NoCompression));
        Assert.Equal([[1, 2], [3, 4]], ExpertLoadReader.Read(file.Path).Select(load => load.Load));
    }

    [Fact]
    public void Deep_nesting_cannot_exhaust_the_stack()
    {
        IsRefused(EplbError.FormatUnknown, "neither a tensor nor a dict", new string(']', 100_000) + new string('a', 99_999) + ".");
        IsRefused(EplbError.FormatInvalid, "nested marks", new string('(', 100_000));
        IsRefused(EplbError.FormatUnknown, "neither a tensor nor a dict", "N" + string.Concat(Enumerable.Repeat("\u0085", 100_000)) + ".");
    }

    [Fact]
    public void Compressed_entries_are_refused() =>
        IsRefused(EplbError.FormatInvalid, "compressed", new string(']', 1000), CompressionLevel.Optimal);

    [Fact]
    public void Records_that_share_their_tensors_cannot_multiply_the_work()
    {
        string tensor = Tensor(4, 0, 2, 2, 2, 1)[2..^1];
        string record = $"}}(X\u000F\u0000\u0000\u0000forward_pass_idK\u0001X\u0004\u0000\u0000\u0000rankK\u0000X\u0015\u0000\u0000\u0000global_physical_count{tensor}u";
        string map = $"X\u001C\u0000\u0000\u0000last_physical_to_logical_map{tensor}";
        string records = $"X\u0007\u0000\u0000\u0000records]({record}q\u0001{string.Concat(Enumerable.Repeat("h\u0001", 5000))}e";
        IsRefused(EplbError.IndexOutOfRange, "slot", $"\u0080\u0002}}({map}{records}u.");

        using var file = new TempFile(Zip($"\u0080\u0002}}({map}{records}u.", CompressionLevel.NoCompression, 0, 1, 1, 0));
        EplbException broken = Assert.Throws<EplbException>(() => ExpertLoadReader.Read(file.Path));
        Assert.Equal(EplbError.ShapeTooLarge, broken.Error);
        Assert.Contains("larger than the file", broken.Message, StringComparison.Ordinal);
    }

    private static string Tensor(byte count, byte offset, byte rows, byte columns, byte rowStride, byte columnStride) =>
        $"\u0080\u0002ctorch._utils\n_rebuild_tensor_v2\n({Storage}K{(char)count}tQK{(char)offset}K{(char)rows}K{(char)columns}\u0086K{(char)rowStride}K{(char)columnStride}\u0086\u0089ccollections\nOrderedDict\n)RtR.";

    private static void IsRefused(EplbError error, string where, string pickle, CompressionLevel compression = CompressionLevel.NoCompression)
    {
        using var file = new TempFile(Zip(pickle, compression));
        EplbException broken = Assert.Throws<EplbException>(() => ExpertLoadReader.Read(file.Path));
        Assert.True(broken.Error == error, $"{broken.Error} instead of {error}: {broken.Message}");
        Assert.Contains(where, broken.Message, StringComparison.Ordinal);
    }

    private static byte[] Zip(string pickle, CompressionLevel compression, params int[] storage)
    {
        if (storage.Length == 0) storage = [1, 2, 3, 4];
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create))
        {
            Write(archive, "archive/data.pkl", Encoding.Latin1.GetBytes(pickle), compression);
            Write(archive, "archive/data/0", [.. storage.SelectMany(BitConverter.GetBytes)], CompressionLevel.NoCompression);
        }

        return stream.ToArray();
    }

    private static void Write(ZipArchive archive, string name, byte[] content, CompressionLevel compression)
    {
        using Stream entry = archive.CreateEntry(name, compression).Open();
        entry.Write(content);
    }
}
