namespace Eplb.Tests.Formats;

/// <summary>Damaged placements of every format are read or refused with one clear error, and what is read is a placement that holds its own rules.</summary>
public sealed class DamagedPlacementTests
{
    // Two of five GPUs are lost, one is slower, the slots do not divide evenly, and expert 0 has its replicas in no order.
    private static readonly PlacementMap Gapped = new(
        [
            LayerPlacement.Create(3, [0, 1, 2, -1, -1, 0, 3, -1, -1, 2, 0], 4, [5, 0.1 + 0.2, 3, 1e-3], [2, 0, 0, -1, -1, 0, 0, -1, -1, 1, 1], allowsEmpty: true),
            LayerPlacement.Create(4, [3, 1, 2, -1, -1, 0, 3, -1, -1, 1, 0], 4, [5, 4, 3, 7], allowsEmpty: true),
        ],
        new ClusterShape(11, 5, 1, 2, [1, 3], [1, 1, 0.5, 1, 1]), PlacementPolicy.Global, ["loads.json"]);

    private static readonly Dictionary<string, string> Texts = new()
    {
        ["own.csv"] = Write(Gapped, PlacementFormat.Csv),
        ["own.json"] = Write(Gapped, PlacementFormat.Json),
        ["semicolons.csv"] = Write(Gapped, PlacementFormat.Csv).Replace(',', ';'),
        ["tabs.csv"] = "#TYPE Row\n" + Write(Gapped, PlacementFormat.Csv).Replace(',', '\t'),
        ["configuration.yaml"] = "backend: pytorch # fast\nlist:\n- a: [1,\n  2]\nmoe_config:\n  backend: CUTLASS\n  load_balancer:\n    'num_slots': 4\n    initial_global_assignments:\n      3: [0, 1, 2, 0]\n      4: [0, 1, 2, 1]\n  last: |\n    text\n",
        ["loads without counts.json"] = """{"PhysicalToLogical":[[0,1,2,0,1,2,1,0]],"Layer":[0],"GpuCount":4,"Load":[[1,2,3]]}""",
    };

    public static TheoryData<string> Files =>
    [
        .. Directory.GetFiles(PlacementReaderTests.PathOf("")).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal).Where(name => name is not ("expected.json" or "sglang-one-dimension.pt")),
        .. Texts.Keys, .. TextForms.All.SelectMany(form => (string[])[$"own.csv, {form}", $"trtllm-block.yaml, {form}"]),
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_placement_cut_off_at_any_byte_is_read_or_refused(string name) => Fuzz.CutOff(ContentOf(name), name, ReadEveryWay);

    [Theory]
    [MemberData(nameof(Files))]
    public void A_mutated_placement_is_read_or_refused(string name) => Fuzz.Mutated(ContentOf(name), name, ReadEveryWay);

    [Theory]
    [MemberData(nameof(Files))]
    public void A_placement_with_any_byte_changed_is_read_or_refused(string name)
    {
        byte[] bytes = ContentOf(name);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte before = bytes[i];
            foreach (byte other in new[] { (byte)(before ^ 1), (byte)(before ^ 0x80), (byte)'9', (byte)'[', (byte)' ' })
            {
                bytes[i] = other;
                using var stream = new MemoryStream(bytes);
                try
                {
                    PlacementReader.Read(stream, new PlacementImportOptions { GpuCount = 4 });
                }
                catch (EplbException)
                {
                    // One clean error is what a broken file is for.
                }
            }

            bytes[i] = before;
        }
    }

    [Fact]
    public void Columns_of_a_table_may_come_in_any_order()
    {
        string[][] rows = [.. Write(Gapped, PlacementFormat.Csv).TrimEnd().Split('\n').Select(line => line.Split(','))];
        for (int first = 0; first < rows[0].Length; first++)
        {
            string text = string.Join('\n', rows.Select(row => string.Join(',', row.Skip(first).Concat(row.Take(first)))));
            using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
            Assert.True(PlacementGen.AreEqual(Gapped, PlacementReader.Read(stream, new PlacementImportOptions())), rows[0][first]);
        }
    }

    [Fact]
    public void The_sources_are_kept()
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Texts["own.json"]));
        Assert.Equal(["loads.json"], PlacementReader.Read(stream, new PlacementImportOptions()).Sources);
    }

    private static string Write(PlacementMap map, PlacementFormat format)
    {
        using var stream = new MemoryStream();
        new PlacementExport(map, format).Write(stream);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private static byte[] ContentOf(string name)
    {
        int comma = name.IndexOf(',', StringComparison.Ordinal);
        string file = comma < 0 ? name : name[..comma];
        byte[] content = Texts.TryGetValue(file, out string? text) ? System.Text.Encoding.UTF8.GetBytes(text) : File.ReadAllBytes(PlacementReaderTests.PathOf(file));
        return comma < 0 ? content : TextForms.Encode(System.Text.Encoding.UTF8.GetString(content), name[(comma + 2)..]);
    }

    // What a caller says of GPUs and layers leads through different rules.
    private static void ReadEveryWay(string path)
    {
        EplbException? broken = null;
        int read = 0;
        foreach (PlacementImportOptions options in (PlacementImportOptions[])[new(), new() { GpuCount = 4 }, PlacementReaderTests.Model(5, 2)])
        {
            try
            {
                PlacementMap map = PlacementReader.Read(path, options: options);
                Check(map);
                IsKept(map);
                read++;
            }
            catch (EplbException thrown)
            {
                broken = thrown;
            }
        }

        if (read == 0) throw broken!;
    }

    // Whatever can be read can be written, and read again as it was.
    private static void IsKept(PlacementMap map)
    {
        foreach (PlacementFormat format in (PlacementFormat[])[PlacementFormat.Csv, PlacementFormat.Json])
        {
            try
            {
                using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Write(map, format)));
                Assert.True(PlacementGen.AreEqual(map, PlacementReader.Read(stream, new PlacementImportOptions())), $"{format} does not keep everything.");
            }
            catch (EplbException broken)
            {
                Assert.Fail($"{format} does not take what was read: {broken.Message}");
            }
        }
    }

    private static void Check(PlacementMap map)
    {
        Assert.Equal(map.Layer.Distinct().Order(), map.Layer);
        Assert.InRange(map.Layer[0], 0, map.Layer[^1]);
        Assert.True(Enum.IsDefined(map.Policy));
        for (int i = 0; i < map.Layer.Length; i++)
        {
            int[] experts = map.PhysicalToLogical[i], count = map.ExpertCount[i];
            Assert.Equal(map.ReplicaCount, experts.Length);
            Assert.Equal(map.ExpertCount[0].Length, count.Length);
            Assert.DoesNotContain(0, count);
            for (int slot = 0; slot < experts.Length; slot++)
            {
                Assert.InRange(experts[slot], -1, count.Length - 1);
                Assert.Equal(map.Shape.IsExcluded(map.Shape.GpuOf(slot)), experts[slot] < 0);
            }

            Assert.Equal(experts.Count(expert => expert >= 0), count.Sum());
            Assert.Equal(count.SelectMany((replicas, expert) => Enumerable.Range(0, replicas).Select(replica => (expert, replica))),
                experts.Zip(map.Layers[i].Replica).Where(slot => slot.First >= 0).Order());
            if (map.Load is null) continue;
            Assert.Equal(count.Length, map.Load[i].Length);
            Assert.All(map.Load[i], load => Assert.InRange(load, 0, float.MaxValue));
        }
    }
}
