using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Eplb.Tests.Formats;

public sealed class PlacementExportTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("eplb").FullName;

    // Two layers of 3 experts in 4 slots on 2 GPUs; expert 0 has two replicas.
    private static readonly int[] Row = [0, 1, 2, 0];

    private string Target => Path.Combine(_directory, "map");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(PlacementFormat.SGLang, "{\"physical_to_logical_map\":[\n[0,1,2,0],\n[0,1,2,0],\n[0,1,2,0]\n]}\n")]
    [InlineData(PlacementFormat.TensorRTLLM, "num_slots: 4\nlayer_updates_per_iter: 0\ninitial_global_assignments:\n  1: [0, 1, 2, 0]\n  2: [0, 1, 2, 0]\n")]
    [InlineData(PlacementFormat.VllmArray, "[\n[0,1,2,0],\n[0,1,2,0]\n]\n")]
    [InlineData(PlacementFormat.Vllm, "{\"record_type\":\"eplb_initial_mapping\",\"version\":1,\"num_redundant_experts\":1,\"num_slots\":4,\"initial_global_assignments\":{\"0\":[0,1,2,0],\"1\":[0,1,2,0]}}\n")]
    [InlineData(PlacementFormat.VllmAscend, "{\"moe_layer_count\":2,\"layer_list\":[\n{\"layer_id\":0,\"device_count\":2,\"device_list\":[\n  {\"device_id\":0,\"device_expert\":[0,1]},\n  {\"device_id\":1,\"device_expert\":[2,0]}\n]},\n{\"layer_id\":1,\"device_count\":2,\"device_list\":[\n  {\"device_id\":0,\"device_expert\":[0,1]},\n  {\"device_id\":1,\"device_expert\":[2,0]}\n]}\n]}\n")]
    [InlineData(PlacementFormat.FastDeploy, "{\"action\":\"recv_expert_weight\",\"data\":[\n[0,0,0],\n[10,20,30],\n[333333333,666666667,1000000000]\n]}\n")]
    public void Each_format_is_written_to_the_byte(PlacementFormat format, string expected) =>
        Assert.Equal(expected, Export(Map([1, 2], [10, 20, 30], [1.5, 3, 4.5]), format));

    [Fact]
    public void A_side_car_holds_the_hash_of_the_loads()
    {
        new PlacementExport(Map([1, 2], [10, 20, 30], [1.5, 3, 4.5]), PlacementFormat.Csv).Write(Target);
        using JsonDocument sidecar = JsonDocument.Parse(File.ReadAllBytes(Target + ".eplb.json"));
        byte[] loads = [.. new[] { 10, 20, 30, 1.5, 3, 4.5 }.SelectMany(BitConverter.GetBytes)];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(loads)), sidecar.RootElement.GetProperty("LoadSha256").GetString());
    }

    [Fact]
    public void A_file_without_a_side_car_takes_an_earlier_one_away()
    {
        var export = new PlacementExport(Map([1, 2], [10, 20, 30], [1.5, 3, 4.5]), PlacementFormat.Csv);
        export.Write(Target);
        export.Write(Target, hasSidecar: false);
        Assert.Equal([Target], Directory.GetFiles(_directory));
    }

    [Fact]
    public void The_table_keeps_exact_loads_and_the_plan() =>
        Assert.Equal("""
            Layer,PhysicalExpert,LogicalExpert,Replica,ReplicaCount,Node,Gpu,Slot,Load,ExpertLoad,GroupCount,Policy
            1,0,0,0,2,0,0,0,0.05,0.1,1,Global
            1,1,1,0,1,0,0,1,20,20,1,Global
            1,2,2,0,1,0,1,0,0.30000000000000004,0.30000000000000004,1,Global
            1,3,0,1,2,0,1,1,0.05,0.1,1,Global

            """.ReplaceLineEndings("\n"), Export(Map([1], [0.1, 20, 0.1 + 0.2]), PlacementFormat.Csv));

    [Theory]
    // layers of the plan (a leading ~ is idle), hidden layers, first MoE layer -> layers that the file has
    [InlineData("0 1 2", null, null, PlacementFormat.SGLang, "0 1 2")]
    [InlineData("0 1 2", 5, 2, PlacementFormat.SGLang, "d d 0 1 2")]
    [InlineData("0 1 2", null, 2, PlacementFormat.SGLang, "d d 0 1 2")]
    [InlineData("~0 ~1 2", 5, 2, PlacementFormat.SGLang, "d d 0 1 2")]
    [InlineData("~0 ~1 2", 5, 2, PlacementFormat.TensorRTLLM, "2=0 3=1 4=2")]
    [InlineData("~0 ~1 2", 5, 2, PlacementFormat.VllmArray, "0 1 2")]
    [InlineData("2 3 4", null, null, PlacementFormat.SGLang, "d d 2 3 4")]
    [InlineData("2 3 4", 6, null, PlacementFormat.SGLang, "d d 2 3 4 d")]
    [InlineData("~0 ~1 2 3 4", 5, 2, PlacementFormat.SGLang, "0 1 2 3 4")]
    [InlineData("~0 ~1 2 3 4", null, null, PlacementFormat.SGLang, "0 1 2 3 4")]
    [InlineData("0 1 2", null, 2, PlacementFormat.TensorRTLLM, "2=0 3=1 4=2")]
    [InlineData("0 1 2", null, 0, PlacementFormat.TensorRTLLM, "0=0 1=1 2=2")]
    [InlineData("2 3 4", 5, 2, PlacementFormat.TensorRTLLM, "2=2 3=3 4=4")]
    [InlineData("~0 ~1 2 3 4", null, null, PlacementFormat.TensorRTLLM, "2=2 3=3 4=4")]
    [InlineData("~0 ~1 2 ~3 4", 5, 2, PlacementFormat.TensorRTLLM, "2=2 3=3 4=4")]
    [InlineData("~0 1 ~2 3 ~4", null, null, PlacementFormat.TensorRTLLM, "1=1 2=2 3=3 4=4")]
    [InlineData("~0 1 ~2 3 ~4", null, null, PlacementFormat.VllmArray, "1 2 3 4")]
    [InlineData("~0 ~1", null, null, PlacementFormat.TensorRTLLM, "0=0 1=1")]
    [InlineData("0 1 2", null, null, PlacementFormat.VllmArray, "0 1 2")]
    [InlineData("0 1 2", 5, 2, PlacementFormat.VllmArray, "0 1 2")]
    [InlineData("2 3 4", 5, 2, PlacementFormat.VllmArray, "2 3 4")]
    [InlineData("~0 ~1 2 3 4", null, null, PlacementFormat.VllmArray, "2 3 4")]
    [InlineData("0 1 2", 5, 2, PlacementFormat.Json, "2=0 3=1 4=2")]
    [InlineData("~0 ~1 2 3 4", 5, 2, PlacementFormat.Json, "0=0 1=1 2=2 3=3 4=4")]
    public void Layers_are_numbered_as_the_server_numbers_them(string plan, int? hidden, int? first, PlacementFormat format, string expected)
    {
        PlacementMap map = Numbered(plan);
        new PlacementExport(map, format, new ModelLayers(hidden, first)).Write(Target);
        PlacementMap read = PlacementReader.Read(Target, options: new PlacementImportOptions { GpuCount = 4 });
        // The plan's layer is recognised by how far its row is rotated; a dense one is not among the plan's.
        IEnumerable<string> layers = read.Layer.Select((layer, i) =>
        {
            int rotation = read.PhysicalToLogical[i][0];
            string name = rotation == 0 ? "d" : $"{rotation - 1}";
            return expected.Contains('=') ? $"{layer}={name}" : name;
        });
        Assert.Equal(expected, string.Join(' ', layers));
    }

    [Theory]
    // layers of the plan, hidden layers, first MoE layer, error, part of the message
    [InlineData("0 1 2", 5, null, PlacementFormat.SGLang, EplbError.ParameterMissing, "say with FirstMoeLayer")]
    [InlineData("0 1 2", 2, null, PlacementFormat.SGLang, EplbError.PlacementUnsuitable, "Layer 2 does not exist in a model of 2 hidden layers")]
    [InlineData("0 1 2", 5, null, PlacementFormat.TensorRTLLM, EplbError.ParameterMissing, "say with FirstMoeLayer")]
    [InlineData("2 4", null, 2, PlacementFormat.TensorRTLLM, EplbError.PlacementUnsuitable, "Layer 3 is missing")]
    [InlineData("2 4", 5, 2, PlacementFormat.SGLang, EplbError.PlacementUnsuitable, "Layer 3 is missing; the MoE layers are 2 to 4")]
    [InlineData("2 4", 5, 2, PlacementFormat.FastDeploy, EplbError.PlacementUnsuitable, "Layer 3 is missing; the MoE layers are 2 to 4")]
    [InlineData("2 3", 5, 2, PlacementFormat.VllmArray, EplbError.PlacementUnsuitable, "Layer 4 is missing")]
    public void Layers_that_do_not_fit_are_refused(string plan, int? hidden, int? first, PlacementFormat format, EplbError error, string message)
    {
        EplbException broken = Assert.Throws<EplbException>(() => new PlacementExport(Numbered(plan), format, new ModelLayers(hidden, first)));
        Assert.Equal(error, broken.Error);
        Assert.Contains(message, broken.Message);
    }

    [Theory]
    [InlineData("0 1 2", null, null, true)]
    [InlineData("0 1 2", 3, null, false)]
    [InlineData("0 1 2", null, 0, false)]
    [InlineData("1 2", null, null, false)]
    [InlineData("~0 1 2", null, null, false)]
    public void Ids_that_may_be_positions_are_told(string plan, int? hidden, int? first, bool isTold)
    {
        Assert.Equal(isTold, new PlacementExport(Numbered(plan), PlacementFormat.SGLang, new ModelLayers(hidden, first)).AreIdsTakenAsAbsolute);
        Assert.False(new PlacementExport(Numbered(plan), PlacementFormat.VllmArray, new ModelLayers(hidden, first)).AreIdsTakenAsAbsolute);
    }

    [Theory]
    [InlineData(PlacementFormat.VllmAscend)]
    [InlineData(PlacementFormat.OmniInfer)]
    public void An_expert_twice_on_a_GPU_is_named_and_nothing_is_written(PlacementFormat format)
    {
        var map = new PlacementMap([LayerPlacement.Create(7, [0, 1, 2, 2], 3)], new ClusterShape(4, 2), PlacementPolicy.Global);
        EplbException broken = Assert.Throws<EplbException>(() => Export(map, format));
        Assert.Equal(EplbError.PlacementUnsuitable, broken.Error);
        Assert.Contains("Layer 7: GPU 1 holds expert 2 twice, in slots 2 and 3", broken.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public void Without_loads_a_layer_whose_slots_hold_their_own_numbers_is_dense()
    {
        int[] gpus = [0, 0, 1, 1];
        PlacementRow dense = new(0, [0, 1, 2, 0], gpus), busy = new(0, [0, 1, 2, 1], gpus), moe = new(1, [2, 1, 0, 2], gpus);
        var model = new ModelLayers(firstMoeLayer: 1);
        // Below the first MoE layer there are only dense ones: an id of a busy layer there is a position.
        Assert.Equal(0, model.OffsetOf([dense, moe], 3));
        Assert.Equal(1, model.OffsetOf([busy, moe], 3));
        Assert.Equal(EplbError.ShapeTooLarge, Assert.Throws<EplbException>(() => new ModelLayers(ModelLayers.MaxHiddenLayerCount + 1)).Error);
    }

    [Fact]
    public void The_data_of_a_pattern_starts_at_a_multiple_of_64()
    {
        new PlacementExport(Map([1, 2], [10, 20, 30], [1.5, 3, 4.5]), PlacementFormat.OmniInfer).Write(Target);
        // 2 GPUs with 2 layers of 3 experts, an int32 each.
        Assert.Equal(0, (new FileInfo(Target).Length - (2 * 2 * 3 * sizeof(int))) % 64);
    }

    [Fact]
    public void FastDeploy_needs_loads()
    {
        var map = new PlacementMap([LayerPlacement.Create(0, Row, 3)], new ClusterShape(4, 2), PlacementPolicy.Global);
        Assert.Contains("The loads of layer 0 are not known", Assert.Throws<EplbException>(() => Export(map, PlacementFormat.FastDeploy)).Message);
    }

    [Fact]
    public void A_file_is_written_in_one_format() =>
        Assert.Throws<EplbException>(() => new PlacementExport(Map([0], [1, 2, 3]), PlacementFormat.Auto));

    [Fact]
    public void A_side_car_tells_where_the_placement_comes_from()
    {
        PlacementMap plan = Planner.Plan(LoadMatrix.Combine([new ExpertLoad(3, [10, 20, 30], source: "folder/today \"1\".json")]), new ClusterShape(4, 2));
        new PlacementExport(plan, PlacementFormat.TensorRTLLM, new ModelLayers(null, 3)).Write(Target);
        byte[] first = File.ReadAllBytes(Target + ".eplb.json");
        using JsonDocument json = JsonDocument.Parse(first);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Target))), json.RootElement.GetProperty("Sha256").GetString());
        Assert.Equal("today \"1\".json", json.RootElement.GetProperty("Sources")[0].GetString());
        Assert.Equal((3, 2), (json.RootElement.GetProperty("FirstMoeLayer").GetInt32(), json.RootElement.GetProperty("GpuCount").GetInt32()));
        new PlacementExport(plan, PlacementFormat.TensorRTLLM, new ModelLayers(null, 3)).Write(Target);
        Assert.Equal(first, File.ReadAllBytes(Target + ".eplb.json"));
    }

    [Fact]
    public void A_side_car_is_no_placement()
    {
        new PlacementExport(Map([0], [1, 2, 3]), PlacementFormat.Json).Write(Target);
        EplbException broken = Assert.Throws<EplbException>(() => PlacementReader.Read(Target + ".eplb.json"));
        Assert.Equal(EplbError.FormatUnknown, broken.Error);
        Assert.Contains("The file is the side-car of map, which tells", broken.Message);
        Assert.True(PlacementProvenance.IsSidecar(Target + ".eplb.json"));
        Assert.False(PlacementProvenance.IsSidecar(Target));
        File.Delete(Target);
        Assert.False(PlacementProvenance.IsSidecar(Target + ".eplb.json"));
    }

    [Fact]
    public void A_cancelled_export_leaves_nothing()
    {
        using var cancellation = new CancellationTokenSource();
        var export = new PlacementExport(Map([0], [1, 2, 3]), PlacementFormat.Json, cancellationToken: cancellation.Token);
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => export.Write(Target, cancellationToken: cancellation.Token));
        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public void Files_are_the_same_in_every_culture()
    {
        PlacementMap map = Map([1, 2], [0.1, 20, 1e300 / 1e280], [1.5, 3, 4.5]);
        foreach (PlacementFormat format in Enum.GetValues<PlacementFormat>().Where(format => format != PlacementFormat.Auto))
        {
            string expected = Export(map, format);
            foreach (string culture in new[] { "de-DE", "ar-SA", "tr-TR" })
            {
                CultureInfo before = CultureInfo.CurrentCulture;
                CultureInfo.CurrentCulture = new(culture);
                try
                {
                    Assert.Equal(expected, Export(map, format));
                }
                finally
                {
                    CultureInfo.CurrentCulture = before;
                }
            }
        }
    }

    private string Export(PlacementMap map, PlacementFormat format)
    {
        new PlacementExport(map, format).Write(Target, hasSidecar: false);
        return File.ReadAllText(Target);
    }

    private static PlacementMap Map(int[] layers, params double[][] loads) => new(
        [.. layers.Select((layer, i) => LayerPlacement.Create(layer, Row, 3, loads[i]))], new ClusterShape(4, 2), PlacementPolicy.Global);

    // Layer i of the plan starts with expert i + 1 and goes on from there; so it never looks like a dense one.
    private static PlacementMap Numbered(string plan) => new(
        [
            .. plan.Split(' ').Select(name =>
            {
                int layer = int.Parse(name.TrimStart('~'), CultureInfo.InvariantCulture);
                return LayerPlacement.Create(layer, [.. Enumerable.Range(0, 8).Select(slot => (slot + layer + 1) % 8)], 8,
                    [.. Enumerable.Repeat(name[0] == '~' ? 0.0 : 1.0, 8)]);
            }),
        ], new ClusterShape(8, 4), PlacementPolicy.Global);
}
