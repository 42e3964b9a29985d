using System.Text;

namespace Eplb.Tests.Formats.Loads;

/// <summary>Safetensors of every element type are read, and a directory must agree with itself.</summary>
public sealed class TensorRtLlmLoadsTests
{
    [Theory]
    [InlineData("I8", "0102")]
    [InlineData("U8", "0102")]
    [InlineData("BOOL", "0102")]
    [InlineData("I16", "01000200")]
    [InlineData("U16", "01000200")]
    [InlineData("I32", "0100000002000000")]
    [InlineData("U32", "0100000002000000")]
    [InlineData("I64", "01000000000000000200000000000000")]
    [InlineData("U64", "01000000000000000200000000000000")]
    [InlineData("F16", "003C0040")]
    [InlineData("BF16", "803F0040")]
    [InlineData("F32", "0000803F00000040")]
    [InlineData("F64", "000000000000F03F0000000000000040")]
    public void Every_element_type_is_read(string type, string data)
    {
        byte[] bytes = Convert.FromHexString(data);
        Assert.Equal("7/3:1,2", LoadCase.Read(Safetensors($$"""{"7_3": {"dtype": "{{type}}", "shape": [2], "data_offsets": [0, {{bytes.Length}}] } }""", bytes), perWindow: true).Show());
    }

    [Fact]
    public void What_lies_between_two_tensors_is_left_out() => Assert.Equal("0:3,4; 1:5,6", LoadCase.Read(Safetensors(
        """{"0_0": {"dtype": "U8", "shape": [2], "data_offsets": [2, 4]}, "0_1": {"dtype": "U8", "shape": [2], "data_offsets": [4, 6]}}""", [1, 2, 3, 4, 5, 6])).Show());

    [Fact]
    public void Tensors_may_be_named_in_any_order() => Assert.Equal("0:3,4; 1:1,2", LoadCase.Read(Safetensors(
        """{"0_0": {"dtype": "U8", "shape": [2], "data_offsets": [2, 4]}, "0_1": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}}""", [1, 2, 3, 4])).Show());

    [Theory]
    [InlineData(EplbError.FormatInvalid, "2 dimensions", """{"0_0": {"dtype": "U8", "shape": [1, 2], "data_offsets": [0, 2]}}""")]
    [InlineData(EplbError.LoadMissing, "0_0 is empty", """{"0_0": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}}""")]
    [InlineData(EplbError.ExpertDuplicate, "layer 0 twice", """{"0_0": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}, "00_0": {"dtype": "U8", "shape": [1], "data_offsets": [1, 2]}}""")]
    [InlineData(EplbError.IndexOutOfRange, "Layer 65536", """{"0_65536": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}}""")]
    [InlineData(EplbError.FormatInvalid, "the element type ''", """{"0_0": {"dtype": null, "shape": [2], "data_offsets": [0, 2]}}""")]
    [InlineData(EplbError.FormatInvalid, "not in order", """{"0_0": {"dtype": "U8", "shape": [2], "data_offsets": [0, 1, 2]}}""")]
    [InlineData(EplbError.FormatInvalid, "not in order", """{"0_0": {"dtype": "U8", "shape": [2], "data_offsets": [-2, 0]}}""")]
    [InlineData(EplbError.FormatInvalid, "not in order", """{"0_0": {"dtype": "U8", "shape": [-2], "data_offsets": [0, 2]}}""")]
    public void Tensors_that_are_no_loads_of_a_layer_are_refused(EplbError error, string where, string header) =>
        LoadCase.IsRefused(error, where, () => LoadCase.Read(Safetensors(header, [1, 2])));

    [Theory]
    [InlineData(EplbError.RowLengthMismatch, "says 5 experts, but the ranks recorded 4", """{"num_experts": 5}""")]
    [InlineData(EplbError.CountNotPositive, "ep_size is 0", """{"ep_size": 0}""")]
    [InlineData(EplbError.CountNotPositive, "num_experts is 1.5", """{"num_experts": 1.5}""")]
    [InlineData(EplbError.CountNotPositive, "num_experts is \"2\"; it must be a whole number, 1 or more.", """{"num_experts": "2"}""")]
    [InlineData(EplbError.CountNotPositive, "ep_size is null; it must be a whole number, 1 or more.", """{"ep_size": null}""")]
    [InlineData(EplbError.FormatInvalid, "not a JSON object, but", "[1]")]
    [InlineData(EplbError.FormatInvalid, "half of a character", """{"num_\ud800\ud800": 1}""")]
    [InlineData(EplbError.FormatInvalid, "not a JSON object: its line 2 is not valid JSON.", "{\n")]
    public void A_directory_that_contradicts_its_description_is_refused(EplbError error, string where, string meta)
    {
        using var file = new TempFile(Encoding.UTF8.GetBytes(meta), "meta_info.json");
        LoadCase.IsRefused(error, where, () => ExpertLoadReader.Read(WithRank0(file)));
    }

    [Fact]
    public void A_description_need_not_count_the_ranks()
    {
        using var meta = new TempFile("{}"u8.ToArray(), "meta_info.json");
        string folder = WithRank0(meta);
        Assert.Equal(2, ExpertLoadReader.Read(folder).Count);
        File.Copy(TestData.PathOf("formats/tensorrt-llm/rank0.safetensors"), Path.Combine(folder, "rank2.safetensors"));
        LoadCase.IsRefused(EplbError.FileNotFound, "rank1.safetensors is missing; the recording has 3 ranks", () => ExpertLoadReader.Read(folder));
    }

    [Fact]
    public void A_rank_too_many_is_named()
    {
        using var meta = new TempFile("""{"ep_size": 1}"""u8.ToArray(), "meta_info.json");
        string folder = WithRank0(meta), stale = Path.Combine(folder, "rank1.safetensors");
        Assert.Equal(2, ExpertLoadReader.Read(folder).Count);
        File.Copy(Path.Combine(folder, "rank0.safetensors"), stale);
        LoadCase.IsRefused(EplbError.FormatInvalid, "rank1.safetensors is one rank too many: meta_info.json says ep_size 1, so ranks 0 to 0", () => ExpertLoadReader.Read(folder));
        LoadCase.IsRefused(EplbError.FormatInvalid, "rank1.safetensors is one rank too many", () => ExpertLoadReader.Read(stale));
        File.Move(stale, Path.Combine(folder, "rank00.safetensors"));
        LoadCase.IsRefused(EplbError.FormatInvalid, "are both of rank 0; remove", () => ExpertLoadReader.Read(folder));
    }

    [Fact]
    public void Files_given_by_themselves_are_all_that_there_are()
    {
        using var meta = new TempFile("{}"u8.ToArray(), "meta_info.json");
        string folder = WithRank0(meta), first = Path.Combine(folder, "rank0.safetensors"), last = Path.Combine(folder, "rank2.safetensors");
        File.Copy(first, last);
        Assert.Equal(2, ExpertLoadReader.Read(first).Count);
        LoadCase.IsRefused(EplbError.FileNotFound, "Rank 1 is missing; the recording has 3 ranks", () => LoadCase.ReadTogether([first, last]));

        File.WriteAllText(meta.Path, """{"ep_size": 2}""");
        LoadCase.IsRefused(EplbError.FileNotFound, "Rank 1 is missing; the recording has 2 ranks", () => ExpertLoadReader.Read(first));
        File.WriteAllText(meta.Path, """{"num_experts": 5}""");
        LoadCase.IsRefused(EplbError.RowLengthMismatch, "says 5 experts", () => ExpertLoadReader.Read(first));
        File.Delete(meta.Path);
        Assert.Equal(2, ExpertLoadReader.Read(first).Count);
    }

    [Fact]
    public void Every_iteration_of_a_rank_needs_the_same_layers() => LoadCase.IsRefused(EplbError.LayerMissing, "Window 6 has no layer 4", () => LoadCase.Read(Safetensors(
        """{"5_3": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}, "5_4": {"dtype": "U8", "shape": [1], "data_offsets": [1, 2]}, "6_3": {"dtype": "U8", "shape": [1], "data_offsets": [2, 3]}}""", [1, 2, 3])));

    [Theory]
    [InlineData("rank0_raw.safetensors")]
    [InlineData("cooccurrence_rank0.safetensors")]
    public void What_is_written_beside_the_loads_is_no_load(string name)
    {
        using var file = new TempFile(File.ReadAllBytes(TestData.PathOf("formats/tensorrt-llm/rank0.safetensors")), name);
        LoadCase.IsRefused(EplbError.FormatUnknown, "beside the loads", () => ExpertLoadReader.Read(file.Path));
    }

    [Fact]
    public void A_rank_that_is_damaged_is_named()
    {
        using var meta = new TempFile("{}"u8.ToArray(), "meta_info.json");
        File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(meta.Path)!, "rank0.safetensors"), Safetensors("{}", []));
        LoadCase.IsRefused(EplbError.LoadMissing, "rank0.safetensors: The file has no tensor", () => ExpertLoadReader.Read(Path.GetDirectoryName(meta.Path)!));
    }

    [Fact]
    public void A_directory_without_ranks_or_with_too_long_a_description_is_refused()
    {
        using var alone = new TempFile("{}"u8.ToArray(), "meta_info.json");
        LoadCase.IsRefused(EplbError.LoadMissing, "no rank*.safetensors", () => ExpertLoadReader.Read(Path.GetDirectoryName(alone.Path)!));
        LoadCase.IsRefused(EplbError.FormatUnknown, "no recording of TensorRT-LLM", () => ExpertLoadReader.Read(Path.GetDirectoryName(alone.Path)!, LoadFormat.Csv));

        using var longest = new TempFile(Encoding.UTF8.GetBytes("{}".PadRight(1 << 20)), "meta_info.json");
        Assert.Equal(2, ExpertLoadReader.Read(WithRank0(longest)).Count);

        using var endless = new TempFile(Encoding.UTF8.GetBytes("{}".PadRight((1 << 20) + 1)), "meta_info.json");
        LoadCase.IsRefused(EplbError.ShapeTooLarge, "1 MiB is the limit", () => ExpertLoadReader.Read(WithRank0(endless)));

        using var other = new TempFile("{}"u8.ToArray(), "other.json");
        LoadCase.IsRefused(EplbError.FormatUnknown, "give the files in it", () => ExpertLoadReader.Read(Path.GetDirectoryName(other.Path)!));
    }

    [Fact]
    public void The_shortest_file_is_known_and_a_header_beyond_the_file_is_none()
    {
        LoadCase.IsRefused(EplbError.LoadMissing, "no tensor", () => LoadCase.Read(Safetensors("{}", [])));
        LoadCase.IsRefused(EplbError.FormatUnknown, "is binary", () => LoadCase.Read([3, 0, 0, 0, 0, 0, 0, 0, .. "{}"u8]));
    }

    private static string WithRank0(TempFile meta)
    {
        string folder = Path.GetDirectoryName(meta.Path)!;
        File.Copy(TestData.PathOf("formats/tensorrt-llm/rank0.safetensors"), Path.Combine(folder, "rank0.safetensors"));
        return folder;
    }

    private static byte[] Safetensors(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((long)text.Length), .. text, .. data];
    }
}
