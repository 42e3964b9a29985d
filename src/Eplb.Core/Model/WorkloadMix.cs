namespace Eplb;

/// <summary>Mixes the loads of several workloads into the loads of one, each with its weight.</summary>
public static class WorkloadMix
{
    /// <summary>Mixes workloads. What came from one source and window is one workload; a layer that is repeated starts a further one.</summary>
    /// <param name="loads">Loads of all workloads.</param>
    /// <param name="weights">Weight of each workload, in the order in which the workloads appear, finite and 0 or higher, not all 0; null for 1 each.</param>
    /// <param name="normalize">True to scale every layer of every workload to a total of 1 first, so that a long recording does not outweigh a short one.</param>
    /// <returns>One load a layer, in ascending order of layer ids, without window; the source names those of all workloads.</returns>
    /// <exception cref="EplbException">No load, weights that do not fit, workloads with different numbers of experts, or a layer that carries load in one workload and is missing in another.</exception>
    public static IReadOnlyList<ExpertLoad> Mix(IEnumerable<ExpertLoad> loads, IReadOnlyList<double>? weights = null, bool normalize = false)
    {
        LoadMatrix[] workloads = [.. Split(loads ?? throw new ArgumentNullException(nameof(loads))).Select(LoadMatrix.Combine)];
        if (workloads.Length == 0) throw new EplbException(EplbError.LoadMissing, "There are no loads to mix: give at least one layer.");
        if (weights is not null) CheckWeights(weights, workloads.Length);

        string sources = string.Join(" + ", workloads.SelectMany(workload => workload.Sources).Distinct());
        var mix = new List<ExpertLoad>();
        foreach (int layer in LoadMatrix.LayersOfAll(i => $"Workload {i + 1}", workloads))
        {
            double[] sum = new double[workloads[0].ExpertCount];
            for (int i = 0; i < workloads.Length; i++)
            {
                if (workloads[i].Find(layer) is not { } row) continue;
                double total = normalize ? row.Sum() : 1, factor = total == 0 ? 0 : (weights?[i] ?? 1) / total;
                for (int expert = 0; expert < sum.Length; expert++) sum[expert] += row[expert] * factor;
            }

            mix.Add(new ExpertLoad(layer, sum, source: sources.Length == 0 ? null : sources));
        }

        return mix;
    }

    private static List<List<ExpertLoad>> Split(IEnumerable<ExpertLoad> loads)
    {
        var workloads = new List<List<ExpertLoad>>();
        var byOrigin = new Dictionary<(string? Source, int? Window, int Repeat), List<ExpertLoad>>();
        var repeats = new Dictionary<(string? Source, int? Window, int Layer), int>();
        foreach (ExpertLoad load in loads)
        {
            repeats.TryGetValue((load.Source, load.Window, load.Layer), out int repeat);
            repeats[(load.Source, load.Window, load.Layer)] = repeat + 1;
            if (!byOrigin.TryGetValue((load.Source, load.Window, repeat), out List<ExpertLoad>? workload))
            {
                byOrigin.Add((load.Source, load.Window, repeat), workload = []);
                workloads.Add(workload);
            }

            workload.Add(load);
        }

        return workloads;
    }

    private static void CheckWeights(IReadOnlyList<double> weights, int workloads)
    {
        if (weights.Count != workloads)
        {
            throw new EplbException(EplbError.WeightInvalid,
                $"Weights: {weights.Count}, workloads: {workloads}; each source and window is one workload and needs one weight.", weights.Count);
        }

        foreach (double weight in weights)
        {
            if (weight >= 0 && weight <= double.MaxValue) continue;
            throw new EplbException(EplbError.WeightInvalid, FormattableString.Invariant($"The weight {weight:R} is not a number of 0 or higher."), weight);
        }

        if (weights.All(weight => weight == 0)) throw new EplbException(EplbError.WeightInvalid, "All weights are 0, so nothing would be left of the loads.");
    }
}
