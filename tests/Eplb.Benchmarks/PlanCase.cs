using System.Text.Json;

namespace Eplb.Benchmarks;

/// <summary>One plan to time: loads and the cluster that they are planned for.</summary>
internal sealed class PlanCase(string name, LoadMatrix loads, ClusterShape shape, bool isLarge = false)
{
    public string Name => name;

    public LoadMatrix Loads => loads;

    public ClusterShape Shape => shape;

    /// <summary>A case that the NumPy reference would need hours for.</summary>
    public bool IsLarge => isLarge;

    /// <summary>Bytes that a plan cannot do without: the loads it reads and the three results it returns.</summary>
    public long NeededBytes => loads.Rows.Count *
        ((loads.ExpertCount * (long)(sizeof(double) + sizeof(int))) + (shape.ReplicaCount * 2L * sizeof(int)));

    /// <summary>All cases: the real DeepSeek-V3 trace, then loads made up in the shapes of other models, then clusters of the largest size.</summary>
    public static IEnumerable<PlanCase> All()
    {
        LoadMatrix real = ReadReal();
        yield return new("58 x 256 to 288, 8 groups, 4 nodes, 32 GPUs", real, new(288, 32, 4, 8));
        yield return new("58 x 256 to 288, Global, 32 GPUs", real, new(288, 32));
        yield return new("58 x 256 to 288, Global, 144 GPUs", real, new(288, 144));
        yield return new("61 x 384 to 512, 8 groups, 8 nodes, 64 GPUs", MakeUp(61, 384), new(512, 64, 8, 8));
        yield return new("61 x 384 to 512, Global, 64 GPUs", MakeUp(61, 384), new(512, 64));
        yield return new("94 x 128 to 160, 4 groups, 4 nodes, 32 GPUs", MakeUp(94, 128), new(160, 32, 4, 4));
        yield return new("94 x 128 to 160, Global, 32 GPUs", MakeUp(94, 128), new(160, 32));
        yield return new("128 x 1024 to 16384, Global, 2048 GPUs", MakeUp(128, 1024), new(16384, 2048), isLarge: true);
        yield return new("128 x 4096 to 65536, Global, 8192 GPUs", MakeUp(128, 4096), new(65536, 8192), isLarge: true);
    }

    private static LoadMatrix ReadReal()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "data", "dsv3-0324-mmlu-seqlen4k.json");
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
        double[][] rows = json.RootElement.GetProperty("logical_count").Deserialize<double[][]>()!;
        return LoadMatrix.Combine(rows.Select((row, layer) => new ExpertLoad(layer, row)));
    }

    // Log-normal token counts, as skewed as real ones; whole numbers, so that every peer reads the same float32.
    private static LoadMatrix MakeUp(int layers, int experts)
    {
        var random = new Random(Seed: 20);
        double Load() => Math.Round(30000 * Math.Exp(0.8 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())));
        return LoadMatrix.Combine(Enumerable.Range(0, layers)
            .Select(layer => new ExpertLoad(layer, [.. Enumerable.Range(0, experts).Select(_ => Load())])));
    }
}
