using System.IO.Compression;
using System.Text;

namespace Eplb.Tests.Formats.Loads;

/// <summary>Arrays that NumPy wrote (tests/data/formats/make_numpy.py) are read in every type and order; others are refused.</summary>
public sealed class NumPyLoadsTests
{
    private const string Plain = "0:0,1,2,3; 1:10,11,12,13";
    private const string Sum = "0:300,303,306,309; 1:330,333,336,339";
    private const string Windows = "0/0:0,1,2,3; 0/1:10,11,12,13; 1/0:100,101,102,103; 1/1:110,111,112,113; 2/0:200,201,202,203; 2/1:210,211,212,213";

    [Theory]
    [InlineData("i1")]
    [InlineData("i2")]
    [InlineData("i4")]
    [InlineData("i8")]
    [InlineData("u1")]
    [InlineData("u2")]
    [InlineData("u4")]
    [InlineData("u8")]
    [InlineData("f2")]
    [InlineData("f4")]
    [InlineData("f8")]
    public void Every_element_type_is_read(string type) => Assert.Equal(Plain, Read($"plain-{type}.npy").Show());

    [Theory]
    [InlineData("windows-i4.npy", true)]
    [InlineData("windows-f8-fortran.npy", true)]
    [InlineData("parts.npz", true)]
    [InlineData("logical-count.npz", false)]
    public void Windows_are_added_up_or_kept_apart(string file, bool isChronological)
    {
        Assert.Equal(Sum, Read(file).Show());
        IReadOnlyList<ExpertLoad> windows = Read(file, perWindow: true);
        Assert.Equal(Windows, windows.Show());
        Assert.All(windows, load => Assert.Equal(isChronological, load.IsChronological));
    }

    [Theory]
    [InlineData(EplbError.FormatInvalid, "'|O'", "object.npy")]
    [InlineData(EplbError.FormatInvalid, "'>i4'", "big-endian.npy")]
    [InlineData(EplbError.FormatInvalid, "(4)", "vector.npy")]
    public void Other_arrays_are_refused(EplbError error, string where, string file) => LoadCase.IsRefused(error, where, () => Read(file));

    [Theory]
    [InlineData(EplbError.ShapeTooLarge, "(2, 5)", "'<i4'", "False", "(2, 5)")]
    [InlineData(EplbError.FormatInvalid, "(2, 3)", "'<i4'", "False", "(2, 3)")]
    [InlineData(EplbError.ShapeTooLarge, "shape", "'<i4'", "False", "(2147483647, 2147483647, 2147483647)")]
    [InlineData(EplbError.ShapeTooLarge, "shape", "'<i4'", "False", "(99999999999999999999, 4)")]
    [InlineData(EplbError.LoadMissing, "0 x 4", "'<i4'", "False", "(0, 4)", 0)]
    [InlineData(EplbError.LoadMissing, "4 x 0", "'<i4'", "False", "(4, 0)", 0)]
    [InlineData(EplbError.LoadMissing, "0 x 2 x 4", "'<i4'", "False", "(0, 2, 4)", 0)]
    [InlineData(EplbError.ShapeTooLarge, "65537 x 1", "'|u1'", "False", "(65537, 1)", 65537)]
    [InlineData(EplbError.ShapeTooLarge, "1 x 1048577", "'|u1'", "False", "(1, 1048577)", 1048577)]
    [InlineData(EplbError.ShapeTooLarge, "4097 x 4096", "'|u1'", "False", "(4097, 4096)", 4097 * 4096)]
    [InlineData(EplbError.FormatInvalid, "'shape'", "'<i4'", "False", "(-2, 4)")]
    [InlineData(EplbError.FormatInvalid, "'descr'", "[('a', '<i4')]", "False", "(2, 4)")]
    [InlineData(EplbError.FormatInvalid, "'fortran_order'", "'<i4'", "exec()", "(2, 4)")]
    public void Headers_that_lie_are_refused(EplbError error, string where, string type, string order, string shape, int dataLength = 32) =>
        LoadCase.IsRefused(error, where, () => LoadCase.Read(Npy($"{{'descr': {type}, 'fortran_order': {order}, 'shape': {shape}, }}", new byte[dataLength])));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Headers_of_every_version_are_read(byte version)
    {
        byte[] text = Encoding.ASCII.GetBytes("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }".PadRight(115) + "\n");
        Assert.Equal("0:1,2", LoadCase.Read([0x93, .. "NUMPY"u8, version, 0, (byte)text.Length, 0, 0, 0, .. text, 1, 2]).Show());
        byte[] widest = [.. Encoding.ASCII.GetBytes("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }".PadRight(65_536))];
        Assert.Equal("0:1,2", LoadCase.Read([0x93, .. "NUMPY"u8, version, 0, 0, 0, 1, 0, .. widest, 1, 2]).Show());
        LoadCase.IsRefused(EplbError.ShapeTooLarge, "claims 65652 bytes", () => LoadCase.Read([0x93, .. "NUMPY"u8, version, 0, (byte)text.Length, 0, 1, 0, .. text, 1, 2]));
        LoadCase.IsRefused(EplbError.FormatInvalid, "version 4", () => LoadCase.Read([0x93, .. "NUMPY"u8, 4, 0, 0, 0, .. text]));
    }

    [Theory]
    [InlineData("0000", 0)]
    [InlineData("0100", 5.9604644775390625e-8)]
    [InlineData("FF03", 6.097555160522461e-5)]
    [InlineData("0004", 6.103515625e-5)]
    [InlineData("FF7B", 65504)]
    public void Half_precision_is_decoded_to_the_bit(string bytes, double value) => Assert.Equal([value], ReadRow("<f2", 1, Convert.FromHexString(bytes)));

    [Theory]
    [InlineData(EplbError.LoadNotFinite, "Infinity", "007C")]
    [InlineData(EplbError.LoadNotFinite, "NaN", "017C")]
    [InlineData(EplbError.LoadNegative, "-1", "00BC")]
    public void Half_precision_that_is_no_load_is_refused(EplbError error, string load, string bytes) =>
        LoadCase.IsRefused(error, load, () => LoadCase.Read(Row("<f2", 1, Convert.FromHexString(bytes))));

    [Fact]
    public void An_archive_needs_one_array_that_can_be_loads()
    {
        byte[] names = Npy("{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }", new byte[4]);
        LoadCase.IsRefused(EplbError.FormatUnknown, "None of the archive's 1 arrays", () => LoadCase.Read(Npz(("names.npy", names))));
    }

    [Fact]
    public void Arrays_beside_those_of_loads_are_left_out()
    {
        byte[] loads = Row("|u1", 2, [1, 2]), names = Row("<U1", 1, new byte[4]), vector = Npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", [1]);
        byte[] windows = Npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 2), }", [3, 4, 5, 6]);
        Assert.Equal("0/0:1,2; 1/0:3,4; 2/0:5,6", LoadCase.Read(Npz(("names.npy", names), ("loads.npy", loads), ("vector.npy", vector), ("more.npy", windows), ("readme.txt", [0])), perWindow: true).Show());
        LoadCase.IsRefused(EplbError.FormatInvalid, "array names.npy", () => LoadCase.Read(Npz(("names.npy", names), ("vector.npy", vector), ("others.npy", names))));
        LoadCase.IsRefused(EplbError.ShapeTooLarge, "array loads.npy", () => LoadCase.Read(Npz(("loads.npy", loads[..^1]))));
        LoadCase.IsRefused(EplbError.FormatInvalid, "does not start with NumPy's mark", () => LoadCase.Read(Npz(("loads.npy", new byte[16]))));
    }

    [Fact]
    public void Only_several_windows_can_be_a_ring_buffer() =>
        Assert.All(LoadCase.Read(Npz(("logical_count.npy", Row("|u1", 2, [0, 0]))), perWindow: true), load => Assert.True(load.IsChronological));

    [Fact]
    public void Windows_beyond_a_chunk_are_read_in_either_order()
    {
        const int Windows = (1 << 18) + 6;
        byte[] data = [.. Enumerable.Repeat((byte)1, Windows), .. Enumerable.Repeat((byte)2, Windows)];
        const string Header = "{'descr': '|i1', 'fortran_order': True, 'shape': (262150, 1, 2), }";
        Assert.Equal("0:262150,524300", LoadCase.Read(Npy(Header, data)).Show());
        byte[] inOrder = [.. Enumerable.Range(0, 2 * Windows).Select(i => (byte)(1 + (i % 2)))];
        Assert.Equal("0:262150,524300", LoadCase.Read(Npy(Header.Replace("True", "False", StringComparison.Ordinal), inOrder)).Show());
        data[^1] = 0xFF;
        LoadCase.IsRefused(EplbError.LoadNegative, "Window 262149: Layer 0, expert 1", () => LoadCase.Read(Npy(Header, data)));
    }

    [Fact]
    public void Bad_loads_are_named()
    {
        LoadCase.IsRefused(EplbError.LoadNegative, "/loads: Layer 0, expert 1", () => LoadCase.Read(Row("|i1", 2, [1, 0xFF])));
        byte[] data = [.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(float.NaN)];
        LoadCase.IsRefused(EplbError.LoadNotFinite, "Window 1: Layer 0, expert 0", () => LoadCase.Read(Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 1), }", data)));
        LoadCase.IsRefused(EplbError.LoadNotFinite, "Window 1: Layer 0, expert 0", () => LoadCase.Read(Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1, 1), }", data)));
    }

    [Fact]
    public void Rows_of_every_length_are_read_exactly()
    {
        var random = new Random(5);
        for (int length = 1; length < 40; length++)
        {
            long[] longs = [.. Enumerable.Range(0, length).Select(_ => random.NextInt64())];
            int[] ints = [.. Enumerable.Range(0, length).Select(_ => random.Next())];
            float[] floats = [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() * 1e9f)];
            Assert.Equal(longs.Select(load => (double)load), ReadRow("<i8", length, [.. longs.SelectMany(BitConverter.GetBytes)]));
            Assert.Equal(ints.Select(load => (double)load), ReadRow("<i4", length, [.. ints.SelectMany(BitConverter.GetBytes)]));
            Assert.Equal(floats.Select(load => (double)load), ReadRow("<f4", length, [.. floats.SelectMany(BitConverter.GetBytes)]));
        }
    }

    [Theory]
    [InlineData(EplbError.LoadNegative, -1.0)]
    [InlineData(EplbError.LoadNotFinite, double.NaN)]
    [InlineData(EplbError.LoadNotFinite, double.PositiveInfinity)]
    public void A_bad_load_is_named_wherever_it_is(EplbError error, double bad)
    {
        for (int length = 1; length < 20; length++)
        {
            for (int expert = 0; expert < length; expert++)
            {
                // The second window, whose number only the reader of the rows knows; from this expert on all are bad.
                double[] rows = [.. Enumerable.Repeat(0.0, length + expert), .. Enumerable.Repeat(bad, length - expert)];
                byte[] file = Npy($"{{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1, {length}), }}", [.. rows.SelectMany(BitConverter.GetBytes)]);
                LoadCase.IsRefused(error, $"/loads: Window 1: Layer 0, expert {expert}:", () => LoadCase.Read(file));
            }
        }
    }

    [Theory]
    [InlineData("windows-i4.npy")]
    [InlineData("windows-f8-fortran.npy")]
    [InlineData("parts.npz")]
    [InlineData("logical-count.npz")]
    public void A_file_cut_off_anywhere_is_refused(string file)
    {
        byte[] content = File.ReadAllBytes(TestData.PathOf("formats/" + file));
        for (int length = 0; length < content.Length; length++) Assert.Throws<EplbException>(() => { LoadCase.Read(content[..length]); });
    }

    private static IReadOnlyList<ExpertLoad> Read(string file, bool perWindow = false) =>
        ExpertLoadReader.Read(TestData.PathOf("formats/" + file), LoadFormat.Auto, perWindow);

    private static double[] ReadRow(string type, int length, byte[] data) => [.. Assert.Single(LoadCase.Read(Row(type, length, data))).Load];

    private static byte[] Row(string type, int length, byte[] data) => Npy($"{{'descr': '{type}', 'fortran_order': False, 'shape': (1, {length}), }}", data);

    private static byte[] Npz(params (string Name, byte[] Content)[] entries) => HandmadeZip.Of(CompressionLevel.Optimal, entries);

    private static byte[] Npy(string header, byte[] data)
    {
        byte[] text = Encoding.ASCII.GetBytes(header.PadRight(117) + "\n");
        return [0x93, .. Encoding.ASCII.GetBytes("NUMPY"), 1, 0, (byte)text.Length, 0, .. text, .. data];
    }
}
