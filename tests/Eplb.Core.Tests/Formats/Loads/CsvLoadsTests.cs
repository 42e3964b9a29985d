using System.Globalization;
using System.Text;
using CsCheck;

namespace Eplb.Tests.Formats.Loads;

/// <summary>Text tables, long and wide, come out the same however they are ordered and written.</summary>
public sealed class CsvLoadsTests
{
    [Theory]
    // long: columns and rows in any order, absolute layer ids
    [InlineData("layer,expert,load\n3,0,1\n3,1,2\n5,1,4\n5,0,3\n", "3:1,2; 5:3,4")]
    [InlineData("Tokens;EXPERT_ID;note;Layer\r\n2;1;x;0\r\n1;0;y;0", "0:1,2")]
    [InlineData("layer_id,expert_id,count\n0,0,5\n0,1,6\n", "0:5,6")]
    [InlineData("step\tlayer\texpert\tcount\n0\t0\t0\t1\n0\t0\t1\t2\n7\t0\t0\t10\n7\t0\t1\t20\n", "0:11,22")]
    [InlineData("\"Layer\",\"Expert\",\"Load\"\n\"0\",\"0\",\"1.5\"\n\n\"0\",\"1\",\"2e3\"\n", "0:1.5,2000")]
    [InlineData("#TYPE Selected.System.Object\n\"Layer\",\"Expert\",\"Load\"\n\"0\",\"0\",\"1\"\n", "0:1")]
    [InlineData("#TYPE Row\r\nLayer;Expert;Load\r\n0;0;1.5\r\n", "0:1.5")]
    [InlineData("\r\n\nLayer;Expert;Load\r\n0;0;1.5\r\n", "0:1.5")]
    [InlineData("expert,load,layer,more;or;less\n0,1,65535,\n1,2,65535,\n", "65535:1,2")]
    // wide: with a layer column, by position, without a header, as data frames write it
    [InlineData("layer,e0,e1\n3,1,2\n4,3,4\n", "3:1,2; 4:3,4")]
    [InlineData("expert_1,expert_0\n1,2\n3,4\n", "0:2,1; 1:4,3")]
    [InlineData("1,2,3\n4,5,6\n", "0:1,2,3; 1:4,5,6")]
    [InlineData("1\t2\n3\t4", "0:1,2; 1:3,4")]
    [InlineData(",0,1\n0,5,6\n1,7,8\n", "0:5,6; 1:7,8")]
    [InlineData("0,1,2,3,4,5,6,7\n9,9,9,9,9,9,9,9\n", "0:9,9,9,9,9,9,9,9")]
    [InlineData("9,9,9,9,9,9,9,9", "0:9,9,9,9,9,9,9,9")]
    [InlineData("0.5,1,2,3,4,5,6,7", "0:0.5,1,2,3,4,5,6,7")]
    [InlineData("e0,e1,e2,e3,e4,e5,e6,e7,e8,e9\n0,1,2,3,4,5,6,7,8,9\n", "0:0,1,2,3,4,5,6,7,8,9")]
    [InlineData("0,1\n9,9\n", "0:0,1; 1:9,9")]
    [InlineData("layer,expert,load\n0.0,1.0,2\n0.0,0.0,1\n3.0,0,3\n3.0,1,4\n", "0:1,2; 3:3,4")]
    [InlineData("layer,expert_0,expert_1\n3.0,1,2\n", "3:1,2")]
    [InlineData("rows0,rows1\n1,2\n", "0:1,2")]
    [InlineData(",ep_0,ep_1\nlayer_0,5,6\nlayer_1,7,8\n", "0:5,6; 1:7,8")]
    public void Every_shape_is_read(string csv, string loads) => Assert.Equal(loads, LoadCase.Read(csv).Show());

    [Theory]
    [InlineData("window,layer,expert,load\n1,0,1,4\n0,0,0,1\n1,0,0,3\n0,0,1,2\n", "0/0:1,2; 1/0:3,4")]
    [InlineData("step,layer,e0\n7,0,2\n0,0,1\n", "0/0:1; 7/0:2")]
    [InlineData("step,layer,e0\n2147483647,0,1\n", "2147483647/0:1")]
    [InlineData("step,layer,e0\n2147483648,0,2\n3,0,1\n", "0/0:1; 1/0:2")]
    [InlineData("time,layer,e0\n999999999999.5,0,2\n0.0,0,1\n", "0/0:1; 1/0:2")]
    [InlineData("time,layer,e0\n0,0,1\n0.5,0,2\n1,0,3\n", "0/0:1; 1/0:2; 2/0:3")]
    [InlineData("time,layer,expert,load\n1.0,0,0,1\n0.5,0,0,2\n", "0/0:2; 1/0:1")]
    [InlineData("time,layer,expert,load\n7.0,0,0,1\n0,0,0,2\n", "0/0:2; 7/0:1")]
    [InlineData("time,layer,e0\n1732435200.125001,0,2\n1732435200.125,0,1\n", "0/0:1; 1/0:2")]
    [InlineData("layer,time,e0\n0,2026-01-01T00:00:02Z,5\n0,2026-01-01T00:00:01Z,6\n", "0/0:6; 1/0:5")]
    [InlineData("time,layer,e0\n2026-01-01 00:00:01.5,0,2\n2026-01-01,0,1\n2026-01-01T00:00+01:00,0,3\n", "0/0:3; 1/0:1; 2/0:2")]
    [InlineData("time,layer,e0\n2026-01-01T00:00:00.123456789Z,0,2\n2026-01-01T00:00:00.1Z,0,1\n", "0/0:1; 1/0:2")]
    [InlineData("time,layer,expert,load\n1732435200.25,0,0,1\n1732435200.125,0,0,2\n", "0/0:2; 1/0:1")]
    public void Windows_come_in_ascending_order(string csv, string loads)
    {
        IReadOnlyList<ExpertLoad> windows = LoadCase.Read(csv, perWindow: true);
        Assert.Equal(loads, windows.Show().Replace("17324352002", "", StringComparison.Ordinal));
        Assert.All(windows, load => Assert.True(load.IsChronological));
    }

    [Theory]
    [InlineData(EplbError.ExpertDuplicate, "Line 3: layer 0, expert 0", "layer,expert,load\n0,0,1\n0,0,2\n")]
    [InlineData(EplbError.ExpertDuplicate, "Line 5: layer 0, expert 2", "layer,expert,load\n0,2,1\n0,0,2\n0,1,2\n0,2,2\n")]
    [InlineData(EplbError.ExpertDuplicate, "a second time;", "layer,expert,load\n0,0,1\n0,0,2\n")]
    [InlineData(EplbError.ExpertDuplicate, "in window 4", "layer,expert,load,window\n0,0,1,4\n0,0,2,4\n")]
    [InlineData(EplbError.ExpertDuplicate, "in window 4", "window,layer,expert,load\n4,0,0,1\n4,0,0,2\n")]
    [InlineData(EplbError.ExpertDuplicate, "Line 3: layer 3", "layer,e0\n3,1\n3,2\n")]
    [InlineData(EplbError.ExpertDuplicate, "expert 1", "e1,e1\n1,2\n")]
    [InlineData(EplbError.ExpertMissing, "Layer 0: expert 1", "layer,expert,load\n0,0,1\n0,2,2\n")]
    [InlineData(EplbError.ExpertMissing, "Layer 7: expert 1", "layer,expert,load\n6,0,1\n6,1,2\n7,0,1\n")]
    [InlineData(EplbError.ExpertMissing, "Layer 6: expert 0", "layer,expert,load\n7,1,1\n6,1,2\n5,0,1\n5,1,1\n")]
    [InlineData(EplbError.ExpertMissing, "Line 2: expert 5000 cannot be right", "layer,expert,load\n0,5000,1\n")]
    [InlineData(EplbError.ExpertMissing, "in window 1", "layer,expert,load,window\n0,0,1,0\n0,1,1,0\n0,0,1,1\n")]
    [InlineData(EplbError.ExpertMissing, "expert 900000", "layer,expert,load\n0,900000,1\n")]
    [InlineData(EplbError.ExpertMissing, "expert 1", "layer,e0,e2\n0,1,2\n")]
    [InlineData(EplbError.LayerMissing, "Window 1 has no layer 5", "layer,expert,load,window\n0,0,1,0\n5,0,1,0\n0,0,1,1\n")]
    [InlineData(EplbError.LayerMissing, "Window 1 has no layer 5", "layer,window,e0\n0,0,1\n5,0,1\n0,1,1\n")]
    [InlineData(EplbError.LayerMissing, "Window 1 has no layer 5", "window,layer,expert,load\n0,5,0,1\n0,0,0,1\n1,0,0,1\n")]
    [InlineData(EplbError.RowLengthMismatch, "Line 3 has 2 fields", "1,2,3\n4,5,6\n7,8\n")]
    [InlineData(EplbError.RowLengthMismatch, "Line 2 has 4 fields", "layer,expert,load\n0,0,1,9\n")]
    [InlineData(EplbError.LoadNegative, "Line 2: Layer 0, expert 0", "layer,expert,load\n0,0,-1\n")]
    [InlineData(EplbError.LoadNotFinite, "Line 2", "layer,expert,load\n0,0,NaN\n")]
    [InlineData(EplbError.LoadNotFinite, "Line 2", "1,2\n1,-inf\n")]
    [InlineData(EplbError.LoadNotFinite, "Line 1", "1,1e39\n")]
    [InlineData(EplbError.IndexOutOfRange, "layer -1", "layer,expert,load\n-1,0,1\n")]
    [InlineData(EplbError.IndexOutOfRange, "layer 65536 is out of range; it must be 0 to 65535.", "layer,expert,load\n65536,0,1\n")]
    [InlineData(EplbError.IndexOutOfRange, "expert 1048576 is out of range; it must be 0 to 1048575.", "layer,expert,load\n0,1048576,1\n")]
    [InlineData(EplbError.IndexOutOfRange, "window -1", "window,layer,expert,load\n-1,0,0,1\n")]
    [InlineData(EplbError.IndexOutOfRange, "expert 99999999", "layer,expert,load\n0,99999999,1\n")]
    [InlineData(EplbError.FormatInvalid, "column 3 holds 'many'", "layer,expert,load\n0,0,many\n")]
    [InlineData(EplbError.FormatInvalid, "column 3 holds nothing", "layer,expert,load\n0,0,\n")]
    [InlineData(EplbError.FormatInvalid, "'1,5'", "layer;expert;load\n0;0;1,5\n")]
    [InlineData(EplbError.FormatInvalid, "'0.5'", "layer,expert,load\n0,0.5,1\n")]
    [InlineData(EplbError.FormatInvalid, "a layer id is a whole number", "layer,expert,load\nfirst,0,1\n")]
    [InlineData(EplbError.FormatInvalid, "Line 3, column 3 holds '½'", "#TYPE Row\nlayer,expert,load\n0,0,½\n")]
    [InlineData(EplbError.FormatInvalid, "a window is a whole number, or a time", "window,layer,expert,load\nfirst,0,0,1\n")]
    [InlineData(EplbError.ExpertDuplicate, "a second time in window 0.5;", "time,layer,expert,load\n0.5,0,0,1\n0.5,0,0,2\n")]
    [InlineData(EplbError.ExpertDuplicate, "a second time in window 0.5;", "time,layer,e0\n0.5,0,1\n0.50,0,2\n")]
    [InlineData(EplbError.ExpertMissing, "expert 1 has no load in window 2026-01-01;", "time,layer,expert,load\n2026-01-01,0,0,1\n2026-01-02,0,0,1\n2026-01-02,0,1,1\n")]
    [InlineData(EplbError.LayerMissing, "Window 1.5 has no layer 1,", "time,layer,e0\n0,0,1\n0,1,1\n1.5,0,2\n")]
    [InlineData(EplbError.FormatInvalid, "all windows must be numbers, or all times", "time,layer,e0\n0,0,1\n2026-01-01,0,2\n")]
    [InlineData(EplbError.FormatInvalid, "all windows must be numbers, or all times", "time,layer,e0\n2026-01-01,0,2\n0.5,0,1\n")]
    [InlineData(EplbError.FormatInvalid, "holds '01.09.2026'; a window is a whole number, or a time", "time,layer,e0\n01.09.2026,0,1\n")]
    [InlineData(EplbError.FormatInvalid, "holds '09/01/2026'; a window is a whole number, or a time", "time,layer,e0\n09/01/2026,0,1\n")]
    [InlineData(EplbError.FormatInvalid, "holds 'Sep 3'; a window is a whole number, or a time", "time,layer,e0\nSep 3,0,1\n")]
    [InlineData(EplbError.FormatInvalid, "holds '10:00'; a window is a whole number, or a time", "time,layer,e0\n10:00,0,1\n")]
    [InlineData(EplbError.FormatInvalid, "holds '2026-13-01'; a window is a whole number, or a time", "time,layer,e0\n2026-13-01,0,1\n")]
    [InlineData(EplbError.FormatInvalid, "'0.5'; a layer id is a whole number", "layer,expert,load\n0.5,0,1\n")]
    [InlineData(EplbError.IndexOutOfRange, "layer -1 is", "layer,expert,load\n-1.0,0,1\n")]
    [InlineData(EplbError.FormatUnknown, "'layer_0' is no expert", "layer_0,layer_1\n1,2\n")]
    [InlineData(EplbError.FormatUnknown, "'Step 0' is no expert", "layer,Step 0\n1,2\n")]
    [InlineData(EplbError.FormatUnknown, "'window_0' is no expert", "window_0,window_1\n1,2\n")]
    [InlineData(EplbError.FormatUnknown, "'rank0' is no expert", ",rank0,rank1\n0,1,2\n")]
    [InlineData(EplbError.FormatUnknown, "'gpu_1' is no expert", "gpu_1,gpu_0\n1,2\n")]
    [InlineData(EplbError.FormatInvalid, "a window is a whole number, or a time", "window,layer,expert,load\n1e12,0,0,1\n")]
    [InlineData(EplbError.FormatInvalid, "a window is a whole number, or a time", "window,layer,expert,load\n-1e3,0,0,1\n")]
    [InlineData(EplbError.FormatInvalid, "mean the same", "layer,expert,load,count\n0,0,1,1\n")]
    [InlineData(EplbError.FormatInvalid, "mean the same", "layer,layer_id,expert,load\n0,0,0,1\n")]
    [InlineData(EplbError.FormatInvalid, "all windows", "window,layer,expert,load\n0,0,0,1\n2026-01-01,0,0,1\n")]
    [InlineData(EplbError.FormatInvalid, "quote", "layer,expert,load\n0,0,\"1\n")]
    [InlineData(EplbError.LoadMissing, "no loads", "layer,expert,load\n")]
    [InlineData(EplbError.FileEmpty, "empty", "#TYPE Row\n")]
    [InlineData(EplbError.FormatUnknown, "1 columns", "5\n6\n")]
    [InlineData(EplbError.FormatUnknown, "2 columns", "expert,load\n0,1\n")]
    [InlineData(EplbError.FormatUnknown, "2 columns", "layer,load\n0,1\n")]
    [InlineData(EplbError.FormatUnknown, "2 columns", "layer,window\n0,1\n")]
    [InlineData(EplbError.FormatUnknown, "'name'", "layer,name\n0,1\n")]
    [InlineData(EplbError.FormatUnknown, "'e1048576'", "layer,e1048576\n0,1\n")]
    [InlineData(EplbError.FormatUnknown, "'name', 'value'", "name,value\na,1\n")]
    [InlineData(EplbError.FormatUnknown, "1 columns", "just a sentence\n")]
    [InlineData(EplbError.FormatUnknown, "1 columns", "Import-Module ./Eplb.psd1\n")]
    [InlineData(EplbError.FormatUnknown, "'h2'", "layer,h2,o1\n1,2,3\n")]
    [InlineData(EplbError.FormatUnknown, "'# comment'", "# comment\nlayer,expert,load\n")]
    public void Bad_input_is_one_clear_error(EplbError error, string where, string csv) => LoadCase.IsRefused(error, where, () => LoadCase.Read(csv));

    [Theory]
    [InlineData(40, "")]
    [InlineData(41, "...")]
    public void What_is_quoted_of_the_file_is_at_most_40_characters(int length, string end)
    {
        string text = new('x', length), quoted = $"'{new string('x', 40)}{end}'";
        LoadCase.IsRefused(EplbError.FormatUnknown, quoted, () => LoadCase.Read($"layer,{text}\n"));
        LoadCase.IsRefused(EplbError.FormatInvalid, quoted, () => LoadCase.Read($"layer,expert,load\n0,0,{text}\n"));
    }

    [Fact]
    public void Long_rows_may_come_in_any_order() => Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 9], Gen.Int).Sample((windows, layers, experts, seed) =>
    {
        var rows = new List<string>();
        for (int window = 0; window < windows; window++)
        {
            for (int layer = 0; layer < layers; layer++)
            {
                for (int expert = 0; expert < experts; expert++) rows.Add(FormattableString.Invariant($"{window},{layer},{expert},{(window * 100) + (layer * 10) + expert}"));
            }
        }

        string ordered = "window,layer,expert,load\n" + string.Join("\n", rows);
        new Random(seed).Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(rows));
        string shuffled = "window,layer,expert,load\n" + string.Join("\n", rows);
        Assert.Equal(LoadCase.Read(ordered, perWindow: true).Show(), LoadCase.Read(shuffled, perWindow: true).Show());
        Assert.Equal(LoadCase.Read(ordered).Show(), LoadCase.Read(shuffled).Show());
    }, iter: 50);

    [Theory]
    [InlineData(" 12 ", 12)]
    [InlineData("0.1", 0.1)]
    [InlineData("00.5", 0.5)]
    [InlineData("5.", 5)]
    [InlineData(".5", 0.5)]
    [InlineData("+7.25", 7.25)]
    [InlineData("-0.0", 0)]
    [InlineData("1E+2", 100)]
    [InlineData("0.30000000000000004", 0.30000000000000004)]
    [InlineData("9007199254740993.0", 9007199254740992)]
    [InlineData("123456789012345678901234567890", 1.2345678901234568e29)]
    [InlineData("0.000000000000000000000000000000000015", 1.5e-35)]
    [InlineData("18446744073709551617.0", 18446744073709551616.0)]
    [InlineData("1844674407370955.1617", 1844674407370955.1617)]
    public void A_number_is_read_exactly_in_any_notation(string text, double load) =>
        Assert.Equal(load, LoadCase.Read($"layer,expert,load\n0,0,{text}\n")[0].Load[0]);

    [Fact]
    public void Memory_does_not_grow_with_rows_that_are_added_up()
    {
        long few = Allocated(10);
        Assert.InRange(Allocated(40) - few, 0, 30 * 512 * 2);

        static long Allocated(int windows)
        {
            var csv = new StringBuilder("window,layer,expert,load\n");
            for (int row = 0; row < windows * 512; row++) csv.Append(CultureInfo.InvariantCulture, $"{row / 512},0,{row % 512},{row}.25\n");
            using var file = new TempFile(Encoding.ASCII.GetBytes(csv.ToString()), "loads.csv");
            ExpertLoadReader.Read(file.Path);
            long before = GC.GetAllocatedBytesForCurrentThread();
            ExpertLoadReader.Read(file.Path);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void The_culture_of_the_session_changes_nothing()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.Equal(1.5, LoadCase.Read("layer,expert,load\n0,0,1.5\n")[0].Load[0]);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Encodings_of_Windows_PowerShell_are_understood()
    {
        foreach (Encoding encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF8])
            Assert.Equal("0:1,2", LoadCase.Read("layer,expert,load\r\n0,0,1\r\n0,1,2\r\n", encoding: encoding).Show());
    }
}
