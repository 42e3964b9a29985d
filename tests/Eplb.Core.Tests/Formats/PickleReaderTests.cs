using System.IO.Compression;
using Eplb.Tests.Formats.Loads;

namespace Eplb.Tests.Formats;

/// <summary>A hostile .pt is one clear error: nothing is executed, no length is believed, nothing unfolds.</summary>
public sealed class PickleReaderTests
{
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
    [InlineData("claims 5 bytes", "X\u0005\u0000\u0000\u0000.")]
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
    [InlineData("no arguments", "ccollections\nOrderedDict\nNR.")]
    [InlineData("no name", "N\u008C\u0004eval\u0093.")]
    [InlineData("no name", "\u008C\u0008builtinsN\u0093.")]
    [InlineData("no dict", "}(Nu.")]
    [InlineData("neither text", "}NNs.")]
    [InlineData("no entry 256", "j\u0000\u0001\u0000\u0000.")]
    public void Broken_structure_is_refused(string where, string pickle) => IsRefused(EplbError.FormatInvalid, where, pickle);

    [Theory]
    // count, offset, size, stride of a tensor over a storage of four int32
    [InlineData("claims 5 elements", 5, 0, 2, 2, 2, 1)]
    [InlineData("does not fit", 4, 1, 2, 2, 2, 1)]
    [InlineData("does not fit", 4, 0, 2, 2, 3, 1)]
    [InlineData("does not fit", 4, 0, 255, 255, 1, 1)]
    [InlineData("does not fit", 4, 5, 0, 0, 1, 1)]
    public void Tensors_beyond_their_storage_are_refused(string where, byte count, byte offset, byte rows, byte columns, byte rowStride, byte columnStride) =>
        IsRefused(EplbError.ShapeTooLarge, where, Tensor(count, offset, rows, columns, rowStride, columnStride));

    [Fact]
    public void The_tensor_of_these_tests_is_itself_sound()
    {
        Assert.Equal([[1, 2], [3, 4]], Read(HandmadeTorch.Zip(Tensor(4, 0, 2, 2, 2, 1))));
        Assert.Equal([[1, 2], [3, 4]], Read(HandmadeTorch.Zip($"\u0080\u0002{HandmadeTorch.TypedTensor(HandmadeTorch.Storage("K\u0010", type: "UntypedStorage"), "ctorch\nint32\n")}.")));
    }

    [Fact]
    public void Pickle_protocol_4_says_the_same()
    {
        // Frames, short texts, the memo by number, globals from the stack, whole numbers of any length.
        const string Global = "\u008C\u000Ctorch._utils\u0094\u008C\u0012_rebuild_tensor_v2\u0094\u0093\u0094";
        const string Storage = "(\u008C\u0007storage\u0094\u008C\u0005torch\u008C\u000AIntStorage\u0093\u0094\u008C\u00010\u008C\u0003cpuK\u0004tQr\u0000\u0001\u0000\u0000";
        const string Hooks = "\u008C\u000Bcollections\u008C\u000BOrderedDict\u0093)R";
        const string Two = "\u008A\u0001\u0002";
        string pickle = $"\u0080\u0004\u0095{new string('\0', 8)}{Global}({Storage}\u008A\u0000{Two}M\u0002\u0000\u0086{Two}\u008A\u0009{"\u0001".PadRight(9, '\0')}";
        IsRefused(EplbError.FormatUnknown, "neither a tensor nor a dict", "\u0080\u0005N.");
        IsRefused(EplbError.FormatInvalid, "64 bits", pickle);
        pickle = pickle.Replace($"\u008A\u0009{"\u0001".PadRight(9, '\0')}", $"\u008A\u0008{"\u0001".PadRight(8, '\0')}\u0086\u0089{Hooks}tR.", StringComparison.Ordinal);
        Assert.Equal([[1, 2], [3, 4]], Read(HandmadeTorch.Zip(pickle, byteOrder: "little")));
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

        using var file = new TempFile(HandmadeTorch.Zip($"\u0080\u0002}}({map}{records}u.", storage: [0, 1, 1, 0]));
        EplbException broken = Assert.Throws<EplbException>(() => ExpertLoadReader.Read(file.Path));
        Assert.Equal(EplbError.ShapeTooLarge, broken.Error);
        Assert.Contains("larger than the file", broken.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(EplbError.FormatInvalid, "no element type", "K\u0010", "0", "UntypedStorage")]
    [InlineData(EplbError.FormatInvalid, "no entry archive/data/7", "K\u0004", "7", "IntStorage")]
    [InlineData(EplbError.ShapeTooLarge, "claims -1 elements", "J\u00FF\u00FF\u00FF\u00FF", "0", "IntStorage")]
    [InlineData(EplbError.ShapeTooLarge, "claims -1 elements", "\u008A\u0001\u00FF", "0", "IntStorage")]
    [InlineData(EplbError.FormatInvalid, "storage of the file is not described", "N", "0", "IntStorage")]
    public void Storages_that_torch_does_not_write_are_refused(EplbError error, string where, string count, string key, string type) =>
        IsRefused(error, where, $"\u0080\u0002{HandmadeTorch.Tensor(HandmadeTorch.Storage(count, key, type), "K\u0002K\u0002\u0086", "K\u0002K\u0001\u0086")}.");

    [Theory]
    [InlineData(EplbError.FormatInvalid, "not described", "K\u0004", "K\u0001\u0085")]
    [InlineData(EplbError.FormatInvalid, "not described", "N\u0085", "K\u0001\u0085")]
    [InlineData(EplbError.FormatInvalid, "not described", "K\u0004\u0085", "(K\u0001K\u0001K\u0001K\u0001K\u0001K\u0001K\u0001K\u0001K\u0001t")]
    [InlineData(EplbError.ShapeTooLarge, "does not fit", "K\u0002K\u0002\u0086", "K\u0001\u0085")]
    [InlineData(EplbError.ShapeTooLarge, "does not fit", "J\u00FF\u00FF\u00FF\u00FF\u0085", "K\u0001\u0085")]
    [InlineData(EplbError.FormatInvalid, "the tensor has the size [4]", "K\u0004\u0085", "K\u0001\u0085")]
    public void Tensors_that_torch_does_not_write_are_refused(EplbError error, string where, string size, string stride) =>
        IsRefused(error, where, $"\u0080\u0002{HandmadeTorch.Tensor(HandmadeTorch.Storage("K\u0004"), size, stride)}.");

    [Fact]
    public void A_tensor_of_no_type_and_bytes_of_the_other_order_are_refused()
    {
        IsRefused(EplbError.FormatInvalid, "calls something", $"\u0080\u0002{HandmadeTorch.TypedTensor(HandmadeTorch.Storage("K\u0004"), "N")}.");
        LoadCase.IsRefused(EplbError.FormatInvalid, "big-endian", () => LoadCase.Read(HandmadeTorch.Zip(Tensor(4, 0, 2, 2, 2, 1), byteOrder: "big")));
        LoadCase.IsRefused(EplbError.ShapeTooLarge, "the limit is 33554432", () => LoadCase.Read(HandmadeTorch.Zip(new string(']', 1 << 26))));
    }

    private static IEnumerable<double[]> Read(byte[] file) => LoadCase.Read(file).Select(load => load.Load);

    private static string Tensor(byte count, byte offset, byte rows, byte columns, byte rowStride, byte columnStride) =>
        $"\u0080\u0002{HandmadeTorch.Tensor(count, offset, rows, columns, rowStride, columnStride)}.";

    private static void IsRefused(EplbError error, string where, string pickle, CompressionLevel compression = CompressionLevel.NoCompression)
    {
        using var file = new TempFile(HandmadeTorch.Zip(pickle, compression));
        EplbException broken = Assert.Throws<EplbException>(() => ExpertLoadReader.Read(file.Path));
        Assert.True(broken.Error == error, $"{broken.Error} instead of {error}: {broken.Message}");
        Assert.Contains(where, broken.Message, StringComparison.Ordinal);
    }
}
