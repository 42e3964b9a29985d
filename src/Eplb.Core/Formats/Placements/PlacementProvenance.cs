using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;

namespace Eplb;

/// <summary>The side-car of an exported placement: where it comes from, for formats that allow no keys of their own.</summary>
/// <remarks>No time and no machine is in it, so that equal input gives equal bytes; loads are named by their files and held by their hash.</remarks>
internal sealed class PlacementProvenance(PlacementMap map, PlacementFormat format, ModelLayers model)
{
    private const string Suffix = ".eplb.json", Hash = "Sha256";

    /// <summary>Path of the side-car of a file.</summary>
    /// <param name="path">Path of the file.</param>
    public static string PathOf(string path) => path + Suffix;

    /// <summary>Whether a file is the side-car of one beside it, by its name.</summary>
    /// <param name="path">Path of the file.</param>
    public static bool IsSidecar(string path) => path.EndsWith(Suffix, StringComparison.Ordinal) && File.Exists(path.Substring(0, path.Length - Suffix.Length));

    /// <summary>Name of the file that a side-car describes, or null where the document is none.</summary>
    /// <param name="document">The document.</param>
    public static string? FindFile(JsonValue document) => document.Has(Hash) && document.Has("File") ? document.Member("File").Text() : null;

    /// <summary>Writes the side-car.</summary>
    /// <param name="path">Path of the file that it describes.</param>
    /// <param name="hash">SHA-256 of that file.</param>
    /// <param name="existing">What becomes of an older side-car.</param>
    /// <exception cref="EplbException">The side-car cannot be written.</exception>
    public void Write(string path, string hash, ExistingFile existing) => AtomicFile.Write(PathOf(path), stream =>
    {
        using var text = new InvariantWriter(stream);
        var members = new List<string>
        {
            Member("Module", "Eplb"), Member("Version", Version), Member("File", Path.GetFileName(path)), Member(Hash, hash),
            Member("Format", format.ToString()), Member("HiddenLayerCount", model.HiddenLayerCount), Member("FirstMoeLayer", model.FirstMoeLayer),
            Member("LayerCount", map.Layer.Length), Member("ExpertCount", map.ExpertCount[0].Length), Member("ReplicaCount", map.ReplicaCount),
            Member("GpuCount", map.GpuCount), Member("NodeCount", map.NodeCount), Member("GroupCount", map.GroupCount), Member("Policy", map.Policy.ToString()),
            $"\"Sources\": [{string.Join(", ", map.Sources.Select(source => JsonPlacements.Quote(Path.GetFileName(source))))}]",
            map.Load is null ? "\"LoadSha256\": null" : Member("LoadSha256", HashLoads(map.Load)),
        };
        text.WriteLine('{');
        text.WriteLines(members, "  ", text.Write);
        text.WriteLine('}');
    }, existing);

    private static string Version => typeof(PlacementProvenance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private static string Member(string name, string value) => $"\"{name}\": {JsonPlacements.Quote(value)}";

    private static string Member(string name, int? value) => $"\"{name}\": {value?.ToString(CultureInfo.InvariantCulture) ?? "null"}";

    // Little-endian float64, layer after layer.
    private static string HashLoads(double[][] loads)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (double[] load in loads)
        {
            byte[] bytes = new byte[load.Length * sizeof(double)];
            Buffer.BlockCopy(load, 0, bytes, 0, bytes.Length);
            hash.AppendData(bytes);
        }

        return HashingStream.ToHex(hash.GetHashAndReset());
    }
}
