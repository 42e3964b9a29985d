using System.Text.Json;

namespace Eplb.Tests;

/// <summary>The files under tests/data and module/examples/data, as they lie beside the test assembly.</summary>
internal static class TestData
{
    public static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "data", file);

    /// <summary>The rows of a file with the one key logical_count, read without the module's own readers.</summary>
    public static double[][] LogicalCount(string file)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(PathOf(file)));
        return json.RootElement.GetProperty("logical_count").Deserialize<double[][]>()!;
    }

    /// <summary>The loads of a file that is a bare array [windows][layers][experts].</summary>
    public static IReadOnlyList<ExpertLoad> Windows(string file)
    {
        double[][][] windows = JsonSerializer.Deserialize<double[][][]>(File.ReadAllBytes(PathOf(file)))!;
        return [.. windows.SelectMany((layers, window) => layers.Select((row, layer) => new ExpertLoad(layer, row, window)))];
    }

    /// <summary>The loads of such a file, of its first layers where not all are needed.</summary>
    public static LoadMatrix Loads(string file, int layers = int.MaxValue) =>
        LoadMatrix.Combine(LogicalCount(file).Take(layers).Select((row, layer) => new ExpertLoad(layer, row)));
}
