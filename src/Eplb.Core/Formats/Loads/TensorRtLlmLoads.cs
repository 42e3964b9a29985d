using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Eplb;

/// <summary>Reads what TensorRT-LLM records: a directory with meta_info.json and one safetensors file a rank, whose tensors are called iteration_layer.</summary>
internal static class TensorRtLlmLoads
{
    private const string MetaFile = "meta_info.json";

    /// <summary>Whether a directory is such a recording.</summary>
    /// <param name="directory">Path of the directory.</param>
    public static bool IsRecording(string directory) => File.Exists(Path.Combine(directory, MetaFile));

    /// <summary>Reads all ranks of a directory and adds them up.</summary>
    /// <param name="directory">Path of the directory.</param>
    /// <param name="sums">Takes the loads.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="EplbException">A rank is missing or one too many, or a file breaks a rule; the message names the file.</exception>
    public static void ReadDirectory(string directory, LoadSums sums, CancellationToken cancellation)
    {
        (int? expertCount, int? rankCount) = ReadMeta(Path.Combine(directory, MetaFile));
        SortedDictionary<int, string> files = FindRanks(directory);
        if (files.Count == 0) throw new EplbException(EplbError.LoadMissing, "The directory has no rank*.safetensors.");
        KeyValuePair<int, string> last = files.Last();
        CheckRank(last.Key, rankCount, last.Value);
        int ranks = rankCount ?? last.Key + 1;
        for (int rank = 0; rank < ranks; rank++)
        {
            if (!files.ContainsKey(rank))
                throw new EplbException(EplbError.FileNotFound, $"rank{rank}.safetensors is missing; the recording has {ranks} ranks.", rank);
        }

        foreach (string file in files.Values)
        {
            try
            {
                using FileStream stream = File.OpenRead(file);
                ReadRank(stream, sums, cancellation);
            }
            catch (EplbException broken)
            {
                throw broken.At(Path.GetFileName(file), file);
            }
        }

        CheckExperts(sums.ExpertCount, expertCount);
    }

    /// <summary>Reads a file that is given by itself.</summary>
    /// <param name="file">The file, at its start.</param>
    /// <param name="sums">Takes the loads.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>The rank whose part of the recording the file is, or null where its name does not say.</returns>
    /// <exception cref="EplbException">The file breaks a rule, or is not of the recording that the directory's description is of.</exception>
    public static RecordingPart? ReadFile(FileStream file, LoadSums sums, CancellationToken cancellation)
    {
        if (RecorderFileName.IsBesideLoads(file.Name))
            throw new EplbException(EplbError.FormatUnknown, "TensorRT-LLM writes this file beside the loads and it holds none; they are in rank0.safetensors and so on.");
        ReadRank(file, sums, cancellation);
        if (RecorderFileName.TensorRtLlmRank(file.Name) is not { } rank) return null;
        string meta = Path.Combine(Path.GetDirectoryName(file.Name)!, MetaFile);
        if (!File.Exists(meta)) return new RecordingPart(rank);
        (int? expertCount, int? rankCount) = ReadMeta(meta);
        CheckRank(rank, rankCount, file.Name);
        CheckExperts(sums.ExpertCount, expertCount);
        return new RecordingPart(rank, RankCount: rankCount);
    }

    private static SortedDictionary<int, string> FindRanks(string directory)
    {
        var files = new SortedDictionary<int, string>();
        foreach (string file in Directory.EnumerateFiles(directory, "rank*.safetensors"))
        {
            if (RecorderFileName.TensorRtLlmRank(file) is not { } rank) continue;
            if (files.TryGetValue(rank, out string? other))
            {
                throw new EplbException(EplbError.FormatInvalid,
                    $"{Path.GetFileName(other)} and {Path.GetFileName(file)} are both of rank {rank}; remove the one that is not of this recording.", file);
            }

            files.Add(rank, file);
        }

        return files;
    }

    private static void CheckRank(int rank, int? rankCount, string file)
    {
        if (rank < (rankCount ?? int.MaxValue)) return;
        throw new EplbException(EplbError.FormatInvalid,
            $"{Path.GetFileName(file)} is one rank too many: {MetaFile} says ep_size {rankCount}, so ranks 0 to {rankCount - 1}. Remove the file if an earlier recording left it.", file);
    }

    private static void CheckExperts(int recorded, int? expertCount)
    {
        if (recorded == (expertCount ?? recorded)) return;
        throw new EplbException(EplbError.RowLengthMismatch, $"{MetaFile} says {expertCount} experts, but the ranks recorded {recorded}.", expertCount);
    }

    /// <summary>Reads the loads of one rank.</summary>
    /// <param name="stream">The file, at its start.</param>
    /// <param name="sums">Takes the loads.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="EplbException">The file breaks a rule.</exception>
    public static void ReadRank(Stream stream, LoadSums sums, CancellationToken cancellation)
    {
        IReadOnlyList<SafetensorsEntry> entries = SafetensorsFile.ReadHeader(stream);
        if (entries.Count == 0) throw new EplbException(EplbError.LoadMissing, "The file has no tensor: no iteration was recorded.");
        long data = stream.Position;
        var seen = new HashSet<(long, int)>();
        foreach (SafetensorsEntry entry in entries)
        {
            (long iteration, int layer) = ParseName(entry.Name);
            if (entry.Shape.Length != 1)
            {
                throw new EplbException(EplbError.FormatInvalid,
                    $"Tensor {entry.Name} has {entry.Shape.Length} dimensions; the loads of one layer have one, [experts].");
            }

            if (!seen.Add((iteration, layer)))
                throw new EplbException(EplbError.ExpertDuplicate, $"Tensor {entry.Name}: iteration {iteration} has layer {layer} twice.", layer);
            if (entry.Shape[0] == 0)
                throw new EplbException(EplbError.LoadMissing, $"Tensor {entry.Name} is empty; a layer needs at least one load.");
            LoadSums.CheckExpertCount(entry.Shape[0]);
            if (stream.Position != data + entry.Begin) stream.Position = data + entry.Begin;
            ArrayRows.Read(stream, entry.Type, 1, (int)entry.Shape[0], (_, loads) => sums.Add(iteration, layer, loads), cancellation);
        }

        WindowLayers.Check(seen, iteration => iteration.ToString(CultureInfo.InvariantCulture));
    }

    private static (long Iteration, int Layer) ParseName(string name)
    {
        Match match = Regex.Match(name, "^([0-9]{1,18})_([0-9]{1,9})$", RegexOptions.CultureInvariant);
        if (!match.Success)
            throw new EplbException(EplbError.FormatInvalid, $"The tensor '{name}' is not called iteration_layer, such as 120_3.", name);
        int layer = int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
        LoadSums.CheckLayer(layer);
        return (long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), layer);
    }

    private static (int? ExpertCount, int? RankCount) ReadMeta(string file)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            if (stream.Length > 1 << 20)
                throw new EplbException(EplbError.ShapeTooLarge, $"{MetaFile} has {stream.Length} bytes; 1 MiB is the limit.");
            using JsonDocument json = JsonDocument.Parse(stream);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new EplbException(EplbError.FormatInvalid, $"{MetaFile} is not a JSON object, but a single value or an array.", file);
            return (Find(json.RootElement, "num_experts"), Find(json.RootElement, "ep_size"));
        }
        catch (JsonException broken)
        {
            throw new EplbException(EplbError.FormatInvalid, $"{MetaFile} is not a JSON object: its line {broken.LineNumber + 1} is not valid JSON.", file, broken);
        }
        catch (InvalidOperationException broken)
        {
            throw new EplbException(EplbError.FormatInvalid, $"{MetaFile} is not a JSON object: one of its names is half of a character.", file, broken);
        }
    }

    private static int? Find(JsonElement json, string key)
    {
        if (!json.TryGetProperty(key, out JsonElement value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int count) && count > 0) return count;
        throw new EplbException(EplbError.CountNotPositive, $"{MetaFile}: {key} is {value.GetRawText()}; it must be a whole number, 1 or more.");
    }
}
