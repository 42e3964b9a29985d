using System.IO.Compression;

namespace Eplb.Tests.Formats.Loads;

/// <summary>A file is known by its content, whatever its name.</summary>
public sealed class ExpertLoadReaderTests
{
    [Theory]
    [InlineData("[[1]]", LoadFormat.Json)]
    [InlineData("layer,expert,load\n0,0,1\n", LoadFormat.Csv)]
    public void The_format_is_recognised_and_told(string text, LoadFormat expected)
    {
        using var file = new TempFile(text);
        Assert.Equal(expected, ExpertLoadReader.ReadRecording(file.Path).Format);
    }

    [Fact]
    public void Another_format_than_the_one_asked_for_is_refused()
    {
        using var file = new TempFile("[[1]]");
        LoadCase.IsRefused(EplbError.FormatInvalid, "Json, not Csv", () => ExpertLoadReader.Read(file.Path, LoadFormat.Csv));
    }

    [Theory]
    [InlineData(EplbError.FileEmpty, "is empty", new byte[0])]
    [InlineData(EplbError.FileEmpty, "white space", new byte[] { 0xEF, 0xBB, 0xBF })]
    [InlineData(EplbError.FormatUnknown, "compressed by gzip; decompress it first", new byte[] { 0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(EplbError.FormatUnknown, "(7F-45-4C-46-01-01-01)", new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F', 1, 1, 1 })]
    [InlineData(EplbError.FormatUnknown, "bare pickle", new byte[] { 0x80, 2 })]
    [InlineData(EplbError.FormatUnknown, "bare pickle", new byte[] { 0x80, 5 })]
    [InlineData(EplbError.FormatUnknown, "is binary", new byte[] { 0x80, 6 })]
    [InlineData(EplbError.FormatUnknown, "is binary", new byte[] { 1, 2 })]
    [InlineData(EplbError.FormatUnknown, "1 columns", new byte[] { 0x80 })]
    [InlineData(EplbError.FormatUnknown, "1 columns", new byte[] { (byte)'7', 0 })]
    [InlineData(EplbError.FormatInvalid, "ends inside the .npy header: 2 of 10 bytes", new byte[] { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0 })]
    [InlineData(EplbError.FormatUnknown, "1 columns", new byte[] { (byte)'P', (byte)'K' })]
    [InlineData(EplbError.FormatUnknown, "is binary", new byte[] { (byte)'P', (byte)'C', 3, 4, 0, 0, 0, 0 })]
    [InlineData(EplbError.FormatInvalid, "archive is damaged", new byte[] { (byte)'P', (byte)'K', 3, 4 })]
    [InlineData(EplbError.FormatInvalid, "archive is damaged", new byte[] { (byte)'P', (byte)'K', 3, 4, 0, 0, 0, 0 })]
    public void Other_content_is_refused(EplbError error, string where, byte[] content) => LoadCase.IsRefused(error, where, () => LoadCase.Read(content));

    [Fact]
    public void An_archive_needs_an_entry_of_loads()
    {
        LoadCase.IsRefused(EplbError.FormatUnknown, "holds 1 files, but neither", () => LoadCase.Read(Archive("readme.txt")));
        // As torch.save names it, but in a folder too deep, or in none.
        LoadCase.IsRefused(EplbError.FormatUnknown, "holds 2 files, but neither", () => LoadCase.Read(Archive("a/b/data.pkl", "data.pkl")));
        LoadCase.IsRefused(EplbError.FormatInvalid, "2 entries data.pkl", () => LoadCase.Read(Archive("a/data.pkl", "b/data.pkl")));
    }

    [Theory]
    [InlineData("[[1]]", false)]
    [InlineData("{\"record_type\": \"eplb_load_stats\", \"step\": 0, \"expert_load\": [[1]], \"p2l_map\": [[0]]}", false)]
    [InlineData("formats/sglang-per-pass-0.pt", true)]
    [InlineData("formats/mcore_ep_loads_rank0_0.npz", true)]
    [InlineData("formats/tensorrt-llm/rank0.safetensors", true)]
    public void Only_a_file_of_one_rank_is_a_part(string textOrPath, bool isPart)
    {
        using var file = new TempFile(textOrPath);
        LoadRecording recording = ExpertLoadReader.ReadRecording(isPart ? TestData.PathOf(textOrPath) : file.Path);
        LoadRecording other = ExpertLoadReader.ReadRecording(TestData.PathOf("formats/tensorrt-llm/rank1.safetensors"));
        Assert.Equal(isPart, recording.IsPart);
        Assert.Equal(recording.Format == LoadFormat.TensorRTLLM, recording.TryAdd(other));
        if (recording.Format != LoadFormat.TensorRTLLM) Assert.False(other.TryAdd(recording));
        Assert.False(ExpertLoadReader.ReadRecording(TestData.PathOf("formats/tensorrt-llm")).TryAdd(other));
    }

    [Theory]
    [InlineData("""{"physical_to_logical_map": [[0]]}""")]
    [InlineData("""{"Layer": [0], "PhysicalToLogical": [[0]]}""")]
    [InlineData("""{"record_type": "eplb_initial_mapping"}""")]
    [InlineData("Layer,PhysicalExpert,LogicalExpert,Replica\n0,0,0,0\n")]
    [InlineData("num_slots: 4\nlayer_updates_per_iter: 0\ninitial_global_assignments:\n  3: [0, 1, 2, 0]\n")]
    public void A_placement_is_known_for_one(string text) =>
        LoadCase.IsRefused(EplbError.FormatUnknown, "holds a placement, not loads: read it with Import-EplbPlacement", () => LoadCase.Read(text));

    [Fact]
    public void A_side_car_is_known_for_one() =>
        LoadCase.IsRefused(EplbError.FormatUnknown, "is the side-car that describes a placement", () => LoadCase.Read("""{"Module": "Eplb", "File": "plan.json", "Sha256": "0"}"""));

    [Fact]
    public void The_message_starts_with_the_path()
    {
        using var file = new TempFile("[[-1]]");
        EplbException broken = Assert.Throws<EplbException>(() => ExpertLoadReader.Read(file.Path));
        Assert.StartsWith(file.Path + ": ", broken.Message, StringComparison.Ordinal);
        Assert.Equal(file.Path, broken.Target);
    }

    [Fact]
    public void A_path_without_a_file_is_refused()
    {
        using var file = new TempFile("");
        LoadCase.IsRefused(EplbError.FileNotFound, "no such file", () => ExpertLoadReader.Read(file.Path + ".gone"));
        LoadCase.IsRefused(EplbError.FileUnreadable, "cannot be read", () => ExpertLoadReader.Read("a\0b"));
        LoadCase.IsRefused(EplbError.FormatUnknown, "meta_info.json", () => ExpertLoadReader.Read(Path.GetDirectoryName(file.Path)!));
    }

    [Theory]
    [InlineData("[[1]]")]
    [InlineData("layer,expert,load\n0,0,1\n")]
    public void Reading_can_be_cancelled(string text)
    {
        using var file = new TempFile(text);
        Assert.Throws<OperationCanceledException>(() => ExpertLoadReader.Read(file.Path, cancellationToken: new CancellationToken(canceled: true)));
    }

    private static byte[] Archive(params string[] names) =>
        HandmadeZip.Of(CompressionLevel.NoCompression, [.. names.Select(name => (name, new byte[1]))]);
}
