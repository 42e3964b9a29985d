using CsCheck;

namespace Eplb.Tests.Formats;

public class PlacementRoundTripTests
{
    [Theory]
    [InlineData(PlacementFormat.Csv)]
    [InlineData(PlacementFormat.Json)]
    public void The_modules_own_formats_keep_everything(PlacementFormat format) =>
        PlacementGen.Any.Sample(map => PlacementGen.AreEqual(map, Pass(map, format, new PlacementImportOptions())));

    [Theory]
    [InlineData(PlacementFormat.Csv)]
    [InlineData(PlacementFormat.Json)]
    public void The_modules_own_formats_keep_lost_GPUs_speeds_and_uneven_slots(PlacementFormat format) =>
        PlacementGen.Gapped.Sample(map => PlacementGen.AreEqual(map, Pass(map, format, new PlacementImportOptions())));

    [Theory]
    [InlineData(PlacementFormat.SGLang)]
    [InlineData(PlacementFormat.TensorRTLLM)]
    [InlineData(PlacementFormat.VllmAscend)]
    [InlineData(PlacementFormat.Vllm)]
    [InlineData(PlacementFormat.VllmArray)]
    [InlineData(PlacementFormat.FastDeploy)]
    [InlineData(PlacementFormat.OmniInfer)]
    public void Servers_formats_refuse_empty_slots_and_uneven_ones(PlacementFormat format) =>
        PlacementGen.Gapped.Sample(map =>
        {
            if (map.ExcludedGpu.Count == 0 && map.ReplicaCount % map.GpuCount == 0) return;
            Assert.Equal(EplbError.PlacementUnsuitable, Assert.Throws<EplbException>(() => new PlacementExport(map, format)).Error);
        });

    [Theory]
    [InlineData(PlacementFormat.Csv)]
    [InlineData(PlacementFormat.Json)]
    public void A_plan_keeps_the_numbers_of_its_replicas(PlacementFormat format) =>
        PlanGen.Hierarchical.Sample(request =>
        {
            PlacementMap map = Planner.Plan(request.Loads, request.Shape);
            return PlacementGen.AreEqual(map, Pass(map, format, new PlacementImportOptions()));
        });

    [Theory]
    [InlineData(PlacementFormat.TensorRTLLM)]
    [InlineData(PlacementFormat.Vllm)]
    [InlineData(PlacementFormat.VllmArray)]
    public void Servers_formats_keep_the_slots_of_every_MoE_layer(PlacementFormat format) =>
        PlacementGen.Any.Sample(map => PlacementGen.HaveEqualSlots(map, Pass(map, format, WithModel(map))));

    [Fact]
    public void SGLang_fills_up_the_dense_layers_and_leaves_them_out_again() =>
        PlacementGen.Any.Sample(map =>
        {
            PlacementImportOptions options = WithModel(map);
            PlacementMap all = Pass(map, PlacementFormat.SGLang, new PlacementImportOptions { GpuCount = map.GpuCount }, options.Model);
            Assert.Equal(Enumerable.Range(0, map.Layer[^1] + 1), all.Layer);
            return PlacementGen.HaveEqualSlots(map, Pass(map, PlacementFormat.SGLang, options));
        });

    [Fact]
    public void Vllm_ascend_keeps_the_slots_and_the_GPUs() =>
        PlacementGen.Spread.Sample(map => PlacementGen.HaveEqualSlots(map, Pass(map, PlacementFormat.VllmAscend, new PlacementImportOptions { Model = WithModel(map).Model })));

    [Fact]
    public void Omni_infer_keeps_which_experts_each_GPU_holds() =>
        PlacementGen.Spread.Sample(map =>
        {
            PlacementMap read = Pass(map, PlacementFormat.OmniInfer, new PlacementImportOptions { Model = WithModel(map).Model });
            return PlacementGen.HaveEqualSlots(SortGpus(map), read);
        });

    private static PlacementImportOptions WithModel(PlacementMap map) => new()
    {
        GpuCount = map.GpuCount,
        Model = new ModelLayers(map.Layer[^1] + 1, map.Layer[0]),
    };

    private static PlacementMap Pass(PlacementMap map, PlacementFormat format, PlacementImportOptions options, ModelLayers? model = null)
    {
        using var file = new MemoryStream();
        new PlacementExport(map, format, model ?? options.Model).Write(file);
        file.Position = 0;
        return PlacementReader.Read(file, options);
    }

    private static PlacementMap SortGpus(PlacementMap map)
    {
        int length = map.ReplicaCount / map.GpuCount;
        return new PlacementMap(
            [.. map.Layer.Select((layer, i) => LayerPlacement.Create(layer,
                [.. map.PhysicalToLogical[i].Chunk(length).SelectMany(gpu => gpu.Order())], map.ExpertCount[i].Length))],
            map.Shape, map.Policy);
    }
}
