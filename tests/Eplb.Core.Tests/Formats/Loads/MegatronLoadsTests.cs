using System.IO.Compression;
using System.Text;

namespace Eplb.Tests.Formats.Loads;

/// <summary>A dump of Megatron-core whose arrays do not belong together is one clear error.</summary>
public sealed class MegatronLoadsTests
{
    private static readonly Dictionary<string, byte[]> Dump = new()
    {
        ["dump_version"] = Npy("<U21", "()", Encoding.UTF32.GetBytes("mcore_ep_load_dump_v1")),
        ["layer_numbers"] = Ints("(2,)", 3, 5),
        ["forward_counts"] = Ints("(2,)", 1, 2),
        ["ep_rank"] = Ints("()", 0),
        // layers 3 and 5, two forward passes, one expert; layer 3 has seen one pass
        ["loads"] = Ints("(2, 2, 1)", 1, 99, 3, 4),
    };

    /// <summary>The only rank's dump of a recording.</summary>
    internal static byte[] Whole => Zip([.. Dump, new("ep_size", Ints("()", 1)), new("num_global_physical_experts", Ints("()", 1))]);

    [Fact]
    public void The_dump_of_these_tests_is_itself_sound() => Assert.Equal("0/3:1; 0/5:3; 1/5:4", LoadCase.Read(Zip(Dump), perWindow: true).Show());

    [Theory]
    [InlineData("layer_numbers")]
    [InlineData("forward_counts")]
    [InlineData("ep_rank")]
    public void An_array_that_is_missing_is_named(string name) =>
        LoadCase.IsRefused(EplbError.FormatInvalid, $"no array {name}", () => LoadCase.Read(Zip(Dump.Where(entry => entry.Key != name))));

    [Fact]
    public void Arrays_that_disagree_are_refused()
    {
        IsRefused(EplbError.FormatUnknown, "only one that is known", "dump_version", Npy("<U21", "()", Encoding.UTF32.GetBytes("mcore_ep_load_dump_v2")));
        IsRefused(EplbError.FormatInvalid, "a layer twice", "layer_numbers", Ints("(2,)", 3, 3));
        IsRefused(EplbError.IndexOutOfRange, "Layer 65536", "layer_numbers", Ints("(2,)", 3, 65536));
        IsRefused(EplbError.FormatInvalid, "with 3 layer_numbers", "layer_numbers", Ints("(3,)", 3, 5, 7));
        IsRefused(EplbError.FormatInvalid, "and 1 forward_counts", "forward_counts", Ints("(1,)", 1));
        IsRefused(EplbError.FormatInvalid, "loads has the shape (2, 2)", "loads", Ints("(2, 2)", 1, 2, 3, 4));
        IsRefused(EplbError.FormatInvalid, "loads has the shape (2, 2, 1) in 8 bytes", "loads", Ints("(2, 2, 1)", 1, 2));
        IsRefused(EplbError.FormatInvalid, "loads has the shape", "loads", Npy("<i4", "(2, 2, 1)", new byte[16], "True"));
    }

    [Fact]
    public void What_it_says_of_its_ranks_and_experts_holds()
    {
        Assert.Equal(2, LoadCase.Read(Whole).Count);
        LoadCase.IsRefused(EplbError.FileNotFound, "Rank 1 is missing; the recording has 2 ranks", () => LoadCase.Read(Zip([.. Dump, new("ep_size", Ints("()", 2))])));
        LoadCase.IsRefused(EplbError.FormatInvalid, "ep_rank is 0 and ep_size 0", () => LoadCase.Read(Zip([.. Dump, new("ep_size", Ints("()", 0))])));
        LoadCase.IsRefused(EplbError.RowLengthMismatch, "loads has 1 columns, but num_global_physical_experts is 2", () =>
            LoadCase.Read(Zip([.. Dump, new("num_global_physical_experts", Ints("()", 2))])));
    }

    [Fact]
    public void Numbers_that_are_none_are_refused()
    {
        Assert.Equal(2, LoadCase.Read(Zip(Dump.Select(entry => entry.Key == "ep_rank" ? new(entry.Key, Ints("()", int.MaxValue)) : entry))).Count);
        IsRefused(EplbError.FormatInvalid, "ep_rank holds -1", "ep_rank", Ints("()", -1));
        IsRefused(EplbError.FormatInvalid, "ep_rank holds 0.5", "ep_rank", Npy("<f8", "()", BitConverter.GetBytes(0.5)));
        IsRefused(EplbError.FormatInvalid, "ep_rank holds 4294967296", "ep_rank", Npy("<f8", "()", BitConverter.GetBytes(4294967296.0)));
        IsRefused(EplbError.FormatInvalid, "layer_numbers has the shape (1, 2)", "layer_numbers", Ints("(1, 2)", 3, 5));
        IsRefused(EplbError.FormatInvalid, "layer_numbers has the shape (0)", "layer_numbers", Ints("(0,)"));
        IsRefused(EplbError.FormatInvalid, "layer_numbers has the shape (65537)", "layer_numbers", Ints("(65537,)", new int[65537]));
        IsRefused(EplbError.FormatInvalid, "layer_numbers has the shape (3)", "layer_numbers", Ints("(3,)", 3, 5));
    }

    private static void IsRefused(EplbError error, string where, string name, byte[] array) =>
        LoadCase.IsRefused(error, where, () => LoadCase.Read(Zip(Dump.Select(entry => entry.Key == name ? new(name, array) : entry))));

    private static byte[] Zip(IEnumerable<KeyValuePair<string, byte[]>> arrays) =>
        HandmadeZip.Of(CompressionLevel.Optimal, [.. arrays.Select(array => (array.Key + ".npy", array.Value))]);

    private static byte[] Ints(string shape, params int[] values) => Npy("<i4", shape, [.. values.SelectMany(BitConverter.GetBytes)]);

    private static byte[] Npy(string type, string shape, byte[] data, string order = "False")
    {
        byte[] text = Encoding.ASCII.GetBytes($"{{'descr': '{type}', 'fortran_order': {order}, 'shape': {shape}, }}".PadRight(117) + "\n");
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. text, .. data];
    }
}
