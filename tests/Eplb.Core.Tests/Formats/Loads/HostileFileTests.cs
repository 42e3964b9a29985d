using System.IO.Compression;
using System.Text;

namespace Eplb.Tests.Formats.Loads;

/// <summary>Damaged files of every format are read or refused with one clear error; they never crash, hang or take memory that they do not justify.</summary>
public sealed class HostileFileTests
{
    private const string Megatron = "megatron.npz";

    private static readonly string[] Stored =
    [
        "formats/windows-i4.npy", "formats/windows-f8-fortran.npy", "formats/parts.npz", "formats/logical-count.npz", Megatron,
        "formats/sglang-stat.pt", "formats/sglang-per-pass-0.pt", "formats/sglang-per-token-1.pt", "formats/tensor-strides.pt",
        "formats/tensorrt-llm/rank0.safetensors", "formats/vllm.jsonl", "formats/omni-infer/activation_counts_recordstep_0_rank_0.txt",
    ];

    private static readonly Dictionary<string, string> Texts = new()
    {
        ["json"] = """{"rank": 0, "logical_count": [[[1, 2.5], [3, 4e1]], [[10, 20], [30, 40]]], "more": {"text": "ö\n", "list": [null, true]}}""",
        ["history"] = """{"load_history": [{"logical_expert_load": [[1, 2]]}, {"logical_expert_load": [[3, 4]]}]}""",
        ["ranks"] = """{"code": 0, "msg": "ok", "data": [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]}""",
        ["array"] = "[[1, 2, 3], [4, 5, 6]]",
        ["long"] = "window,layer,expert,load\n0,3,0,1\n0,3,1,2\n1,3,1,\"4\"\n1,3,0,3.5\n",
        ["long with semicolons"] = "#TYPE Row\r\nLayer;Time;Expert_ID;Tokens;Note\r\n3;2026-01-01T00:00:01Z;0;1;\"a;b\"\r\n3;2026-01-01T00:00:01Z;1;2;\r\n",
        ["expert_distribution_rank0_timestamp1.5.csv"] = "layer_id,expert_id,count\n0,0,5\n0,3,6\n1,1,7\n",
        ["wide"] = "layer\te0\te1\te2\n3\t1\t2\t3\n4\t5\t6\t7\n",
        ["wide with windows"] = "step,layer,ep_1,ep_0\n0,layer_0,1,2\n0,layer_1,3,4\n1,layer_0,5,6\n1,layer_1,7,8\n",
        ["wide without header"] = "0,1,2,3,4,5,6,7\n9,9,9,9.5,9,9,9,1e3\n",
    };

    private static readonly string[] Encoded = ["json", "long"];

    public static TheoryData<string> Files => [.. Stored, .. Texts.Keys, .. Encoded.SelectMany(name => TextForms.All.Select(form => $"{name}, {form}"))];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_cut_off_at_any_byte_is_read_or_refused(string name) => Fuzz.CutOff(ContentOf(name), name, ReadBothWays);

    [Theory]
    [MemberData(nameof(Files))]
    public void A_mutated_file_is_read_or_refused(string name) => Fuzz.Mutated(ContentOf(name), name, ReadBothWays);

    [Theory]
    [InlineData("meta_info.json")]
    [InlineData("rank1.safetensors")]
    public void A_directory_with_a_mutated_file_is_read_or_refused(string name)
    {
        using var files = new TempFile(File.ReadAllBytes(TestData.PathOf($"formats/tensorrt-llm/{name}")), name);
        string directory = Path.GetDirectoryName(files.Path)!;
        foreach (string other in (string[])["meta_info.json", "rank0.safetensors", "rank1.safetensors"])
        {
            if (other != name) File.Copy(TestData.PathOf($"formats/tensorrt-llm/{other}"), Path.Combine(directory, other));
        }

        Fuzz.Mutated(files.Path, name, _ => ReadBothWays(directory));
    }

    [Fact]
    public void A_bomb_of_zeros_costs_no_memory()
    {
        // 256 MiB of zeros in a quarter of a MiB: 65,536 windows of one layer with 1,024 experts.
        byte[] header = Header("(65536, 1, 1024)");
        using var bomb = new MemoryStream();
        using (var archive = new ZipArchive(bomb, ZipArchiveMode.Create, leaveOpen: true))
        {
            using Stream entry = archive.CreateEntry("a.npy").Open();
            entry.Write(header);
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 256; i++) entry.Write(zeros);
        }

        using var file = new TempFile(bomb.ToArray());
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(ExpertLoadReader.Read(file.Path).Single().IsIdle);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Fuzz.MemoryLimit);
    }

    [Theory]
    [InlineData("", 1), InlineData("0,1,2\n", 2)]
    public void A_line_without_end_is_refused_soon(string start, int line)
    {
        using var file = new TempFile(start + string.Concat(Enumerable.Repeat("12345678,", 2_000_000)));
        EplbException broken = Assert.Throws<EplbException>(() => ExpertLoadReader.Read(file.Path));
        Assert.Equal(EplbError.ShapeTooLarge, broken.Error);
        Assert.Contains($"Line {line} is longer", broken.Message, StringComparison.Ordinal);
    }

    private static byte[] Header(string shape)
    {
        string text = $"{{'descr': '<i4', 'fortran_order': False, 'shape': {shape}, }}".PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. Encoding.ASCII.GetBytes(text)];
    }

    private static byte[] ContentOf(string name)
    {
        if (Texts.TryGetValue(name, out string? text)) return Encoding.UTF8.GetBytes(text);
        if (name == Megatron) return MegatronLoadsTests.Whole;
        int comma = name.IndexOf(',', StringComparison.Ordinal);
        return comma < 0 ? File.ReadAllBytes(TestData.PathOf(name)) : TextForms.Encode(Texts[name[..comma]], name[(comma + 2)..]);
    }

    private static void ReadBothWays(string path)
    {
        // Windows that are kept apart and those that are added up go different ways.
        EplbException? broken = null;
        foreach (bool perWindow in (bool[])[false, true])
        {
            try
            {
                Check(ExpertLoadReader.Read(path, LoadFormat.Auto, perWindow));
            }
            catch (EplbException thrown)
            {
                broken = thrown;
            }
        }

        if (broken is not null) throw broken;
    }

    private static void Check(IReadOnlyList<ExpertLoad> loads)
    {
        Assert.NotEmpty(loads);
        Assert.All(loads, load => Assert.Equal(loads[0].Load.Length, load.Load.Length));
        Assert.All(loads.SelectMany(load => load.Load), load => Assert.True(load >= 0 && double.IsFinite(load)));
        for (int i = 1; i < loads.Count; i++) Assert.True((loads[i - 1].Window, loads[i - 1].Layer).CompareTo((loads[i].Window, loads[i].Layer)) < 0);
    }
}
