using System.Text;

namespace Eplb.Tests.Formats.Loads;

/// <summary>What TensorRT-LLM, vLLM, Megatron-core, omni-infer and old SGLang record (tests/data/formats/make_servers.py) is read.</summary>
public sealed class ServerLoadsTests
{
    [Theory]
    [InlineData(LoadFormat.TensorRTLLM, "tensorrt-llm", 3, 50)]
    [InlineData(LoadFormat.TensorRTLLM, "tensorrt-llm/rank1.safetensors tensorrt-llm/rank0.safetensors", 3, 50)]
    [InlineData(LoadFormat.Vllm, "vllm.jsonl", 0, 50)]
    [InlineData(LoadFormat.Megatron, "mcore_ep_loads_rank1_0.npz mcore_ep_loads_rank0_0.npz", 3, 0)]
    [InlineData(LoadFormat.OmniInfer, "omni-infer/*", 0, 0)]
    public void A_recording_is_read_whole(LoadFormat format, string files, int firstLayer, int firstWindow)
    {
        string[] paths = files == "omni-infer/*"
            ? [.. Directory.EnumerateFiles(TestData.PathOf("formats/omni-infer")).Order(StringComparer.Ordinal).Reverse()]
            : [.. files.Split(' ').Select(file => TestData.PathOf("formats/" + file))];
        Assert.Equal(format, ExpertLoadReader.ReadRecording(paths[0]).Format);
        Assert.Equal($"{firstLayer}:300,303,306,309; {firstLayer + 1}:330,333,336,339", LoadCase.ReadTogether(paths).Show());

        IReadOnlyList<ExpertLoad> windows = LoadCase.ReadTogether(paths, perWindow: true);
        Assert.Equal(6, windows.Count);
        Assert.Equal($"{firstWindow + 1}/{firstLayer}:100,101,102,103; {firstWindow + 1}/{firstLayer + 1}:110,111,112,113", windows.Skip(2).Take(2).Show());
        Assert.All(windows, load => Assert.True(load.IsChronological));
    }

    [Fact]
    public void A_rank_that_is_missing_is_named()
    {
        using var meta = new TempFile(Encoding.UTF8.GetBytes("""{"num_experts": 4, "ep_size": 3}"""), "meta_info.json");
        string folder = Path.GetDirectoryName(meta.Path)!;
        for (int rank = 0; rank < 2; rank++) File.Copy(TestData.PathOf($"formats/tensorrt-llm/rank{rank}.safetensors"), Path.Combine(folder, $"rank{rank}.safetensors"));
        LoadCase.IsRefused(EplbError.FileNotFound, "rank2.safetensors", () => ExpertLoadReader.Read(folder));

        string lone = TestData.PathOf("formats/omni-infer/activation_counts_recordstep_2_rank_1.txt");
        LoadCase.IsRefused(EplbError.FileNotFound, "rank 0", () => ExpertLoadReader.Read(lone));
    }

    [Fact]
    public void Layers_of_a_rank_need_the_same_number_of_slots()
    {
        using var file = new TempFile("1\t2\t\n3\t\n"u8.ToArray(), "activation_counts_recordstep_1_rank_0.txt");
        LoadCase.IsRefused(EplbError.RowLengthMismatch, "Line 2 has 1 counts, but the first line has 2", () => ExpertLoadReader.Read(file.Path));
    }

    [Theory]
    [InlineData(EplbError.LayerMissing, "Step 1 of rank 1 has 1 layers, but this one 2", "1\t2\n3\t4\n", "5\t6\n")]
    [InlineData(EplbError.LayerMissing, "Step 1 of rank 1 has 2 layers, but this one 1", "1\t2\n", "3\t4\n5\t6\n")]
    [InlineData(EplbError.RowLengthMismatch, "Step 1 of rank 1 has 3 slots, but this one 2", "1\t2\n", "3\t4\t5\n")]
    public void Ranks_of_another_shape_are_refused(EplbError error, string where, string rank0, string rank1)
    {
        using var first = new TempFile(Encoding.UTF8.GetBytes(rank0), "activation_counts_recordstep_1_rank_0.txt");
        string second = Path.Combine(Path.GetDirectoryName(first.Path)!, "activation_counts_recordstep_1_rank_1.txt");
        File.WriteAllText(second, rank1);
        LoadCase.IsRefused(error, where, () => LoadCase.ReadTogether([first.Path, second]));
    }

    [Fact]
    public void Steps_of_a_rank_need_the_same_layers()
    {
        using var first = new TempFile("1\t2\n3\t4\n"u8.ToArray(), "activation_counts_recordstep_1_rank_0.txt");
        using var second = new TempFile("5\t6\n"u8.ToArray(), "activation_counts_recordstep_2_rank_0.txt");
        LoadCase.IsRefused(EplbError.LayerMissing, "Step 2 of rank 0 has 1 layers", () => LoadCase.ReadTogether([first.Path, second.Path]));
    }

    [Theory]
    [InlineData("step 2 has 1 layers, but the lines before it have or announce 2", "")]
    [InlineData("step 1 has 2 layers, but the lines before it have or announce 3", """{"record_type": "eplb_load_meta", "num_layers": 3}""")]
    public void Steps_of_vLLM_need_the_same_layers(string where, string meta) => LoadCase.IsRefused(EplbError.LayerMissing, where, () => LoadCase.Read(meta + """
        {"record_type": "eplb_load_stats", "step": 1, "expert_load": [[1], [2]], "p2l_map": [[0], [0]]}
        {"record_type": "eplb_load_stats", "step": 2, "expert_load": [[1]], "p2l_map": [[0]]}
        """));

    [Fact]
    public void Experts_that_old_SGLang_left_out_got_nothing()
    {
        using var rank0 = new TempFile(Encoding.UTF8.GetBytes("layer_id,expert_id,count\n3,2,5\n3,0,1\n4,1,2\n"), "expert_distribution_rank0_timestamp1744347750.37.csv");
        using var rank1 = new TempFile(Encoding.UTF8.GetBytes("layer_id,expert_id,count\n3,3,7\n4,1,2\n"), "expert_distribution_rank1_timestamp1744347751.25.csv");
        Assert.Equal("3:1,0,5,7; 4:0,4,0,0", LoadCase.ReadTogether([rank0.Path, rank1.Path]).Show());
        Assert.Equal("3:1,0,5,7; 4:0,4,0,0", LoadCase.ReadTogether([rank1.Path, rank0.Path]).Show());

        using var few = new TempFile(Encoding.UTF8.GetBytes("layer_id,expert_id,count\n3,255,5\n"), "expert_distribution_rank2_timestamp1.csv");
        Assert.Equal(256, ExpertLoadReader.Read(few.Path).Single().ExpertCount);

        // The same table under another name is held to the rule, and so is another table under the name.
        using var other = new TempFile(Encoding.UTF8.GetBytes("layer,expert,load\n3,1,5\n"), "expert_distribution_rank0_timestamp1.csv");
        LoadCase.IsRefused(EplbError.ExpertMissing, "Layer 3: expert 0", () => ExpertLoadReader.Read(other.Path));
        LoadCase.IsRefused(EplbError.ExpertMissing, "Layer 3: expert 1", () => LoadCase.Read("layer_id,expert_id,count\n3,2,5\n3,0,1\n"));
    }

    [Theory]
    [InlineData(EplbError.RowLengthMismatch, "Line 1: Layer 0", "[[1,2]]", "[[0,1,2]]")]
    [InlineData(EplbError.FormatInvalid, "2 layers", "[[1,2],[3,4]]", "[[0,1]]")]
    [InlineData(EplbError.IndexOutOfRange, "slot 1 holds expert 2", "[[1,2]]", "[[0,2]]")]
    [InlineData(EplbError.IndexOutOfRange, "empty", "[[1,2]]", "[[0,-1]]")]
    [InlineData(EplbError.LoadNegative, "slot", "[[1,-2]]", "[[0,1]]")]
    [InlineData(EplbError.LoadNotFinite, "Loads by slot: Layer 0, expert 1", "[[1,1e39]]", "[[0,1]]")]
    [InlineData(EplbError.RowLengthMismatch, "Layer 1 of the map has 1 slots, but layer 0 has 2", "[[1,2],[3]]", "[[0,1],[0]]")]
    [InlineData(EplbError.FormatInvalid, "\"expert_load\" must be an array", "[]", "[[0,1]]")]
    [InlineData(EplbError.FormatInvalid, "\"expert_load\" must be an array", "[1]", "[[0,1]]")]
    [InlineData(EplbError.FormatInvalid, "\"expert_load\" must be an array", "[[1],1]", "[[0,1]]")]
    public void Bad_lines_of_vLLM_are_refused(EplbError error, string where, string loads, string map) => LoadCase.IsRefused(error, where, () =>
        LoadCase.Read($$"""{"record_type": "eplb_load_stats", "version": 1, "step": 1, "expert_load": {{loads}}, "p2l_map": {{map}}}"""));

    [Theory]
    [InlineData("0")]
    [InlineData("2147483647")]
    public void Steps_of_vLLM_are_windows_and_slots_without_load_may_be_empty(string step) => Assert.Equal($"{step}/0:2,0", LoadCase.Read(
        $$"""{"record_type": "eplb_load_stats", "step": {{step}}, "expert_load": [[0,2,0]], "p2l_map": [[-1,0,1]]}""", perWindow: true).Show());

    [Fact]
    public void Other_lines_of_vLLM_are_refused()
    {
        LoadCase.IsRefused(EplbError.FormatUnknown, "Import-EplbPlacement", () => LoadCase.Read("""{"record_type": "eplb_initial_mapping"} {"record_type": "eplb_initial_mapping"}"""));
        LoadCase.IsRefused(EplbError.FormatUnknown, "Import-EplbPlacement", () => LoadCase.Read("""{"record_type": "eplb_initial_mapping", "version": 1}"""));
        LoadCase.IsRefused(EplbError.LoadMissing, "eplb_load_stats", () => LoadCase.Read("""{"record_type": "other"}"""));
        LoadCase.IsRefused(EplbError.FormatInvalid, "version 2", () =>
            LoadCase.Read("""{"record_type": "eplb_load_stats", "version": 2, "step": 1, "expert_load": [[1]], "p2l_map": [[0]]}"""));
    }

    [Theory]
    [InlineData("each line must be a JSON object", """{"record_type": "other"} [1]""")]
    [InlineData("\"record_type\" must be text", """{"record_type": 1}""")]
    [InlineData("\"version\" must be a number", """{"record_type": "eplb_load_stats", "version": "1"}""")]
    [InlineData("\"step\" must be a whole number", """{"record_type": "eplb_load_stats", "step": -1}""")]
    [InlineData("\"step\" must be a whole number", """{"record_type": "eplb_load_stats", "step": 1.5}""")]
    [InlineData("\"step\" must be a whole number", """{"record_type": "eplb_load_stats", "step": 3e9}""")]
    [InlineData("\"step\" must be a whole number", """{"record_type": "eplb_load_stats", "version": 1}""")]
    [InlineData("\"p2l_map\" must be an array", """{"record_type": "eplb_load_stats", "step": 1, "p2l_map": 1}""")]
    [InlineData("needs \"expert_load\" and \"p2l_map\"", """{"record_type": "eplb_load_stats", "step": 1, "p2l_map": [[0]]}""")]
    [InlineData("needs \"expert_load\" and \"p2l_map\"", """{"record_type": "eplb_load_stats", "step": 1, "expert_load": [[0]]}""")]
    [InlineData("\"expert_load\" has 2 layers", """{"record_type": "eplb_load_stats", "step": 1, "expert_load": [[1], [1]], "p2l_map": [[0]]}""")]
    [InlineData("not valid JSON", """{"record_type": "eplb_load_stats", "step": 1""")]
    [InlineData("holds \"expert_load\" twice", """{"record_type": "eplb_load_stats", "expert_load": [[1]], "expert_load": [[2]]}""")]
    [InlineData("holds \"p2l_map\" twice", """{"record_type": "eplb_load_stats", "p2l_map": [[0]], "p2l_map": [[0]]}""")]
    [InlineData("holds \"step\" twice", """{"record_type": "eplb_load_stats", "step": 1, "step": 2}""")]
    [InlineData("holds \"record_type\" twice", """{"record_type": "eplb_load_stats", "record_type": "other"}""")]
    [InlineData("\"expert_load\", layer 1: Line 1: value 1 of the array is not a number", """{"record_type": "eplb_load_stats", "expert_load": [[1, 2], [3, "x"]]}""")]
    public void Lines_of_vLLM_are_held_to_their_form(string where, string line) =>
        LoadCase.IsRefused(EplbError.FormatInvalid, where, () => LoadCase.Read(line));

    [Theory]
    [InlineData(EplbError.ShapeTooLarge, "claims", "", 1 << 30)]
    [InlineData(EplbError.ShapeTooLarge, "0_0", """{"0_0": {"dtype": "I64", "shape": [4], "data_offsets": [0, 32]}}""")]
    [InlineData(EplbError.ShapeTooLarge, "0_0", """{"0_0": {"dtype": "I64", "shape": [4], "data_offsets": [0, 16]}}""")]
    [InlineData(EplbError.ShapeTooLarge, "overlap", """{"0_0": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]}, "0_1": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]}}""")]
    [InlineData(EplbError.FormatInvalid, "F8", """{"0_0": {"dtype": "F8_E4M3", "shape": [16], "data_offsets": [0, 16]}}""")]
    [InlineData(EplbError.ShapeTooLarge, "claims 100 bytes", "", 100)]
    [InlineData(EplbError.FormatInvalid, "damaged", """{"__metadata__": [[[[[[[[1]]]]]]]]}""")]
    [InlineData(EplbError.FormatInvalid, "damaged", """{"0_0": {"dtype": 1, "shape": [1], "data_offsets": [0, 8]}}""")]
    [InlineData(EplbError.FormatInvalid, "damaged", """{"0_0": {"dtype": "I64", "shape": [1.5], "data_offsets": [0, 8]}}""")]
    [InlineData(EplbError.FormatInvalid, "'layer'", """{"layer": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]}}""")]
    [InlineData(EplbError.FormatInvalid, "damaged", """{"0_0": {"dtype": "I64"}}""")]
    [InlineData(EplbError.FormatInvalid, "not in order", """{"0_0": {"dtype": "I64", "shape": [-1], "data_offsets": [8, 0]}}""")]
    [InlineData(EplbError.LoadMissing, "no tensor", """{"__metadata__": {}}""")]
    public void Safetensors_that_lie_are_refused(EplbError error, string where, string header, int length = 0)
    {
        byte[] text = Encoding.UTF8.GetBytes(header.PadRight(16));
        using var file = new TempFile([.. BitConverter.GetBytes((long)(length == 0 ? text.Length : length)), .. text, .. new byte[16]], "rank0.safetensors");
        LoadCase.IsRefused(error, where, () =>
        {
            // Straight to the reader: a header that is too long is not recognised as one.
            using FileStream stream = File.OpenRead(file.Path);
            TensorRtLlmLoads.ReadRank(stream, new LoadSums(perWindow: false), default);
            return [];
        });
    }

    [Fact]
    public void The_general_format_may_be_asked_for() =>
        Assert.Equal("0:200,201; 1:210,211", ExpertLoadReader.Read(TestData.PathOf("formats/omni-infer/activation_counts_recordstep_2_rank_0.txt"), LoadFormat.Csv).Show());
}
