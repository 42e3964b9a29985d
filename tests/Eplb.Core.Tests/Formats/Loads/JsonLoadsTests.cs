using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace Eplb.Tests.Formats.Loads;

/// <summary>Loads come out of JSON as they went in, whatever the shape; anything else is one clear error.</summary>
public sealed class JsonLoadsTests
{
    [Theory]
    // SGLang
    [InlineData("""{"logical_count": [[1, 2], [3, 4]]}""", "0:1,2; 1:3,4")]
    [InlineData("""{"rank": 0, "logical_count": [[[1, 2], [3, 4]], [[10, 20], [30, 40]]], "more": {"a": [1, [2]]}}""", "0:11,22; 1:33,44")]
    // bare arrays
    [InlineData("[[1,2,3]]", "0:1,2,3")]
    [InlineData("\t[ [ 1.5 , 2e1 ,\n-0.0] ,[0.125,1E-2,1234567890123456789] ]\r\n", "0:1.5,20,0; 1:0.125,0.01,1.2345678901234568E+18")]
    [InlineData("[[[1,2]],[[3,4]]]", "0:4,6")]
    [InlineData("[[18446744073709551617,1844674407370955.1617]]", "0:1.8446744073709552E+19,1844674407370955.2")]
    // ADRS
    [InlineData("""{"load_history": [{"logical_expert_load": [[1, 2]]}, {"step": 1, "logical_expert_load": [[5, 6]]}]}""", "0:6,8")]
    // FastDeploy: its dump, its HTTP reply (a table a rank), the table that is sent to it
    [InlineData("""{"update_timestamp": 1.5, "tokens_per_expert_stats_list": [[1, 2]], "ep_rank_to_expert_id_list": [[0, 1, 0]], "expert_id_to_ep_rank_array": [[[0, 2], [1, -1]]], "expert_in_rank_num_list": [[2, 1]]}""", "0:1,2")]
    [InlineData("""{"code": 0, "msg": "ok", "data": [[[1, 2], [3, 4]], [[10, 20], [30, 40]]]}""", "0:11,22; 1:33,44")]
    [InlineData("""{"action": "recv_expert_weight", "data": [[1, 2], [3, 4]]}""", "0:1,2; 1:3,4")]
    public void Every_shape_is_read(string json, string loads) => Assert.Equal(loads, LoadCase.Read(json).Show());

    [Fact]
    public void Windows_are_kept_apart_when_asked_for()
    {
        IReadOnlyList<ExpertLoad> history = LoadCase.Read("""{"load_history": [{"logical_expert_load": [[1, 2]]}, {"logical_expert_load": [[5, 6]]}]}""", perWindow: true);
        Assert.Equal("0/0:1,2; 1/0:5,6", history.Show());
        Assert.All(history, load => Assert.True(load.IsChronological));

        // SGLang dumps a ring buffer: its order says nothing, and idle steps were never used.
        Assert.Equal("1/0:1,2", LoadCase.Read("""{"logical_count": [[[0, 0]], [[1, 2]]]}""", perWindow: true).Show());
        Assert.Equal("0/0:0,0", LoadCase.Read("""{"logical_count": [[0, 0]]}""", perWindow: true).Show());
        Assert.All(LoadCase.Read("""{"logical_count": [[[1, 2]], [[5, 6]]]}""", perWindow: true), load => Assert.False(load.IsChronological));
        Assert.All(LoadCase.Read("[[[1, 2]], [[5, 6]]]"), load => Assert.Null(load.IsChronological));
        Assert.Equal("0/0:11,22", LoadCase.Read("""{"code": 0, "data": [[[1, 2]], [[10, 20]]]}""", perWindow: true).Show());
    }

    [Theory]
    [InlineData(EplbError.RowLengthMismatch, "Layer 1", "[[1,2],[3]]")]
    [InlineData(EplbError.LayerMissing, "1 layers", "[[[1],[2]],[[3]]]")]
    [InlineData(EplbError.LoadNegative, "expert 1", "[[1,-2]]")]
    [InlineData(EplbError.LoadNegative, "Window 1: Layer 0, expert 0", "[[[1]],[[-2]]]")]
    [InlineData(EplbError.LoadNotFinite, "NaN", "[[1,NaN]]")]
    [InlineData(EplbError.LoadNotFinite, "infinity", "[[1,-Infinity]]")]
    [InlineData(EplbError.LoadNotFinite, "expert 1", "[[1,1e39]]")]
    [InlineData(EplbError.LoadNotFinite, "expert 1", "[[1,1e999]]")]
    [InlineData(EplbError.LoadMissing, "empty", "[]")]
    [InlineData(EplbError.LoadMissing, "no expert", "[[]]")]
    [InlineData(EplbError.LoadMissing, "empty", """{"logical_count": []}""")]
    [InlineData(EplbError.LoadMissing, "no loads", """{"load_history": []}""")]
    [InlineData(EplbError.FileEmpty, "empty", "")]
    [InlineData(EplbError.FileEmpty, "white space", " \r\n\t")]
    [InlineData(EplbError.FormatInvalid, "must hold arrays", "[1,2]")]
    [InlineData(EplbError.FormatInvalid, "one level too deep", "[[[[1]]]]")]
    [InlineData(EplbError.FormatInvalid, "Line 2: value 1", "[[1,\nnull]]")]
    [InlineData(EplbError.FormatInvalid, "value 0", """[["1"]]""")]
    [InlineData(EplbError.FormatInvalid, "Line 1", "[[01]]")]
    [InlineData(EplbError.FormatInvalid, "Line 1", "[[1.]]")]
    [InlineData(EplbError.FormatInvalid, "comma", "[[1,]]")]
    [InlineData(EplbError.FormatInvalid, "comma", "[[1 2]]")]
    [InlineData(EplbError.FormatInvalid, "value 0 of the array is not a number", "[[1e")]
    [InlineData(EplbError.FormatInvalid, "Layer 1: Line 1: value 1 of the array is not a number", "[[1,2],[3,null]]")]
    [InlineData(EplbError.LoadNotFinite, "Window 1, layer 0: Line 1, value 1 of its array: NaN", "[[[1,2]],[[3,NaN]]]")]
    [InlineData(EplbError.FormatInvalid, "which is not supported in this mode).", """{"logical_count":[[1]],}""")]
    [InlineData(EplbError.FormatInvalid, "the text ends inside an array", "[[1")]
    [InlineData(EplbError.FormatInvalid, "the text ends inside an array", "[[1,")]
    [InlineData(EplbError.FormatInvalid, "not valid JSON", """{"\ud800": 1}""")]
    [InlineData(EplbError.FormatInvalid, "mixed", "[[1],2]")]
    [InlineData(EplbError.FormatInvalid, "after a single JSON value", "[[1]] [[2]]")]
    [InlineData(EplbError.FormatInvalid, "twice", """{"logical_count": [[1]], "logical_count": [[1]]}""")]
    [InlineData(EplbError.FormatInvalid, "must be an array", """{"logical_count": 3}""")]
    [InlineData(EplbError.FormatInvalid, "no \"logical_expert_load\"", """{"load_history": [{"step": 1}]}""")]
    [InlineData(EplbError.FormatInvalid, "step 0 of \"load_history\" holds", """{"load_history": [{"logical_expert_load": [[1]], "logical_expert_load": [[1]]}]}""")]
    [InlineData(EplbError.FormatInvalid, "\"logical_expert_load\" must be an array", """{"load_history": [{"logical_expert_load": 1}]}""")]
    [InlineData(EplbError.FormatInvalid, "value 0 of the array is not a number; it starts with '-'", "[[-")]
    [InlineData(EplbError.LoadNotFinite, "value 0", "[[-I")]
    [InlineData(EplbError.FormatInvalid, "not valid JSON", "[[1]], // comment")]
    [InlineData(EplbError.FormatUnknown, "alpha, beta", """{"alpha": 1, "beta": 2}""")]
    [InlineData(EplbError.FormatUnknown, "a, b, c, d, e, f, g, h; loads are in", """{"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, "g": 1, "h": 1, "i": 1}""")]
    [InlineData(EplbError.FormatUnknown, "has no key", "{}")]
    [InlineData(EplbError.FormatUnknown, "Import-EplbPlacement", """{"physical_to_logical_map": [[0, 1]]}""")]
    [InlineData(EplbError.FormatUnknown, "Import-EplbPlacement", """{"layer_list": []}""")]
    [InlineData(EplbError.FormatUnknown, "Import-EplbPlacement", """{"initial_global_assignments": {}}""")]
    public void Bad_input_is_one_clear_error(EplbError error, string where, string json) => LoadCase.IsRefused(error, where, () => LoadCase.Read(json));

    [Fact]
    public void A_ring_buffer_that_was_never_used_has_no_loads() =>
        LoadCase.IsRefused(EplbError.LoadMissing, "ever used", () => LoadCase.Read("""{"logical_count": [[[0, 0]], [[0, 0]]]}""", perWindow: true));

    [Fact]
    public void A_name_longer_than_a_mebibyte_is_refused()
    {
        Assert.Equal("0:1,2", LoadCase.Read($$"""{"{{new string('x', 1_000_000)}}": 1, "logical_count": [[1, 2]]}""").Show());
        LoadCase.IsRefused(EplbError.FormatInvalid, "longer than 1048576 bytes", () => LoadCase.Read($$"""{"{{new string('x', 3_000_000)}}": 1, "logical_count": [[1, 2]]}"""));
    }

    [Fact]
    public void The_line_is_that_of_the_file_and_said_once()
    {
        string lines = string.Concat(Enumerable.Repeat("1,\n", 100_000));
        LoadCase.IsRefused(EplbError.FormatInvalid, "Line 100001: value 100000", () => LoadCase.Read($"[[{lines}x]]"));
        Assert.DoesNotContain("LineNumber", Assert.Throws<EplbException>(() => { LoadCase.Read("[[1]], // comment"); }).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public void An_array_has_as_many_numbers_as_are_allowed(int limit)
    {
        var tokens = new JsonTokens(new MemoryStream("[1, 2, 3]"u8.ToArray()), default);
        tokens.Read();
        double[] row = [];
        if (limit == 3)
            Assert.Equal(3, tokens.ReadNumbers(ref row, limit));
        else
            Assert.Contains("Line 1: more than 2 numbers", Assert.Throws<EplbException>(() => tokens.ReadNumbers(ref row, limit)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        LoadCase.IsRefused(EplbError.FormatInvalid, "depth", () => LoadCase.Read("""{"x": """ + new string('[', 10_000)));
        LoadCase.IsRefused(EplbError.FormatInvalid, "too deep", () => LoadCase.Read(new string('[', 10_000)));
    }

    [Fact]
    public void A_text_cut_off_anywhere_is_refused()
    {
        const string Json = """{"rank": 0, "logical_count": [[[1, 2.5], [3, 4]], [[10, 20], [30, 40]]], "s": "x"}""";
        for (int length = 0; length < Json.Length; length++)
        {
            EplbException broken = Assert.Throws<EplbException>(() => { LoadCase.Read(Json[..length]); });
            Assert.True(broken.Error is EplbError.FormatInvalid or EplbError.FileEmpty, broken.Message);
        }
    }

    [Fact]
    public void Encodings_of_Windows_PowerShell_are_understood()
    {
        Encoding[] encodings = [Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF8, new UnicodeEncoding(bigEndian: false, byteOrderMark: false)];
        foreach (Encoding encoding in encodings)
            Assert.Equal("0:1,2", LoadCase.Read("""{"model": "Größe 🙂", "logical_count": [[1, 2]]}""", encoding: encoding).Show());
    }

    [Fact]
    public void No_character_is_torn_where_the_text_is_cut_into_parts()
    {
        foreach (string start in new[] { "🙂🙂", "x🙂🙂", "€€" })
        {
            string json = $$"""{"{{start}}{{string.Concat(Enumerable.Repeat(start[^2..] == "€€" ? "€" : "🙂", 40_000))}}": 1, "b": 2}""";
            LoadCase.IsRefused(EplbError.FormatUnknown, $"the keys {start}", () => LoadCase.Read(json, encoding: Encoding.Unicode));
            using var file = new TempFile(json, Encoding.BigEndianUnicode);
            using FileStream stream = File.OpenRead(file.Path);
            using var text = new StreamReader(TextEncodings.AsUtf8(stream, [0xFE, 0xFF]), Encoding.UTF8);
            Assert.Equal(json, text.ReadToEnd());
        }
    }

    [Fact]
    public void Numbers_are_those_of_the_framework() => Gen.Double[0, 1e30].Array[1, 40].Array[1, 8]
        .Where(rows => rows.All(row => row.Length == rows[0].Length))
        .Sample(rows =>
        {
            IReadOnlyList<ExpertLoad> loads = LoadCase.Read(JsonSerializer.Serialize(rows));
            Assert.Equal(rows, loads.Select(load => load.Load));
        }, iter: 50);

    [Fact]
    public void Short_decimals_are_rounded_as_the_framework_rounds() => Gen.Select(Gen.ULong[0, 999_999_999_999_999_999], Gen.Int[0, 20]).Sample((digits, point) =>
    {
        string text = digits.ToString(CultureInfo.InvariantCulture).PadLeft(21, '0').Insert(21 - point, ".").TrimStart('0').TrimEnd('.');
        if (text.Length == 0 || text[0] == '.') text = "0" + text;
        Assert.True(JsonNumber.TryParse(Encoding.UTF8.GetBytes(text), out double value, out int length), text);
        Assert.Equal(text.Length, length);
        Assert.Equal(double.Parse(text, CultureInfo.InvariantCulture), value);
    });

    [Fact]
    public void Files_beyond_the_buffer_are_read_whole()
    {
        int[][] rows = [.. Enumerable.Range(0, 61).Select(layer => Enumerable.Range(0, 4000).Select(expert => (layer * expert * 7919) % 1_000_003).ToArray())];
        string json = JsonSerializer.Serialize(new { logical_count = rows }).Replace(",", ",\r\n  ", StringComparison.Ordinal);
        Assert.Equal(rows.Select(row => row.Select(load => (double)load)), LoadCase.Read(json).Select(load => load.Load));
    }

    [Fact]
    public void Real_loads_are_read()
    {
        IReadOnlyList<ExpertLoad> windows = ExpertLoadReader.Read(TestData.PathOf("dsv2lite-esft-law.windows.json"), LoadFormat.Json, perWindow: true);
        double[][] sums = [.. windows.GroupBy(load => load.Layer).Select(layer => layer.Select(load => load.Load).Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]))];
        IReadOnlyList<ExpertLoad> added = ExpertLoadReader.Read(TestData.PathOf("dsv2lite-esft-law.windows.json"));
        Assert.Equal(sums, added.Select(load => load.Load));
        Assert.Equal(TestData.LogicalCount("dsv2lite-esft-law.json"), ExpertLoadReader.Read(TestData.PathOf("dsv2lite-esft-law.json")).Select(load => load.Load));
    }
}
