using System.Text;

namespace Eplb.Tests.Formats;

/// <summary>What makes a file no placement is named in one clean error.</summary>
public class HostilePlacementTests
{
    [Theory]
    // nesting, other keys, keys twice
    [InlineData("""{"physical_to_logical_map":[[0,1]],"logical_count":[[1,2]]}""", EplbError.FormatInvalid, "\"logical_count\"")]
    [InlineData("""{"physical_to_logical_map":[[0,1]],"physical_to_logical_map":[[0,1]]}""", EplbError.FormatInvalid, "twice")]
    [InlineData("""{"physical_to_logical_map":[[0,1.5]]}""", EplbError.FormatInvalid, "physical_to_logical_map[0][1] is 1.5")]
    [InlineData("""{"physical_to_logical_map":[[0,1],[0]]}""", EplbError.RowLengthMismatch, "Layer 1 has 1 slots")]
    [InlineData("""{"physical_to_logical_map":[]}""", EplbError.PlacementInvalid, "no layer")]
    [InlineData("""{"physical_to_logical_map":[[]]}""", EplbError.PlacementInvalid, "no slots")]
    [InlineData("""{"logical_count":[[1,2]]}""", EplbError.FormatUnknown, "Import-ExpertLoad")]
    [InlineData("""{"physical_to_logical_map":[[0,1]]} {}""", EplbError.FormatInvalid, "second JSON document")]
    // numbers beyond their range, and those that would cost memory
    [InlineData("""{"physical_to_logical_map":[[0,2147483647]]}""", EplbError.IndexOutOfRange, "expert 2147483647 cannot be right")]
    [InlineData("""{"physical_to_logical_map":[[0,99999999999]]}""", EplbError.FormatInvalid, "not a whole number")]
    [InlineData("""{"physical_to_logical_map":[[0,1e300]]}""", EplbError.FormatInvalid, "is 1e300, not a whole number")]
    [InlineData("""{"physical_to_logical_map":[[0,"1"]]}""", EplbError.FormatInvalid, "is a text, not a whole number")]
    [InlineData("""{"physical_to_logical_map":[[0,-1]]}""", EplbError.IndexOutOfRange, "expert -1 does not exist")]
    [InlineData("""{"physical_to_logical_map":[[0,0,2,2]]}""", EplbError.ExpertMissing, "expert 1 has no slot")]
    [InlineData("""{"record_type":"eplb_initial_mapping","initial_global_assignments":{"2000000000":[0,1]}}""", EplbError.IndexOutOfRange, "Layer 2000000000")]
    [InlineData("""{"record_type":"eplb_initial_mapping","num_slots":3,"initial_global_assignments":{"0":[0,1]}}""", EplbError.RowLengthMismatch, "num_slots")]
    [InlineData("""{"record_type":"eplb_initial_mapping","initial_global_assignments":{"x":[0,1]}}""", EplbError.FormatInvalid, "\"x\"")]
    [InlineData("""{"record_type":"eplb_initial_mapping","initial_global_assignments":{"0":[0,1],"2":[0,1]}}""", EplbError.LayerMissing, "The file lacks layer 1; the MoE layers are 0 to 2.")]
    [InlineData("""{"record_type":"eplb_initial_mapping","initial_global_assignments":{"1":[0,1]}}""", EplbError.LayerMissing, "The file lacks layer 0; the MoE layers are 0 to 1.")]
    [InlineData("""{"record_type":"eplb_initial_mapping","version":2,"initial_global_assignments":{"0":[0,1]}}""", EplbError.FormatInvalid, "has the \"version\" 2; version 1 is read")]
    [InlineData("""{"record_type":"eplb_initial_mapping","num_redundant_experts":1,"initial_global_assignments":{"0":[0,1]}}""", EplbError.FormatInvalid, "says \"num_redundant_experts\" 1, but 2 slots hold 2 experts")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[0],"GpuCount":1,"ReplicaCount":3}""", EplbError.RowLengthMismatch, "PhysicalToLogical[0] has 2 slots, but \"ReplicaCount\" is 3")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[0],"GpuCount":1,"ExpertCount":[[1,2]]}""", EplbError.FormatInvalid, "ExpertCount[0] says that expert 1 has 2 replicas, but its slots are 1")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[0],"GpuCount":1,"ExcludedGpu":[1]}""", EplbError.PlacementInvalid, "the excluded GPUs are [1], but those without experts are []")]
    [InlineData("""{"ep_rank_to_expert_id_list":[[0,1]],"expert_id_to_ep_rank_array":[[[1,-1],[0,-1]]]}""", EplbError.PlacementInvalid, "names slot 1, which does not hold expert 0")]
    [InlineData("""{"ep_rank_to_expert_id_list":[[0,1,0]],"expert_id_to_ep_rank_array":[[[0,-1],[1,-1]]]}""", EplbError.PlacementInvalid, "slot 2: replica -1 of expert 0")]
    [InlineData("""{"record_type":"other"}""", EplbError.FormatUnknown, "eplb_initial_mapping")]
    [InlineData("{\n\"physical_to_logical_map\":[[0]],\"\\ud800\":1}", EplbError.FormatInvalid, "Line 2: a text is not valid UTF-8")]
    // lists that contradict their counts
    [InlineData("""{"moe_layer_count":2,"layer_list":[{"device_list":[{"device_expert":[0]},{"device_expert":[1]}]}]}""", EplbError.FormatInvalid, "\"moe_layer_count\" 2, but the list has 1")]
    [InlineData("""{"layer_list":[{"device_count":3,"device_list":[{"device_expert":[0]},{"device_expert":[1]}]}]}""", EplbError.FormatInvalid, "layer_list[0] says \"device_count\" 3")]
    [InlineData("""{"layer_list":[{"device_list":[{"device_expert":[0]},{"device_expert":[1,2]}]}]}""", EplbError.FormatInvalid, "2 experts on device 1")]
    [InlineData("""{"layer_list":[{"device_list":[{"device_expert":[0]}]},{"device_list":[{"device_expert":[0]},{"device_expert":[0]}]}]}""", EplbError.FormatInvalid, "layer_list[1] has 2 devices")]
    [InlineData("""{"layer_list":[{"layer_id":1,"device_list":[{"device_expert":[0]}]},{"layer_id":0,"device_list":[{"device_expert":[0]}]}]}""", EplbError.FormatInvalid, "layer_list[1] has the \"layer_id\" 0 after 1")]
    [InlineData("""{"layer_list":[{"device_list":[{"device_id":0,"device_expert":[0]},{"device_id":0,"device_expert":[1]}]}]}""", EplbError.FormatInvalid, "the \"device_id\" 0 after 0")]
    [InlineData("""{"layer_list":[]}""", EplbError.FormatInvalid, "at least one layer")]
    [InlineData("""{"layer_list":[{"device_list":[]}]}""", EplbError.FormatInvalid, "at least one device")]
    [InlineData("""{"layer_list":{}}""", EplbError.FormatInvalid, "is an object, not an array")]
    [InlineData("""{"layer_list":[[0]]}""", EplbError.FormatInvalid, "layer_list[0] is an array, not an object")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[0],"GpuCount":2,"Load":[[1,"2"]]}""", EplbError.FormatInvalid, "Load[0][1] is a text, not a number")]
    [InlineData("[1]{", EplbError.FormatInvalid, "not valid JSON")]
    [InlineData("""{"record_type":"eplb_initial_mapping","initial_global_assignments":{"0":[0]}} {"record_type":"eplb_initial_mapping","initial_global_assignments":{"0":[0]}}""", EplbError.FormatInvalid, "eplb_initial_mapping")]
    [InlineData("""{"ep_rank_to_expert_id_list":[[0,1]],"tokens_per_expert_stats_list":[[1,2],[3,4]]}""", EplbError.FormatInvalid, "has 1 layers in \"ep_rank_to_expert_id_list\", but 2 in \"tokens_per_expert_stats_list\"")]
    [InlineData("""{"ep_rank_to_expert_id_list":[[0,1]],"expert_in_rank_num_list":[]}""", EplbError.FormatInvalid, "but 0 in \"expert_in_rank_num_list\"")]
    [InlineData("""{"ep_rank_to_expert_id_list":[],"tokens_per_expert_stats_list":[]}""", EplbError.PlacementInvalid, "no layer")]
    [InlineData("""{"ep_rank_to_expert_id_list":[[0,1],[1,0]],"tokens_per_expert_stats_list":[[1,2],[3]]}""", EplbError.RowLengthMismatch, "has 1 experts, but the first layer has 2")]
    [InlineData("""{"ep_rank_to_expert_id_list":[[0,1]],"expert_in_rank_num_list":[[1,2]]}""", EplbError.FormatInvalid, "says that expert 1 has 2 replicas, but its slots are 1")]
    [InlineData("""{"ep_rank_to_expert_id_list":[[0,1,2]],"expert_in_rank_num_list":[[1,1]]}""", EplbError.FormatInvalid, "counts the replicas of 2 experts, but a slot holds expert 2")]
    [InlineData("""{"PhysicalToLogical":[],"Layer":[],"GpuCount":1,"ExpertCount":[]}""", EplbError.PlacementInvalid, "no layer")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[0],"GpuCount":1,"Load":[[1,2],[3,4]]}""", EplbError.FormatInvalid, "The document has 1 layers, but 2 in \"Load\"")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[0],"GpuCount":1,"LogicalToPhysical":[[[0],[2]]]}""", EplbError.PlacementInvalid, "names slot 2")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[0],"GpuCount":1,"LogicalToPhysical":[[[0,0],[1]]]}""", EplbError.PlacementInvalid, "named twice")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[65536],"GpuCount":1}""", EplbError.IndexOutOfRange, "layer ids are 0 to 65535")]
    [InlineData("""{"PhysicalToLogical":[[0,1],[0,1]],"Layer":[3,3],"GpuCount":1}""", EplbError.PlacementInvalid, "Layer 3 is there twice")]
    [InlineData("""{"physical_to_logical_map":[[2,0]]}""", EplbError.IndexOutOfRange, "Layer 0, slot 0: expert 2 cannot be right")]
    [InlineData("""[[0,1],{"a":1}]""", EplbError.FormatUnknown, "no key")]
    [InlineData("""[{"Layer":0,"LogicalExpert":1}]""", EplbError.FormatUnknown, "list of objects with the keys Layer, LogicalExpert")]
    [InlineData("""[[0,1],2]""", EplbError.FormatInvalid, "[1] is 2, not an array")]
    [InlineData("""{"record_type":"other"} {"record_type":1}""", EplbError.FormatInvalid, "document 2.record_type is 1, not text")]
    [InlineData("{\"record_type\":\"other\"}\n\n{", EplbError.FormatInvalid, "Line 3: this is not valid JSON")]
    [InlineData("Layer,PhysicalExpert,LogicalExpert,Replica,Node,Gpu,Gpu\n0,0,0,0,0,0,0", EplbError.FormatInvalid, "Line 1: the column 'Gpu' is there twice")]
    [InlineData("Layer,PhysicalExpert,LogicalExpert,Replica,Node,Gpu\n0,0,0,0,0,0,7", EplbError.RowLengthMismatch, "Line 2 has 7 fields")]
    [InlineData("Layer,PhysicalExpert,LogicalExpert,Replica,Node,Gpu\n0,0,99999999999,0,0,0", EplbError.FormatInvalid, "LogicalExpert '99999999999' is no whole number from -1 to 1048576")]
    [InlineData("Layer,PhysicalExpert,LogicalExpert,Replica,Node,Gpu,Policy\n0,0,0,0,0,0,global\n0,1,1,0,0,0,Hierarchical", EplbError.PlacementInvalid, "Line 3: Policy is Hierarchical, but Global")]
    [InlineData("initial_global_assignments:\n  0: [1, -1]\n", EplbError.IndexOutOfRange, "expert -1 does not exist")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[0],"GpuCount":2,"Policy":"Best"}""", EplbError.FormatInvalid, "Policy is 'Best'")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[0,1],"GpuCount":2}""", EplbError.FormatInvalid, "2 layers, but 1")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[0],"GpuCount":2,"LogicalToPhysical":[[[1],[0]]]}""", EplbError.PlacementInvalid, "does not hold expert 0")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[0],"GpuCount":2,"Load":[[1,-2]]}""", EplbError.LoadNegative, "expert 1")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[0],"GpuCount":1,"Load":[[1]]}""", EplbError.RowLengthMismatch, "Layer 0 has 1 loads for 2 experts")]
    [InlineData("""{"PhysicalToLogical":[[0,1,2,-1]],"Layer":[0],"GpuCount":1}""", EplbError.PlacementInvalid, "Layer 0, slot 3 is empty, but its GPU 0 is not excluded")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[0],"GpuCount":1,"GpuSpeed":[1e308]}""", EplbError.SpeedInvalid, "The speed of GPU 0 is 1E+308")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[0],"GpuCount":1,"GpuSpeed":[1e-320]}""", EplbError.SpeedInvalid, "The speed of GPU 0 is 1E-320")]
    [InlineData("""{"PhysicalToLogical":[[0,1]],"Layer":[0],"GpuCount":1,"GroupCount":2147483647}""", EplbError.ShapeTooLarge, "GroupCount 2147483647 is above the limit of 1048576")]
    [InlineData("""{"PhysicalToLogical":[[0,1],[-1,0]],"Layer":[0,1],"GpuCount":1,"ExpertCount":[[1,1],[1,0]]}""", EplbError.ExpertMissing, "expert 1 has no slot")]
    [InlineData("Layer,PhysicalExpert,LogicalExpert,Replica,Node,Gpu\n0,1048576,0,0,0,0", EplbError.PlacementInvalid, "Layer 0 has 1 of its 1048577 slots (slot 0 is missing)")]
    [InlineData("Layer,PhysicalExpert,LogicalExpert,Replica,Node,Gpu\n0,0,1048576,0,0,0", EplbError.IndexOutOfRange, "cannot be right")]
    [InlineData("Layer,PhysicalExpert,LogicalExpert,Replica,Node,Gpu\n0,0,x,0,0,0", EplbError.FormatInvalid, "Line 2: LogicalExpert 'x'")]
    [InlineData("Layer,PhysicalExpert,LogicalExpert,Replica,Node\n0,0,0,0,0", EplbError.FormatInvalid, "no column 'Gpu'")]
    [InlineData("Layer,PhysicalExpert,LogicalExpert,Replica,Node,Gpu,GroupCount\n0,0,0,0,0,0,1\n0,1,1,0,0,0,2", EplbError.PlacementInvalid, "Line 3: GroupCount is 2")]
    [InlineData("Layer,Expert,Load\n0,0,1", EplbError.FormatUnknown, "LogicalExpert")]
    [InlineData("", EplbError.FileEmpty, "empty")]
    public void A_broken_rule_is_named(string text, EplbError error, string message) => AssertBroken(text, error, message);

    [Fact]
    public void Deep_nesting_is_refused()
    {
        string deep = new('[', 10_000);
        AssertBroken(deep, EplbError.FormatInvalid, "depth");
        AssertBroken("{\"physical_to_logical_map\":" + deep, EplbError.FormatInvalid, "depth");
        AssertBroken(string.Concat(Enumerable.Repeat("{\"a\":", 10_000)), EplbError.FormatInvalid, "depth");
    }

    [Theory]
    [InlineData("'<i4'", "(1, 1, 2)", "False", EplbError.FormatInvalid, "Rank 0, layer 0, expert 1 is 2; a pattern holds 0 and 1 only", 0, 2)]
    [InlineData("'<i4'", "(2, 1, 2)", "False", EplbError.PlacementInvalid, "Rank 1 holds 2 experts of layer 0, but rank 0 holds 1 of layer 0", 0, 1, 1, 1)]
    [InlineData("'<i4'", "(1, 1, 3)", "False", EplbError.ExpertMissing, "expert 2 has no slot", 1, 1, 0)]
    [InlineData("'<i4'", "(1, 2)", "False", EplbError.FormatInvalid, "the shape (1, 2); a pattern is", 1, 1)]
    [InlineData("'<i4'", "(1, 1, 2)", "True", EplbError.FormatInvalid, "(1, 1, 2) in Fortran order", 1, 1)]
    [InlineData("'<i4'", "(1, 0, 2)", "False", EplbError.PlacementInvalid, "(1, 0, 2) is empty")]
    public void A_pattern_that_is_none_is_refused(string type, string shape, string order, EplbError error, string message, params int[] data)
    {
        using var file = new TempFile(Pattern(type, shape, order, data));
        IsRefused(file.Path, error, message);
    }

    [Fact]
    public void A_GPU_that_is_empty_in_some_layers_only_is_refused()
    {
        using var file = new TempFile("""{"PhysicalToLogical":[[0,1,-1,-1],[0,1,1,0]],"Layer":[0,1],"GpuCount":2}""");
        IsRefused(file.Path, EplbError.PlacementInvalid, "its GPU 1 is not excluded");
    }

    [Fact]
    public void Slots_that_do_not_divide_evenly_over_the_GPUs_are_refused()
    {
        using var file = new TempFile("""{"physical_to_logical_map":[[0,1,2]]}""");
        IsRefused(file.Path, EplbError.CountNotDivisible, "ReplicaCount 3", new PlacementImportOptions { GpuCount = 2 });
    }

    [Theory]
    [InlineData("{")]
    [InlineData("initial_global_assignments:\n")]
    public void A_text_beyond_half_a_gibibyte_is_not_read(string start)
    {
        using var file = new TempFile(start);
        using (FileStream stream = File.OpenWrite(file.Path)) stream.SetLength((1L << 29) + 1);
        IsRefused(file.Path, EplbError.ShapeTooLarge, "has 536870913 bytes; placements of up to 536870912 bytes");
    }

    [Fact]
    public void A_tensor_beside_the_map_is_refused_as_the_server_does()
    {
        string tensor = HandmadeTorch.Tensor(4, 0, 2, 2, 2, 1);
        using var file = new TempFile(HandmadeTorch.Zip(HandmadeTorch.Dict(HandmadeTorch.Text("physical_to_logical_map"), tensor, HandmadeTorch.Text("other"), tensor), storage: [0, 1, 1, 0]));
        IsRefused(file.Path, EplbError.FormatInvalid, "1 more keys than physical_to_logical_map");
    }

    [Fact]
    public void What_is_no_expert_in_a_tensor_is_named()
    {
        using var file = new TempFile(HandmadeTorch.Zip(HandmadeTorch.Dict(HandmadeTorch.Text("physical_to_logical_map"), HandmadeTorch.Tensor(4, 0, 2, 2, 2, 1)), storage: [2_000_000, 1, 0, 1]));
        IsRefused(file.Path, EplbError.IndexOutOfRange, "Layer 0, slot 0 holds 2000000");
    }

    [Fact]
    public void The_parser_of_JSON_does_not_say_where() =>
        Assert.DoesNotContain("LineNumber", Assert.Throws<EplbException>(() => PlacementReader.Read(new MemoryStream("[1]{"u8.ToArray()), new())).Message);

    [Fact]
    public void A_pattern_that_claims_more_than_its_file_is_refused()
    {
        using var file = new TempFile(Pattern("'<i4'", "(2000000, 1000, 1000)", "False"));
        long before = GC.GetAllocatedBytesForCurrentThread();
        IsRefused(file.Path, EplbError.FormatInvalid, "needs 8000000000000 bytes");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData("sglang-one-dimension.pt", EplbError.FormatInvalid, "two dimensions")]
    [InlineData("expected.json", EplbError.FormatUnknown, "the keys moe, dense, loads")]
    public void A_file_that_holds_something_else_is_refused(string file, EplbError error, string message) =>
        IsRefused(PlacementReaderTests.PathOf(file), error, message);

    [Fact]
    public void A_path_or_a_format_that_is_wrong_is_told()
    {
        string json = PlacementReaderTests.PathOf("sglang.json");
        IsRefused(Path.GetDirectoryName(json)!, EplbError.FileUnreadable, "");
        Assert.Contains("The content is SGLang, not Csv", Assert.Throws<EplbException>(() => PlacementReader.Read(json, PlacementFormat.Csv)).Message);
        using var archive = new TempFile([(byte)'P', (byte)'K', 3, 4, 0, 0]);
        IsRefused(archive.Path, EplbError.FormatInvalid, "archive is damaged");
    }

    [Fact]
    public void A_file_that_is_not_there_is_told() =>
        Assert.Equal(EplbError.FileNotFound, Assert.Throws<EplbException>(() => PlacementReader.Read(PlacementReaderTests.PathOf("none.json"))).Error);

    private static void AssertBroken(string text, EplbError error, string message)
    {
        using var file = new TempFile(text);
        IsRefused(file.Path, error, message, new PlacementImportOptions { GpuCount = 1 });
    }

    private static void IsRefused(string path, EplbError error, string message, PlacementImportOptions? options = null)
    {
        EplbException broken = Assert.Throws<EplbException>(() => PlacementReader.Read(path, options: options));
        Assert.Equal(error, broken.Error);
        Assert.Contains(message, broken.Message);
        Assert.StartsWith(path, broken.Message);
    }

    private static byte[] Pattern(string type, string shape, string order, params int[] data)
    {
        string header = $"{{'descr': {type}, 'fortran_order': {order}, 'shape': {shape}, }}".PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. Encoding.ASCII.GetBytes(header), .. data.SelectMany(BitConverter.GetBytes)];
    }
}
