using System.IO.Compression;
using System.Text;

namespace Eplb.Tests.Formats;

/// <summary>A small file costs little, whatever it says: its parts cannot multiply each other in memory or time.</summary>
public sealed class ProportionTests
{
    private const long Memory = 64 << 20;

    [Fact]
    public void A_map_with_one_long_layer_cannot_make_all_layers_long()
    {
        const int Slots = 1 << 18, Layers = 400;
        string zeros = string.Join(",", Enumerable.Repeat("0", Slots - 1));
        string shorts = string.Concat(Enumerable.Repeat(",[0]", Layers));
        string record = $$"""{"record_type":"eplb_load_stats","version":1,"step":7,"expert_load":[[{{zeros}},1]{{shorts}}],"p2l_map":[[{{zeros}},{{Slots - 1}}]{{shorts}}]}""";
        IsRefused(Encoding.UTF8.GetBytes(record), "loads", EplbError.RowLengthMismatch, "Layer 1 of the map has 1 slots, but layer 0 has 262144", path => ExpertLoadReader.Read(path, perWindow: true));
    }

    [Fact]
    public void Layers_that_name_one_high_expert_each_cost_no_more_than_a_window_of_loads_may()
    {
        string lines = string.Concat(Enumerable.Range(0, LoadSums.MaxLayerCount).Select(layer => $"{layer},8191,1\n"));
        IsRefused(Encoding.UTF8.GetBytes("layer_id,expert_id,count\n" + lines), "expert_distribution_rank0_timestamp1.5.csv",
            EplbError.ShapeTooLarge, "beyond the limit", path => ExpertLoadReader.Read(path), memory: 300 << 20);
    }

    [Theory]
    [InlineData(".npy")]
    [InlineData("/data.pkl")]
    public void Entries_of_an_archive_that_share_their_bytes_are_refused(string entry)
    {
        byte[] archive = Overlapping(entry, 3000);
        IsRefused(archive, "loads", EplbError.FormatInvalid, "overlap", path => ExpertLoadReader.Read(path));
    }

    [Fact]
    public void A_line_of_more_fields_than_any_layer_has_experts_is_refused_before_it_is_split()
    {
        string line = string.Join(",", Enumerable.Repeat("1", 200_000)) + "\n";
        IsRefused(Encoding.UTF8.GetBytes(line), "loads", EplbError.ShapeTooLarge, "Line 1 has more than 65536 fields", path => ExpertLoadReader.Read(path), memory: 300 << 20);
        IsRefused(Encoding.UTF8.GetBytes(new string(',', 200_000)), "loads", EplbError.ShapeTooLarge, "Line 1 has more than 65536 fields", path => ExpertLoadReader.Read(path), memory: 300 << 20);
        IsRefused(Encoding.UTF8.GetBytes("0,1\n1,2\n" + line), "loads", EplbError.ShapeTooLarge, "Line 3 has more than 65536 fields", path => ExpertLoadReader.Read(path), memory: 300 << 20);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Any_number_of_lines_has_any_number_of_fields(string newLine)
    {
        using var file = new TempFile("layer,expert,load" + newLine + string.Concat(Enumerable.Range(0, 40_000).Select(expert => $"0,{expert},1{newLine}")));
        Assert.Equal(40_000, ExpertLoadReader.Read(file.Path).Single().Total);
        using var broken = new TempFile($"0,1{newLine}1,2{newLine}" + string.Join(",", Enumerable.Repeat("1", 70_000)));
        Assert.Contains("Line 3 has more than", Assert.Throws<EplbException>(() => ExpertLoadReader.Read(broken.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_a_million_lost_GPUs_are_read_at_once()
    {
        const int Slots = 1 << 20;
        string slots = string.Join(",", Enumerable.Range(0, Slots).Select(slot => slot % 2 == 0 ? "0" : "-1"));
        using var file = new TempFile($$"""{"Layer":[0],"GpuCount":{{Slots}},"PhysicalToLogical":[[{{slots}}]]}""");
        // Minutes where every GPU is looked for among the lost ones.
        PlacementMap map = await Task.Run(() => PlacementReader.Read(file.Path)).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(Slots / 2, map.ExcludedGpu.Count);
    }

    private static void IsRefused(byte[] content, string name, EplbError error, string message, Action<string> read, long memory = Memory)
    {
        using var file = new TempFile(content, name);
        long before = GC.GetAllocatedBytesForCurrentThread();
        EplbException broken = Assert.Throws<EplbException>(() => read(file.Path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, memory);
        Assert.Contains(message, broken.Message, StringComparison.Ordinal);
        Assert.Equal(error, broken.Error);
    }

    // One packed array of zeros, which the list at the archive's end names many times.
    private static byte[] Overlapping(string name, int count)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            using Stream entry = archive.CreateEntry("00000" + name).Open();
            string header = "{'descr': '|i1', 'fortran_order': False, 'shape': (1024, 1, 1024), }".PadRight(117) + "\n";
            entry.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header)]);
            entry.Write(new byte[1 << 20]);
        }

        byte[] single = stream.ToArray();
        int end = single.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        int start = BitConverter.ToInt32(single, end + 16);
        using var overlapping = new MemoryStream();
        overlapping.Write(single, 0, start);
        for (int i = 0; i < count; i++)
        {
            byte[] listed = single[start..end];
            Encoding.ASCII.GetBytes($"{i:D5}").CopyTo(listed, 46);
            overlapping.Write(listed);
        }

        byte[] last = single[end..];
        BitConverter.GetBytes((ushort)count).CopyTo(last, 8);
        BitConverter.GetBytes((ushort)count).CopyTo(last, 10);
        BitConverter.GetBytes(count * (end - start)).CopyTo(last, 12);
        overlapping.Write(last);
        return overlapping.ToArray();
    }
}
