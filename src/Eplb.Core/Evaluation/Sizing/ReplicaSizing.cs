namespace Eplb;

/// <summary>Tries clusters of several sizes and says which of them reach a balance.</summary>
/// <param name="loads">Loads to plan for.</param>
/// <param name="targetBalance">Balancedness to reach, over 0 to 1.</param>
public sealed class ReplicaSizing(LoadMatrix loads, double targetBalance)
{
    private readonly LoadMatrix _loads = loads ?? throw new ArgumentNullException(nameof(loads));

    /// <summary>Loads to judge by; null for those that are planned for, which flatters.</summary>
    public LoadMatrix? JudgedBy { get; init; }

    /// <summary>How experts are replicated and packed.</summary>
    public PlacementPolicy Policy { get; init; } = PlacementPolicy.Auto;

    /// <summary>What the plans are to have beyond the reference's.</summary>
    public PlanOptions Options { get; init; } = new();

    /// <summary>Expert groups of the model's router.</summary>
    public int GroupCount { get; init; } = 1;

    /// <summary>How the server's dispatch shares the load of an expert over its replicas.</summary>
    public DispatchRule Dispatch { get; init; } = DispatchRule.Even;

    /// <summary>Bytes of one expert's weights in one layer; null where they are not known.</summary>
    public long? ExpertBytes { get; init; }

    /// <summary>Tries every combination of the counts that fit each other.</summary>
    /// <param name="gpuCounts">GPUs to try.</param>
    /// <param name="nodeCounts">Nodes to try.</param>
    /// <param name="replicaCounts">Slots to try; null to start with the fewest slots a GPU that hold all experts and add one until the target is reached, up to twice the start or twice the experts.</param>
    /// <param name="progress">Told which share of the combinations is done; null for none.</param>
    /// <param name="cancellationToken">Stops between layers.</param>
    /// <returns>At least one option, by GPUs, nodes and slots.</returns>
    /// <exception cref="EplbException">No combination fits, or the loads do not fit each other.</exception>
    public IReadOnlyList<SizingOption> Sweep(IReadOnlyCollection<int> gpuCounts, IReadOnlyCollection<int> nodeCounts,
        IReadOnlyCollection<int>? replicaCounts = null, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        if (gpuCounts is null) throw new ArgumentNullException(nameof(gpuCounts));
        if (nodeCounts is null) throw new ArgumentNullException(nameof(nodeCounts));
        var options = new List<SizingOption>();
        EplbException? misfit = null;
        int done = 0;
        (int Gpus, int Nodes)[] clusters =
            [.. gpuCounts.Distinct().OrderBy(count => count).SelectMany(gpus => nodeCounts.Distinct().OrderBy(count => count).Select(nodes => (gpus, nodes)))];
        foreach ((int gpus, int nodes) in clusters)
        {
            foreach (int replicas in replicaCounts?.Distinct().OrderBy(count => count) ?? Ascending(gpus))
            {
                try
                {
                    var shape = new ClusterShape(replicas, gpus, nodes, GroupCount);
                    options.Add(Try(Planner.Plan(_loads, shape, Policy, Options, cancellationToken: cancellationToken), cancellationToken));
                }
                catch (EplbException broken) when (IsMisfit(broken))
                {
                    misfit = broken;
                    continue;
                }

                if (replicaCounts is null && options[options.Count - 1].MeetsTarget) break;
            }

            progress?.Report((double)++done / clusters.Length);
        }

        if (options.Count == 0) throw misfit ?? new EplbException(EplbError.CountNotPositive, "There are no counts to try.");
        foreach (SizingOption option in options) option.IsParetoOptimal = !options.Exists(option.IsDominatedBy);
        SizingOption? smallest = options.Where(option => option.MeetsTarget)
            .OrderBy(option => option.ReplicaCount).ThenBy(option => option.GpuCount).ThenBy(option => option.NodeCount).FirstOrDefault();
        if (smallest is not null) smallest.IsSmallest = true;
        return options;
    }

    // In a grid of counts it is normal that some do not divide others.
    private static bool IsMisfit(EplbException broken) => broken.Error is EplbError.CountNotDivisible or EplbError.TooFewReplicas;

    private IEnumerable<int> Ascending(int gpus)
    {
        CountRules.CheckPositive(gpus, nameof(ClusterShape.GpuCount));
        int fewest = (_loads.ExpertCount + gpus - 1) / gpus * gpus;
        for (long slots = fewest; slots <= 2L * fewest; slots += gpus) yield return (int)slots;
    }

    private SizingOption Try(PlacementMap map, CancellationToken cancellationToken)
    {
        var evaluator = new BalanceEvaluator(map, JudgedBy, Dispatch, cancellationToken);
        PlanBalanceReport summary = evaluator.Summarize();
        if (summary.Balancedness is not { } balancedness)
            throw new EplbException(EplbError.LoadMissing, "All layers are idle, so that no cluster can be told from another.");
        return new SizingOption
        {
            ReplicaCount = map.ReplicaCount,
            RedundantCount = map.ReplicaCount - _loads.ExpertCount,
            GpuCount = map.GpuCount,
            NodeCount = map.NodeCount,
            SlotsPerGpu = map.Shape.SlotsPerGpu,
            GpuBytes = map.Shape.SlotsPerGpu * (long)summary.LayerCount * ExpertBytes,
            Policy = map.Policy,
            Balancedness = balancedness,
            WorstBalancedness = summary.WorstBalancedness!.Value,
            BalancednessBound = evaluator.ByLayer().Where(layer => layer.Bound is not null).Average(layer => layer.MeanLoad / layer.Bound!.Value),
            LimitedBy = summary.LimitedBy!.Value,
            MeetsTarget = balancedness >= targetBalance,
        };
    }
}
