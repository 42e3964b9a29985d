namespace Eplb.Tests.Formats;

public class YamlReaderTests
{
    [Theory]
    // layouts that mean the same
    [InlineData("initial_global_assignments:\n  3: [1, 0]\n")]
    [InlineData("initial_global_assignments:\n  3: [1, 0]")]
    [InlineData("initial_global_assignments: # slots\n\n  # the only layer\n  3: [ 1 ,\n 0 # last\n ]   \n")]
    [InlineData("initial_global_assignments:\n    3:\n    - 1\n    - 0\nnum_slots: 2\n")]
    [InlineData("num_slots: 2\nlayer_updates_per_iter: 0\ninitial_global_assignments:\n 3:\n   - 1 # one\n\n   - 0\n")]
    [InlineData("# by hand\n---\r\ninitial_global_assignments:\r\n  3: [1,0]\r\n...\r\n")]
    [InlineData("initial_global_assignments:\r  3: [1, 0]\r...")]
    [InlineData("'initial_global_assignments':\n  \"3\": [1, 0]\n")]
    [InlineData("load_balancer:\n  num_slots: 2\n  initial_global_assignments:\n    3: [1, 0]\n")]
    [InlineData("moe_config:\n  load_balancer:\n    num_slots: 2\n    initial_global_assignments:\n      3: [1, 0]\n")]
    [InlineData("backend: pytorch # {a: 'b'\ncuda: {x: [1, 2],\n  y: *z}\nlist:\n- a: 1\n- b\n\nmoe_config:\n  backend: CUTLASS\n  load_balancer:\n    num_slots: 2\n    initial_global_assignments:\n      3: [1, 0]\n  last: |\n    text\n    more\nother:")]
    public void Every_layout_of_the_subset_is_read(string text)
    {
        PlacementMap map = Read(text);
        Assert.Equal([3], map.Layer);
        Assert.Equal([[1, 0]], map.PhysicalToLogical);
    }

    [Theory]
    // what YAML has and the subset has not
    [InlineData("initial_global_assignments:\n  3: &a [1, 0]\n  4: *a\n", 2, 6, "anchors and aliases")]
    [InlineData("initial_global_assignments:\n  3: [1, *a]\n", 2, 10, "anchors and aliases")]
    [InlineData("initial_global_assignments:\n  3: !!python/tuple [1, 0]\n", 2, 6, "tags")]
    [InlineData("initial_global_assignments: {3: [1, 0]}\n", 1, 29, "mappings in braces")]
    [InlineData("{num_slots: 4, initial_global_assignments: {3: [1, 0]}}\n", 1, 1, "mappings in braces are not read; write one key a line")]
    [InlineData("initial_global_assignments:\n  '3\": [1, 0]\n", 2, 5, "a quote ' must close the key 3")]
    [InlineData("initial_global_assignments:\n  '': [1, 0]\n", 2, 4, "quoted")]
    [InlineData("initial_global_assignments:\n  3: ['1', 0]\n", 2, 7, "quoted")]
    [InlineData("moe_config:\n  load_balancer:\n    slots: 2\n    initial_global_assignments:\n      3: [1, 0]\n", 3, 11, "the key slots is not known")]
    [InlineData("moe_config:\n  load_balancer: eplb.yaml\n# initial_global_assignments", 2, 18, "the end of the line is expected, not 'eplb.yaml'")]
    [InlineData("initial_global_assignments:\n  3: |\n    1\n", 2, 6, "block texts")]
    [InlineData("initial_global_assignments:\n  3: [1, [0]]\n", 2, 10, "a whole number")]
    [InlineData("%YAML 1.2\n---\ninitial_global_assignments:\n  3: [1, 0]\n", 1, 1, "directives")]
    [InlineData("initial_global_assignments:\n  3: [1, 0]\n---\nnum_slots: 2\n", 3, 1, "second document")]
    [InlineData("<<: x\ninitial_global_assignments:\n  3: [1, 0]\n", 1, 1, "a key is expected")]
    // numbers that two versions of YAML read differently
    [InlineData("initial_global_assignments:\n  3: [1, 010]\n", 2, 10, "plain decimal digits")]
    [InlineData("initial_global_assignments:\n  3: [1, 0x1]\n", 2, 10, "plain decimal digits")]
    [InlineData("initial_global_assignments:\n  3: [1, 1_0]\n", 2, 10, "plain decimal digits")]
    [InlineData("initial_global_assignments:\n  3: [1, +0]\n", 2, 10, "plain decimal digits")]
    [InlineData("initial_global_assignments:\n  3: [1, 0.0]\n", 2, 10, "plain decimal digits, up to 2147483647, is expected, not '0.0'")]
    [InlineData("initial_global_assignments:\n  3: [1, 99999999999]\n", 2, 10, "not '99999999999'")]
    [InlineData("initial_global_assignments:\n  3: [1, ~]\n", 2, 10, "plain decimal digits")]
    [InlineData("initial_global_assignments:\n  03: [1, 0]\n", 2, 6, "the key 03")]
    // mistakes
    [InlineData("initial_global_assignments:\n  3: [1, 0]\n  3: [1, 0]\n", 3, 5, "layer 3 is there twice")]
    [InlineData("num_slots: 2\nnum_slots: 2\ninitial_global_assignments:\n  3: [1, 0]\n", 2, 11, "num_slots is there twice")]
    [InlineData("ep_rank: 2\ninitial_global_assignments:\n  3: [1, 0]\n", 1, 9, "the key ep_rank is not known")]
    [InlineData("aAzZ09: 2\ninitial_global_assignments:\n  3: [1, 0]\n", 1, 8, "the key aAzZ09 is not known")]
    [InlineData("num_slots: 2\rep_rank: 2\rinitial_global_assignments:\r  3: [1, 0]\r", 2, 9, "the key ep_rank is not known")]
    [InlineData("num_slots: 2\r\nep_rank: 2\r\ninitial_global_assignments:\r\n  3: [1, 0]\r\n", 2, 9, "the key ep_rank is not known")]
    [InlineData(" num_slots: 2\ninitial_global_assignments:\n  3: [1, 0]\n", 2, 1, "indented less than the first key")]
    [InlineData("initial_global_assignments:\n  3: x\n", 2, 6, "a list is expected, not 'x'")]
    [InlineData("initial_global_assignments:\n    3:\n  - 1\n", 3, 3, "a list of whole numbers")]
    [InlineData("initial_global_assignments:\n  3:\n  -1\n", 3, 4, "a space must follow the dash")]
    [InlineData("initial_global_assignments:\n\t3: [1, 0]\n", 2, 1, "a tab")]
    [InlineData("initial_global_assignments:\n  3: [1, 0]\n   4: [1, 0]\n", 3, 4, "indented by 3")]
    [InlineData("initial_global_assignments:\n  3: [1, 0\n", 3, 1, "the file ends")]
    [InlineData("initial_global_assignments:\n  3: [1, 0,]\n", 2, 12, "a number must follow the comma")]
    [InlineData("initial_global_assignments:\n  3: [1 0]\n", 2, 9, "a comma")]
    [InlineData("initial_global_assignments:\n  3: [1, 0] 4\n", 2, 13, "the end of the line")]
    [InlineData("initial_global_assignments:\n  3:\n", 3, 1, "a list of whole numbers")]
    [InlineData("initial_global_assignments:\n  3:\n  - 1\n    - 0\n", 4, 5, "indented otherwise")]
    [InlineData("initial_global_assignments:\n3: [1, 0]\n", 2, 1, "indented further")]
    [InlineData("initial_global_assignments:\n  3:[1, 0]\n", 2, 5, "a space must follow the colon")]
    [InlineData("initial_global_assignments\n", 1, 27, "a colon must follow")]
    [InlineData("num_slots: 2\n# initial_global_assignments\n", 3, 1, "has no initial_global_assignments")]
    public void What_is_not_known_is_an_error_with_its_place(string text, int line, int column, string message)
    {
        EplbException broken = Assert.Throws<EplbException>(() => Read(text));
        Assert.Equal(EplbError.FormatInvalid, broken.Error);
        Assert.StartsWith($"Line {line}, column {column}: ", broken.Message);
        Assert.Contains(message, broken.Message);
    }

    [Fact]
    public void Slots_that_are_not_as_many_as_the_file_says_are_refused() =>
        Assert.Equal(EplbError.RowLengthMismatch,
            Assert.Throws<EplbException>(() => Read("num_slots: 3\ninitial_global_assignments:\n  3: [1, 0]\n")).Error);

    private static PlacementMap Read(string text)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
        return PlacementReader.Read(stream, new PlacementImportOptions { GpuCount = 1 });
    }
}
