using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Eplb.Tests.Formats.Loads;

/// <summary>Damaged files of every format are read or refused with one clear error; they never crash, hang or take memory that they do not justify.</summary>
/// <remarks>The seeded mutations are few in the suite; the environment variable EPLB_FUZZ_ROUNDS sets how many each file gets.</remarks>
public sealed class HostileFileTests
{
    private const int DefaultRounds = 60;
    private const long MemoryLimit = 64 << 20;

    public static TheoryData<string> Files =>
    [
        "formats/windows-i4.npy", "formats/windows-f8-fortran.npy", "formats/parts.npz", "formats/logical-count.npz", "formats/mcore_ep_loads_rank0_0.npz",
        "formats/sglang-stat.pt", "formats/sglang-per-pass-0.pt", "formats/sglang-per-token-1.pt", "formats/tensor-strides.pt",
        "formats/tensorrt-llm/rank0.safetensors", "formats/vllm.jsonl", "formats/omni-infer/activation_counts_recordstep_0_rank_0.txt",
        "json", "history", "long", "wide",
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_cut_off_at_any_byte_is_read_or_refused(string name)
    {
        byte[] content = ContentOf(name);
        int step = Math.Max(1, content.Length / 400);
        for (int length = 0; length < content.Length; length += step) ReadOrRefuse(content[..length], name, $"cut off at {length}");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_mutated_file_is_read_or_refused(string name)
    {
        byte[] content = ContentOf(name);
        int rounds = int.Parse(Environment.GetEnvironmentVariable("EPLB_FUZZ_ROUNDS") ?? DefaultRounds.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        for (int seed = 0; seed < rounds; seed++) ReadOrRefuse(Mutate(content, new Random(seed)), name, $"mutated with seed {seed}");
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
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MemoryLimit);
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

    private static byte[] ContentOf(string name) => name switch
    {
        "json" => """{"rank": 0, "logical_count": [[[1, 2.5], [3, 4e1]], [[10, 20], [30, 40]]], "more": {"text": "ö\n", "list": [null, true]}}"""u8.ToArray(),
        "history" => """{"load_history": [{"logical_expert_load": [[1, 2]]}, {"logical_expert_load": [[3, 4]]}]}"""u8.ToArray(),
        "long" => "window,layer,expert,load\n0,3,0,1\n0,3,1,2\n1,3,1,\"4\"\n1,3,0,3.5\n"u8.ToArray(),
        "wide" => "layer\te0\te1\te2\n3\t1\t2\t3\n4\t5\t6\t7\n"u8.ToArray(),
        _ => File.ReadAllBytes(TestData.PathOf(name)),
    };

    private static byte[] Mutate(byte[] content, Random random)
    {
        List<byte> bytes = [.. content];
        for (int times = random.Next(1, 5); times > 0 && bytes.Count > 0; times--)
        {
            int place = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[place] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[place] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(place, Math.Min(random.Next(1, 9), bytes.Count - place));
                    break;
                case 3:
                    bytes.InsertRange(place, content.Skip(random.Next(content.Length)).Take(random.Next(1, 40)));
                    break;
                case 4:
                    bytes[place] = "0123456789-.eE,[]{}\"\n\t\0\xFF"u8[random.Next(24)];
                    break;
                default:
                    for (int i = place; i < Math.Min(place + 4, bytes.Count); i++) bytes[i] = 0xFF;
                    break;
            }
        }

        return [.. bytes];
    }

    private static void ReadOrRefuse(byte[] content, string name, string how)
    {
        using var file = new TempFile(content, Path.GetFileName(name));
        foreach (bool perWindow in (bool[])[false, true])
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                ExpertLoadReader.Read(file.Path, LoadFormat.Auto, perWindow);
            }
            catch (EplbException)
            {
                // One clear error is what a damaged file is to end in.
            }
            catch (Exception broken)
            {
                Assert.Fail($"{name} {how}: {broken}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MemoryLimit, $"{name} {how}: {allocated} bytes were allocated for a file of {content.Length}.");
        }
    }
}
