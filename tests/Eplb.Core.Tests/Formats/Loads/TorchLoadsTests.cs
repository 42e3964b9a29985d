namespace Eplb.Tests.Formats.Loads;

/// <summary>Files that PyTorch wrote (tests/data/formats/make_torch.py) are read; whatever is no tensor of loads is refused.</summary>
public sealed class TorchLoadsTests
{
    private const string Plain = "0:0,1,2,3; 1:10,11,12,13";
    private const string Sum = "0:300,303,306,309; 1:330,333,336,339";
    private const string PerPass = "7/0:4,1,2,8; 7/1:28,12,11,24; 8/0:204,101,102,208; 8/1:228,112,111,224; 9/0:404,201,202,408; 9/1:428,212,211,424";

    [Theory]
    [InlineData("sglang-stat.pt", Sum)]
    [InlineData("sglang-stat-approx.pt", Sum)]
    [InlineData("ktransformers.pt", Plain)]
    [InlineData("tensor-windows.pt", Sum)]
    [InlineData("tensor-offset.pt", "0:100,101,102,103; 1:110,111,112,113")]
    [InlineData("tensor-strides.pt", Sum)]
    [InlineData("tensor-uint8.pt", Plain)]
    [InlineData("tensor-int8.pt", Plain)]
    [InlineData("tensor-int16.pt", Plain)]
    [InlineData("tensor-int32.pt", Plain)]
    [InlineData("tensor-int64.pt", Plain)]
    [InlineData("tensor-float16.pt", Plain)]
    [InlineData("tensor-bfloat16.pt", Plain)]
    [InlineData("tensor-float32.pt", Plain)]
    [InlineData("tensor-float64.pt", Plain)]
    public void Every_file_of_tensors_is_read(string file, string loads) => Assert.Equal(loads, ExpertLoadReader.Read(PathOf(file)).Show());

    [Theory]
    [InlineData("sglang-stat.pt")]
    [InlineData("sglang-stat-approx.pt")]
    public void Steps_of_the_ring_buffer_that_were_never_used_are_dropped(string file)
    {
        IReadOnlyList<ExpertLoad> windows = ExpertLoadReader.Read(PathOf(file), perWindow: true);
        Assert.Equal("1/0:0,1,2,3; 1/1:10,11,12,13; 2/0:100,101,102,103; 2/1:110,111,112,113; 3/0:200,201,202,203; 3/1:210,211,212,213", windows.Show());
        Assert.All(windows, load => Assert.False(load.IsChronological));
    }

    [Theory]
    [InlineData("tensor-windows.pt")]
    [InlineData("tensor-strides.pt")]
    public void Windows_of_a_tensor_are_kept_apart_when_asked_for(string file) => Assert.Equal(
        "0/0:0,1,2,3; 0/1:10,11,12,13; 1/0:100,101,102,103; 1/1:110,111,112,113; 2/0:200,201,202,203; 2/1:210,211,212,213",
        ExpertLoadReader.Read(PathOf(file), perWindow: true).Show());

    [Theory]
    [InlineData("sglang-per-pass")]
    [InlineData("sglang-per-token")]
    public void Ranks_are_added_up_pass_by_pass_and_slots_become_experts(string stem)
    {
        string[] ranks = [PathOf($"{stem}-1.pt"), PathOf($"{stem}-0.pt")];
        IReadOnlyList<ExpertLoad> passes = LoadCase.ReadTogether(ranks, perWindow: true);
        Assert.Equal(PerPass, passes.Show());
        Assert.All(passes, load => Assert.True(load.IsChronological));
        Assert.Equal("0:612,303,306,624; 1:684,336,333,672", LoadCase.ReadTogether(ranks).Show());
    }

    [Fact]
    public void A_rank_that_comes_again_starts_another_recording()
    {
        string[] twice = [PathOf("sglang-per-pass-0.pt"), PathOf("sglang-per-pass-1.pt"), PathOf("sglang-per-pass-0.pt")];
        Assert.Equal(4, LoadCase.ReadTogether(twice).Count);
    }

    [Theory]
    [InlineData(EplbError.FormatUnknown, "Import-EplbPlacement", "placement.pt")]
    [InlineData(EplbError.FormatUnknown, "before version 1.6", "legacy.pt")]
    [InlineData(EplbError.FormatInvalid, "'collections.Counter'", "foreign-global.pt")]
    [InlineData(EplbError.FormatInvalid, "[100, 1000] is an expanded view", "expanded.pt")]
    public void Other_files_are_refused(EplbError error, string where, string file) =>
        LoadCase.IsRefused(error, where, () => ExpertLoadReader.Read(PathOf(file)));

    private static string PathOf(string file) => TestData.PathOf("formats/" + file);
}
