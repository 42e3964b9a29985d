using System.Text.Json;

namespace Eplb.Tests;

/// <summary>One case that was made with the reference: its inputs and its three outputs.</summary>
public sealed class GoldenCase
{
    private GoldenCase(JsonElement json)
    {
        Name = json.GetProperty("name").GetString()!;
        Policy = Enum.Parse<PlacementPolicy>(json.GetProperty("policy").GetString()!);
        Shape = new ClusterShape(json.GetProperty("num_replicas").GetInt32(), json.GetProperty("num_gpus").GetInt32(),
            json.GetProperty("num_nodes").GetInt32(), json.GetProperty("num_groups").GetInt32());
        double[][] rows = json.TryGetProperty("weight", out JsonElement weight)
            ? weight.Deserialize<double[][]>()!
            : TestData.LogicalCount(json.GetProperty("loads_file").GetString()!);
        Loads = LoadMatrix.Combine(rows.Select((row, layer) => new ExpertLoad(layer, row)));
        PhysicalToLogical = json.GetProperty("physical_to_logical_map").Deserialize<int[][]>()!;
        LogicalToPhysical = json.GetProperty("logical_to_physical_map").Deserialize<int[][][]>()!;
        ExpertCount = json.GetProperty("expert_count").Deserialize<int[][]>()!;
    }

    public string Name { get; }

    public PlacementPolicy Policy { get; }

    public ClusterShape Shape { get; }

    public LoadMatrix Loads { get; }

    public int[][] PhysicalToLogical { get; }

    public int[][][] LogicalToPhysical { get; }

    public int[][] ExpertCount { get; }

    public static IReadOnlyDictionary<string, GoldenCase> Read(string path) =>
        File.ReadLines(path).Select(line => new GoldenCase(JsonDocument.Parse(line).RootElement)).ToDictionary(golden => golden.Name);
}
