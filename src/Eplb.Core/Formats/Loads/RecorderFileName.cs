using System.Globalization;
using System.Text.RegularExpressions;

namespace Eplb;

/// <summary>What recorders write into the names of their files and nowhere else: rank and step.</summary>
internal static class RecorderFileName
{
    /// <summary>Rank of an old SGLang file, expert_distribution_rank0_timestamp1744347750.37.csv; null for other names.</summary>
    /// <param name="path">Path of the file.</param>
    public static int? SGLangRank(string path) => Number(Match(path, @"^expert_distribution_rank([0-9]{1,9})_timestamp[0-9.]+\.csv$"), 1);

    /// <summary>Rank of a TensorRT-LLM file, rank0.safetensors; null for other names, such as rank0_raw.safetensors.</summary>
    /// <param name="path">Path of the file.</param>
    public static int? TensorRtLlmRank(string path) => Number(Match(path, @"^rank([0-9]{1,9})\.safetensors$"), 1);

    /// <summary>Whether a file is one of those that TensorRT-LLM writes beside the loads: rank0_raw.safetensors, cooccurrence_rank0.safetensors.</summary>
    /// <param name="path">Path of the file.</param>
    public static bool IsBesideLoads(string path) => Match(path, @"^(rank[0-9]+_raw|cooccurrence_.*)\.safetensors$").Success;

    /// <summary>Step and rank of an omni-infer file, activation_counts_recordstep_4_rank_0.txt; null for other names.</summary>
    /// <param name="path">Path of the file.</param>
    public static (int Step, int Rank)? OmniInfer(string path)
    {
        Match match = Match(path, @"^activation_counts_recordstep_([0-9]{1,9})_rank_([0-9]{1,9})\.txt$");
        return match.Success ? (Number(match, 1)!.Value, Number(match, 2)!.Value) : null;
    }

    private static Match Match(string path, string pattern) => Regex.Match(Path.GetFileName(path), pattern, RegexOptions.CultureInvariant);

    private static int? Number(Match match, int group) => match.Success ? int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) : null;
}
