using System.Text.Json;

namespace Eplb.Tests.Formats;

/// <summary>Files that other libraries made: tests/data/formats/make_placements.py.</summary>
public class PlacementReaderTests
{
    private static readonly JsonElement Expected = JsonDocument.Parse(File.ReadAllBytes(PathOf("expected.json"))).RootElement;
    private static readonly int[][] Moe = Expected.GetProperty("moe").Deserialize<int[][]>()!;
    private static readonly int[][] Dense = Expected.GetProperty("dense").Deserialize<int[][]>()!;
    private static readonly double[][] Loads = Expected.GetProperty("loads").Deserialize<double[][]>()!;

    [Theory]
    // file, format, first layer id that the file itself gives
    [InlineData("trtllm-block.yaml", PlacementFormat.TensorRTLLM, 2)]
    [InlineData("trtllm-flow.yaml", PlacementFormat.TensorRTLLM, 2)]
    [InlineData("trtllm-ep_size.yaml", PlacementFormat.TensorRTLLM, 2)]
    [InlineData("vllm-ascend.json", PlacementFormat.VllmAscend, 0)]
    [InlineData("vllm.jsonl", PlacementFormat.Vllm, 0)]
    [InlineData("vllm-recording.jsonl", PlacementFormat.Vllm, 0)]
    [InlineData("vllm-array.json", PlacementFormat.VllmArray, 0)]
    [InlineData("export-csv.csv", PlacementFormat.Csv, 2)]
    [InlineData("convertto-json.json", PlacementFormat.Json, 2)]
    public void The_MoE_layers_are_read(string file, PlacementFormat format, int first)
    {
        PlacementFormat found = PlacementFormat.Auto;
        PlacementMap map = PlacementReader.Read(PathOf(file), ref found, new PlacementImportOptions { GpuCount = 4 }, default);
        Assert.Equal(format, found);
        Assert.Equal((12, 4), (map.ReplicaCount, map.GpuCount));
        Assert.Equal(Enumerable.Range(first, 3), map.Layer);
        Assert.Equal(Moe, map.PhysicalToLogical);
        Assert.Equal([2, 3, 4], PlacementReader.Read(PathOf(file), format, Model(5, 2)).Layer);
    }

    [Theory]
    [InlineData("sglang.json")]
    [InlineData("sglang.pt")]
    [InlineData("sglang-recording.pt")]
    [InlineData("fastdeploy.json")]
    public void Files_of_all_hidden_layers_are_read_with_and_without_the_dense_ones(string file)
    {
        Assert.Equal([.. Dense, .. Moe], PlacementReader.Read(PathOf(file), options: new PlacementImportOptions { GpuCount = 4 }).PhysicalToLogical);
        PlacementMap moe = PlacementReader.Read(PathOf(file), options: Model(5, 2));
        Assert.Equal([2, 3, 4], moe.Layer);
        Assert.Equal(Moe, moe.PhysicalToLogical);
    }

    [Theory]
    [InlineData("omni-infer.npy")]
    [InlineData("omni-infer-int64.npy")]
    public void A_pattern_gives_the_experts_of_each_GPU_in_ascending_order(string file)
    {
        PlacementMap map = PlacementReader.Read(PathOf(file));
        Assert.Equal(4, map.GpuCount);
        Assert.Equal(Moe.Select(row => row.Chunk(3).SelectMany(gpu => gpu.Order()).ToArray()), map.PhysicalToLogical);
    }

    [Fact]
    public void Loads_come_with_the_formats_that_hold_them()
    {
        Assert.Equal(Loads, PlacementReader.Read(PathOf("fastdeploy.json"), options: new PlacementImportOptions { GpuCount = 4 }).Load);
        Assert.Equal(Loads.Skip(2), PlacementReader.Read(PathOf("export-csv.csv")).Load);
        Assert.Equal(Loads.Skip(2), PlacementReader.Read(PathOf("convertto-json.json")).Load);
        Assert.Null(PlacementReader.Read(PathOf("vllm-ascend.json")).Load);
    }

    [Fact]
    public void What_a_file_says_of_the_cluster_and_the_plan_is_kept()
    {
        PlacementMap json = PlacementReader.Read(PathOf("convertto-json.json"));
        Assert.Equal((4, 2, 4, PlacementPolicy.Hierarchical), (json.GpuCount, json.NodeCount, json.GroupCount, json.Policy));
        PlacementMap recording = PlacementReader.Read(PathOf("vllm-recording.jsonl"));
        Assert.Equal((4, 2, 4, PlacementPolicy.Global), (recording.GpuCount, recording.NodeCount, recording.GroupCount, recording.Policy));
        Assert.Equal(2, PlacementReader.Read(PathOf("export-csv.csv")).NodeCount);
    }

    [Theory]
    [InlineData("vllm-ascend.json", 3, null, 0)]
    [InlineData("export-csv.csv", 6, null, 2)]
    public void A_model_may_have_layers_behind_those_of_the_file(string file, int hidden, int? first, int layer) =>
        Assert.Equal(Enumerable.Range(layer, 3), PlacementReader.Read(PathOf(file), options: Model(hidden, first)).Layer);

    [Theory]
    [InlineData("""{"physical_to_logical_map":[[0,1]]}""" + " \t\r\n")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[0],"GpuCount":1,"Load":null,"Policy":"global"}""")]
    [InlineData("""{"ep_rank_to_expert_id_list":[[0,1]],"expert_in_rank_num_list":[[1,1]]}""")]
    [InlineData("Layer,PhysicalExpert,LogicalExpert,Replica,ReplicaCount,Node,Gpu,Slot,Load,ExpertLoad,GroupCount,Policy,GpuSpeed\n0,0,0,0,1,0,0,0,0,,,,\n0,1,1,0,1,0,0,1,0,,,,\n")]
    public void What_says_nothing_may_be_there(string text)
    {
        using var file = new TempFile(text);
        PlacementMap map = PlacementReader.Read(file.Path, options: new PlacementImportOptions { GpuCount = 1 });
        Assert.Equal([[0, 1]], map.PhysicalToLogical);
        Assert.Null(map.Load);
    }

    [Theory]
    [InlineData(0, null, EplbError.CountNotPositive, "HiddenLayerCount")]
    [InlineData(65537, null, EplbError.ShapeTooLarge, "HiddenLayerCount 65537")]
    [InlineData(4, 4, EplbError.IndexOutOfRange, "FirstMoeLayer 4 is out of range; it must be 0 to 3")]
    [InlineData(null, 65536, EplbError.IndexOutOfRange, "it must be 0 to 65535")]
    [InlineData(null, -1, EplbError.IndexOutOfRange, "FirstMoeLayer -1")]
    public void A_model_that_cannot_be_is_refused(int? hidden, int? first, EplbError error, string message)
    {
        EplbException broken = Assert.Throws<EplbException>(() => new ModelLayers(hidden, first));
        Assert.Equal(error, broken.Error);
        Assert.Contains(message, broken.Message);
        Assert.Equal(65535, new ModelLayers(65536, 65535).FirstMoeLayer);
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(4, 0)]
    public void Ids_are_positions_as_far_as_the_model_has_so_many(int layers, int offset) =>
        Assert.Equal(offset, new ModelLayers(5, 2).OffsetOf([.. Enumerable.Range(0, layers).Select(layer => new PlacementRow(layer, layer == 0 ? [0, 1] : [1, 0], [0, 0]))], 2));

    [Fact]
    public void A_bare_array_of_slots_is_one_layer() =>
        Assert.Equal([Moe[0]], PlacementReader.Read(PathOf("vllm-array-one-layer.json"), options: new PlacementImportOptions { GpuCount = 4 }).PhysicalToLogical);

    [Theory]
    [InlineData("""{"physical_to_logical_map":[[0.0,1.0,2,1e0]]}""")]
    [InlineData("Layer,PhysicalExpert,LogicalExpert,Replica,Node,Gpu\n0,0,0.0,0,0,0\n0,1.0,1,0,0,0\n0,2,2.0,0.0,0,1.0\n0,3,1,1.0,0,1")]
    public void Ids_that_a_data_frame_or_a_tensor_wrote_as_floats_are_read(string text)
    {
        using var file = new TempFile(text);
        Assert.Equal([[0, 1, 2, 1]], PlacementReader.Read(file.Path, options: new PlacementImportOptions { GpuCount = 2 }).PhysicalToLogical);
    }

    [Theory]
    [InlineData("sglang.json")]
    [InlineData("trtllm-flow.yaml")]
    [InlineData("vllm.jsonl")]
    [InlineData("vllm-array.json")]
    [InlineData("fastdeploy.json")]
    public void A_file_that_does_not_tell_the_GPUs_needs_their_number(string file)
    {
        EplbException broken = Assert.Throws<EplbException>(() => PlacementReader.Read(PathOf(file)));
        Assert.Equal((EplbError.ParameterMissing, (object)PathOf(file)), (broken.Error, broken.Target));
        Assert.Contains("give GpuCount", broken.Message);
    }

    [Theory]
    [InlineData("vllm-ascend.json")]
    [InlineData("omni-infer.npy")]
    [InlineData("export-csv.csv")]
    [InlineData("trtllm-ep_size.yaml")]
    public void A_number_of_GPUs_that_contradicts_the_file_is_refused(string file)
    {
        EplbException broken = Assert.Throws<EplbException>(() => PlacementReader.Read(PathOf(file), options: new PlacementImportOptions { GpuCount = 6 }));
        Assert.Contains("GpuCount 6 was given, but the file says 4", broken.Message);
    }

    [Theory]
    // file, hidden layers, first MoE layer, error, part of the message
    [InlineData("sglang.json", 6, null, EplbError.LayerMissing, "5 layers, but the model has 6")]
    [InlineData("sglang.json", 4, null, EplbError.IndexOutOfRange, "Layer 4 of the file does not exist")]
    [InlineData("sglang.json", null, 5, EplbError.LayerMissing, "no MoE layer")]
    [InlineData("vllm-ascend.json", 6, 2, EplbError.LayerMissing, "The file lacks layer 5; the MoE layers are 2 to 5.")]
    [InlineData("trtllm-flow.yaml", 6, 2, EplbError.LayerMissing, "The file lacks layer 5; the MoE layers are 2 to 5.")]
    [InlineData("trtllm-flow.yaml", null, 1, EplbError.LayerMissing, "The file lacks layer 1; the MoE layers are 1 to 4.")]
    [InlineData("export-csv.csv", 5, 1, EplbError.LayerMissing, "The file lacks layer 1; the MoE layers are 1 to 4.")]
    [InlineData("vllm-ascend.json", 5, null, EplbError.ParameterMissing, "say with FirstMoeLayer")]
    [InlineData("vllm-ascend.json", 4, 2, EplbError.IndexOutOfRange, "Layer 4 of the file does not exist")]
    [InlineData("trtllm-flow.yaml", 5, 3, EplbError.IndexOutOfRange, "Layer 2 of the file comes before the first MoE layer 3")]
    [InlineData("trtllm-flow.yaml", 4, null, EplbError.IndexOutOfRange, "Layer 4 of the file does not exist")]
    public void Layers_that_do_not_fit_the_model_are_refused(string file, int? hidden, int? first, EplbError error, string message)
    {
        EplbException broken = Assert.Throws<EplbException>(() => PlacementReader.Read(PathOf(file), options: Model(hidden, first)));
        Assert.Equal(error, broken.Error);
        Assert.Contains(message, broken.Message);
    }

    internal static string PathOf(string file) => TestData.PathOf("formats/placements/" + file);

    internal static PlacementImportOptions Model(int? hidden, int? first) => new() { GpuCount = 4, Model = new ModelLayers(hidden, first) };
}
