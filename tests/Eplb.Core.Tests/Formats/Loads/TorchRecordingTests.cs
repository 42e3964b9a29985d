namespace Eplb.Tests.Formats.Loads;

/// <summary>A recording of SGLang that contradicts itself is one clear error.</summary>
public sealed class TorchRecordingTests
{
    private static readonly string Counts = HandmadeTorch.Tensor(4, 0, 2, 2, 2, 1);

    [Fact]
    public void The_recording_of_these_tests_is_itself_sound() =>
        Assert.Equal("3/0:0,1; 3/1:0,1", LoadCase.Read(File(Recording($"]{Record(Counts)}a")), perWindow: true).Show());

    [Fact]
    public void Tensors_may_start_behind_other_numbers_of_their_storage()
    {
        string shifted = HandmadeTorch.Tensor(6, 2, 2, 2, 2, 1);
        byte[] file = HandmadeTorch.Zip(Recording($"]{Record(shifted)}a").Replace(Counts, shifted, StringComparison.Ordinal), storage: [9, 9, 0, 1, 1, 0]);
        Assert.Equal("3/0:0,1; 3/1:0,1", LoadCase.Read(file, perWindow: true).Show());
    }

    [Fact]
    public void The_last_pass_that_can_be_numbered_is_read() =>
        Assert.Equal("2147483647/0:0,1; 2147483647/1:0,1", LoadCase.Read(File(Recording($"]{Record(Counts, "J\u00FF\u00FF\u00FF\u007F")}a")), perWindow: true).Show());

    [Theory]
    [InlineData(EplbError.FormatInvalid, "\"records\" must be a list", "K\u0001")]
    [InlineData(EplbError.LoadMissing, "no forward pass", "]")]
    [InlineData(EplbError.FormatInvalid, "Record 0 is not a dict", "]K\u0001a")]
    [InlineData(EplbError.FormatInvalid, "Record 0 needs a whole number under \"forward_pass_id\"", "]}a")]
    public void Records_of_another_kind_are_refused(EplbError error, string where, string records) =>
        LoadCase.IsRefused(error, where, () => LoadCase.Read(File(Recording(records))));

    [Theory]
    [InlineData("J\u00FF\u00FF\u00FF\u00FF", "K\u0000", "forward_pass_id")]
    [InlineData("K\u0001", "N", "rank")]
    [InlineData("K\u0001", "\u008A\u0005\u0000\u0000\u0000\u0000\u0001", "rank")]
    public void Passes_and_ranks_are_whole_numbers(string pass, string rank, string key) => LoadCase.IsRefused(EplbError.FormatInvalid, $"\"{key}\", 0 or higher", () =>
        LoadCase.Read(File(Recording($"]{Record(Counts, pass, rank)}a"))));

    [Fact]
    public void Counts_have_the_shape_of_the_map()
    {
        string wide = HandmadeTorch.Tensor(4, 0, 1, 4, 4, 1), flat = HandmadeTorch.Tensor(HandmadeTorch.Storage("K\u0004"), "K\u0004\u0085", "K\u0001\u0085");
        LoadCase.IsRefused(EplbError.RowLengthMismatch, "Record 0 counts [1, 4], but the map has [2, 2]", () => LoadCase.Read(File(Recording($"]{Record(wide)}a"))));
        LoadCase.IsRefused(EplbError.FormatInvalid, "[4]; [layers, slots] is right", () => LoadCase.Read(File(Recording($"]{Record(flat)}a"))));
        LoadCase.IsRefused(EplbError.FormatInvalid, "a tensor under \"global_physical_count\"", () => LoadCase.Read(File(Recording($"]{Record("N")}a"))));
    }

    [Fact]
    public void A_dict_without_loads_is_refused_by_its_keys()
    {
        LoadCase.IsRefused(EplbError.FormatUnknown, "the keys weights; loads are in", () => LoadCase.Read(File(HandmadeTorch.Dict(HandmadeTorch.Text("weights"), "K\u0001"))));
        LoadCase.IsRefused(EplbError.FormatInvalid, "a tensor under \"logical_count\"", () => LoadCase.Read(File(HandmadeTorch.Dict(HandmadeTorch.Text("logical_count"), "K\u0001"))));
        LoadCase.IsRefused(EplbError.FormatInvalid, "\"last_physical_to_logical_map\"", () => LoadCase.Read(File(HandmadeTorch.Dict(HandmadeTorch.Text("records"), "]K\u0001a"))));
    }

    private static string Recording(string records) =>
        HandmadeTorch.Dict(HandmadeTorch.Text("last_physical_to_logical_map"), Counts, HandmadeTorch.Text("records"), records);

    private static string Record(string counts, string pass = "K\u0003", string rank = "K\u0000") =>
        $"}}({HandmadeTorch.Text("forward_pass_id")}{pass}{HandmadeTorch.Text("rank")}{rank}{HandmadeTorch.Text("global_physical_count")}{counts}u";

    // The map is read as the counts are: experts 0, 1 and 1, 0.
    private static byte[] File(string pickle) => HandmadeTorch.Zip(pickle, storage: [0, 1, 1, 0]);
}
