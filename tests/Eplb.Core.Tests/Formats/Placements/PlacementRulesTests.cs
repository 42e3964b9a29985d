namespace Eplb.Tests.Formats;

/// <summary>Every rule that a placement breaks is one finding with its place; what breaks none has none.</summary>
public sealed class PlacementRulesTests
{
    // Two layers of 3 experts in 4 slots on 2 GPUs: layer, slot, expert, GPU.
    private const string Sound = "0 0 0 0,0 1 1 0,0 2 2 1,0 3 0 1,1 0 0 0,1 1 1 0,1 2 2 1,1 3 0 1";

    [Theory]
    // what is changed, into what, and the findings
    [InlineData("", "", "")]
    [InlineData("0 3 0 1,", "0 3 0 1,2 3 0 1,2 2 1 1,2 1 2 0,2 0 0 0,", "")]
    [InlineData("0 2 2 1", "0 2 1 1", "ExpertMissing 0//: Layer 0: expert 2 has no slot.")]
    [InlineData("0 3 0 1", "0 3 4 1", "ExpertOutOfRange 0/1/3: Layer 0: slot 3 holds expert 4; experts are 0 to 2.")]
    [InlineData("0 3 0 1", "0 3 -2 1", "ExpertOutOfRange 0/1/3: Layer 0: slot 3 holds expert -2; experts are 0 to 2.")]
    [InlineData("0 3 0 1", "0 3 -1 1", "")]
    [InlineData("0 0 0 0,", "0 0 0 0,0 -1 0 0,", "SlotOutOfRange 0/0/-1: Layer 0: slot -1 does not exist; slots are 0 to 3.|GpuUneven 0/0/: Layer 0: GPU 0 has 3 slots; 4 on 2 GPUs are 2 each.")]
    [InlineData("1 0 0 0,1 1 1 0,1 2 2 1,1 3 0 1", "-1 0 0 0,-1 1 1 0,-1 2 2 1,-1 3 0 1", "LayerOutOfRange -1//: Layer -1 does not exist; layer ids are 0 to 65535.")]
    [InlineData("1 0 0 0,1 1 1 0,1 2 2 1,1 3 0 1", "65535 0 0 0,65535 1 1 0,65535 2 2 1,65535 3 0 1", "")]
    [InlineData("1 0 0 0,1 1 1 0,1 2 2 1,1 3 0 1", "65536 0 0 0,65536 1 1 0,65536 2 2 1,65536 3 0 1", "LayerOutOfRange 65536//: Layer 65536 does not exist; layer ids are 0 to 65535.")]
    [InlineData("1 0 0 0,1 1 1 0,1 2 2 1,1 3 0 1", "2147483647 0 0 0,2147483647 1 1 0,2147483647 2 2 1,2147483647 3 0 1", "LayerOutOfRange 2147483647//: Layer 2147483647 does not exist; layer ids are 0 to 65535.")]
    [InlineData("0 1 1 0,", "", "SlotMissing 0/1/1: Layer 0: slot 1 is missing.|GpuUneven 0/0/: Layer 0: GPU 0 has 1 slots; 4 on 2 GPUs are 2 each.|ExpertMissing 0//: Layer 0: expert 1 has no slot.")]
    [InlineData("0 0 0 0,0 1 1 0,", "", "SlotMissing 0/1/0: Layer 0: slots 0 to 1 are missing.|GpuUneven 0/0/: Layer 0: GPU 0 has 0 slots; 4 on 2 GPUs are 2 each.|ExpertMissing 0//: Layer 0: expert 1 has no slot.")]
    [InlineData("0 3 0 1", "0 3 0 1,0 3 1 1", "SlotRepeated 0/1/3: Layer 0: slot 3 is there twice.|GpuUneven 0/1/: Layer 0: GPU 1 has 3 slots; 4 on 2 GPUs are 2 each.")]
    [InlineData("0 3 0 1,", "", "RowLength 0//: Layer 0 has 3 slots; the placement has 4 a layer.|GpuUneven 0/1/: Layer 0: GPU 1 has 1 slots; 4 on 2 GPUs are 2 each.")]
    [InlineData("0 2 2 1", "0 2 2 0", "GpuUneven 0/0/: Layer 0: GPU 0 has 3 slots; 4 on 2 GPUs are 2 each.|GpuUneven 0/1/: Layer 0: GPU 1 has 1 slots; 4 on 2 GPUs are 2 each.")]
    [InlineData("0 3 0 1", "0 3 0 9", "GpuOutOfRange 0/9/3: Layer 0: slot 3 is on GPU 9; GPUs are 0 to 1.|GpuUneven 0/1/: Layer 0: GPU 1 has 1 slots; 4 on 2 GPUs are 2 each.")]
    [InlineData("0 1 1 0,0 2 2 1", "0 1 1 1,0 2 2 0", "GpuOrder 0/0/2: Layer 0: slot 2 is on GPU 0, but slot 1 on GPU 1.")]
    public void Slots_that_break_a_rule_are_found(string sound, string broken, string findings) =>
        Assert.Equal(findings, Check(PlacementDraft.From(Slots(sound.Length == 0 ? Sound : Sound.Replace(sound, broken, StringComparison.Ordinal)))));

    [Theory]
    [InlineData(PlacementFormat.Auto, "GpuUneven 0/2/: Layer 0: GPU 2 has 0 slots; 5 on 3 GPUs are 1 or 2 each.|GpuUneven 0/1/: Layer 0: GPU 1 has 3 slots; 5 on 3 GPUs are 1 or 2 each.")]
    [InlineData(PlacementFormat.SGLang, "SlotEmpty 0/1/4: Layer 0: slot 4 is empty.|GpuUneven 0//: Layer 0: 5 slots do not divide evenly over 3 GPUs.|GpuUneven 0/1/: Layer 0: GPU 1 has 3 slots; 5 on 3 GPUs are 1 or 2 each.|GpuUneven 0/2/: Layer 0: GPU 2 has 0 slots; 5 on 3 GPUs are 1 or 2 each.")]
    public void Slots_that_do_not_divide_evenly_differ_by_one(PlacementFormat target, string findings)
    {
        const string Even = "1 0 0 0,1 1 1 0,1 2 2 1,1 3 3 1,1 4 0 2,2 0 0 0,2 1 1 0,2 2 2 1,2 3 3 1,2 4 0 2";
        PlacementDraft draft = PlacementDraft.From(Slots("0 0 0 0,0 1 1 0,0 2 2 1,0 3 3 1,0 4 -1 1," + Even));
        string[] found = Check(draft, target).Split('|');
        Assert.Equal(findings.Split('|').Order(), found.Where(finding => finding.Contains("Layer 0:", StringComparison.Ordinal)).Order());
        Assert.Equal(target == PlacementFormat.Auto ? 0 : 2, found.Count(finding => !finding.Contains("Layer 0:", StringComparison.Ordinal)));
    }

    [Fact]
    public void Slots_on_no_GPU_at_all_are_found() =>
        Assert.Equal("GpuOutOfRange 0/-1/0: Layer 0: slot 0 is on GPU -1; GPUs are 0 to 0.|GpuUneven 0/0/: Layer 0: GPU 0 has 0 slots; 1 on 1 GPUs are 1 each.", Check(PlacementDraft.From(Slots("0 0 0 -1"))));

    [Theory]
    [InlineData(PlacementFormat.SGLang, "")]
    [InlineData(PlacementFormat.VllmAscend, "DuplicateOnGpu 0/0/1: Layer 0: GPU 0 holds expert 0 twice, in slots 0 and 1.")]
    public void An_expert_may_be_twice_on_a_GPU_only_where_the_server_keeps_both(PlacementFormat target, string findings) =>
        Assert.Equal(findings, Check(PlacementDraft.From(Slots("0 0 0 0,0 1 0 0,0 2 2 1,0 3 1 1")), target));

    [Fact]
    public void Layers_of_arrays_are_held_to_the_rules_of_layers()
    {
        PlacementRow[] rows = [Row(4, 0, 1), Row(2, 0, 1), Row(4, 1, 0)];
        Assert.Equal("LayerRepeated 4//: Layer 4 is there twice.", Check(PlacementDraft.From(rows)));
        Assert.Equal("LayerRepeated 4//: Layer 4 is there twice.|LayerMissing 3//: Layer 3 is missing; the MoE layers are 2 to 5.|LayerMissing 5//: Layer 5 is missing; the MoE layers are 2 to 5.",
            Check(PlacementDraft.From(rows), PlacementFormat.TensorRTLLM, new ModelLayers(6, 2)));
        Assert.Equal("LayerOutOfRange 4//: Layer 4 does not exist in a model of 4 hidden layers.|LayerMissing 3//: Layer 3 is missing; the MoE layers are 2 to 3.", Check(PlacementDraft.From(rows[..2]), PlacementFormat.SGLang, new ModelLayers(4, 2)));
        Assert.Equal("LoadMissing 2//: The loads of layer 2 are not known.", Check(PlacementDraft.From([rows[1]]), PlacementFormat.FastDeploy));

        static PlacementRow Row(int layer, params int[] experts) => PlacementRow.Of(layer, experts, gpuCount: 2);
    }

    [Theory]
    // experts of the layers, and how many experts and slots they speak for; a GPU has two slots
    [InlineData("0 1 2 0|0 1 2 1|0 1 1 1", 3, 4)]
    [InlineData("0 1|0 1 2 3", 4, 4)]
    [InlineData("0 1 2 9|0 1 2 9", 3, 4)]
    [InlineData("9|9", 1, 1)]
    public void Most_layers_tell_the_numbers(string layers, int experts, int slots)
    {
        PlacementDraft draft = PlacementDraft.From(layers.Split('|').Select((row, layer) =>
        {
            int[] held = [.. row.Split(' ').Select(int.Parse)];
            return PlacementRow.Of(layer, held, (held.Length + 1) / 2);
        }));
        Assert.Equal((experts, slots, (slots + 1) / 2), (draft.ExpertCount, draft.SlotCount, draft.GpuCount));
        Assert.Equal(7, PlacementDraft.From(draft.Rows, expertCount: 7).ExpertCount);
    }

    [Fact]
    public void Replicas_share_a_load_and_layers_without_any_have_none()
    {
        DraftSlot[] slots = [new(0, 2, 0, 1, 3), new(0, 0, 0, 0, 1), new(0, 1, 1, 0, 0), new(0, 3, 4, 1, 5), new(1, 0, 0, 0, 0)];
        PlacementDraft draft = PlacementDraft.From(slots);
        Assert.Equal([[4, 0, 0, 0], [0]], draft.Rows.Select(row => row.Load));
        Assert.Equal([[0, 1, 0, 4], [0]], draft.Rows.Select(row => row.Experts));
        Assert.Equal([[0, 0, 1, 1], [0]], draft.Rows.Select(row => row.Gpus));
        Assert.All(PlacementDraft.From([.. slots.Select(slot => slot with { Load = 0 })]).Rows, row => Assert.Null(row.Load));
    }

    [Fact]
    public void A_placement_has_slots()
    {
        foreach (PlacementRow[] rows in (PlacementRow[][])[[], [new PlacementRow(0, [0], [0]), new PlacementRow(1, [], [])]])
            Assert.Equal(EplbError.PlacementInvalid, Assert.Throws<EplbException>(() => PlacementDraft.From(rows)).Error);
    }

    private static DraftSlot[] Slots(string text) =>
    [
        .. text.Split(',').Select(slot => slot.Split(' ').Select(int.Parse).ToArray()).Select(slot => new DraftSlot(slot[0], slot[1], slot[2], slot[3], 0)),
    ];

    private static string Check(PlacementDraft draft, PlacementFormat target = PlacementFormat.Auto, ModelLayers? model = null) => string.Join('|',
        PlacementRules.Check(draft, target == PlacementFormat.Auto ? PlacementTarget.Any : PlacementTarget.Of(target), model ?? new ModelLayers())
            .Select(finding => $"{finding.Rule} {finding.Layer}/{finding.Gpu}/{finding.Slot}: {finding.Message}"));
}
