using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Finds how many slots and GPUs a balance takes: plans for clusters of several sizes and compares them.</summary>
/// <remarks>
/// <para>Emits one object a cluster, with the slots, the memory of the experts on each GPU, the balance, the balance that no plan could exceed, and what is in the way. IsSmallest marks the one that reaches TargetBalance with the fewest slots; IsParetoOptimal those that no other one beats in GPUs, slots a GPU and balance at once.</para>
/// <para>Counts that do not fit each other, such as slots that the GPUs do not divide, are left out. LimitedBy names the largest step from even loads to those of the plan: Replicas, the hottest experts have too few of them, which more slots mend; NodePacking, which another Policy or NodeCount mends; GpuPacking, which -Refine mends as far as it can be, and more slots often too.</para>
/// <para>Balance on the loads that are planned for flatters. Give -Load with other traffic to size for what the cluster will see.</para>
/// </remarks>
/// <example>
/// <code>Import-ExpertLoad loads.json |
///     Find-EplbReplicaCount -TargetBalance 0.95 -GpuCount 32 -Policy Global</code>
/// <para>Adds a slot to each of 32 GPUs until the balance is 0.95.</para>
/// </example>
/// <example>
/// <code>$loads |
///     Find-EplbReplicaCount 0.95 32, 48 256, 288, 384, 480 -Policy Global -ExpertBytes 42MB |
///     Where-Object IsParetoOptimal</code>
/// <para>Compares clusters of two sizes with 256 to 480 slots, in memory and balance.</para>
/// </example>
[Cmdlet(VerbsCommon.Find, "EplbReplicaCount", HelpUri = HelpPage)]
[OutputType(typeof(SizingOption))]
public sealed class FindEplbReplicaCountCommand : EplbCmdlet
{
    private readonly LoadCollector _loads = new();

    /// <summary>Loads to plan for: <see cref="ExpertLoad"/> objects from Import-ExpertLoad, or rows with Layer, Expert and Load. Loads of the same layer are added up.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSObject InputObject { get; set; } = null!;

    /// <summary>Balancedness to reach, the mean over the busy layers of mean / max of the GPU loads: 0 to 1.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateRange(0.0, 1.0)]
    public double TargetBalance { get; set; }

    /// <summary>Numbers of GPUs (ranks) to try.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("NumGpus")]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int[] GpuCount { get; set; } = [];

    /// <summary>Numbers of slots to try. Without it: from the fewest slots a GPU that hold all experts, one more each time, until the balance is reached or the slots have doubled.</summary>
    [Parameter(Position = 2)]
    [Alias("NumReplicas")]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int[]? ReplicaCount { get; set; }

    /// <summary>Numbers of nodes to try.</summary>
    [Parameter]
    [Alias("NumNodes")]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int[] NodeCount { get; set; } = [1];

    /// <summary>Expert groups of the model's router (8 for DeepSeek-V3). The Hierarchical policy keeps a group on one node.</summary>
    [Parameter]
    [Alias("NumGroups")]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int GroupCount { get; set; } = 1;

    /// <summary>How experts are replicated and packed.</summary>
    [Parameter]
    public PlacementPolicy Policy { get; set; } = PlacementPolicy.Auto;

    /// <summary>Improve each plan as Get-EplbPlacement -Refine does: fewer slots may then do.</summary>
    [Parameter]
    public SwitchParameter Refine { get; set; }

    /// <summary>Loads to judge by, instead of those that are planned for. Loads of the same layer are added up.</summary>
    [Parameter]
    [ValidateNotNull]
    public PSObject[]? Load { get; set; }

    /// <summary>How the server's dispatch shares the load of an expert over its replicas; see Measure-EplbBalance. With Refine, plans are made for it too.</summary>
    [Parameter]
    public DispatchRule Dispatch { get; set; } = DispatchRule.Even;

    /// <summary>Bytes of one expert's weights in one layer, to compute the memory that the experts take on each GPU: 42MB for DeepSeek-V3 in FP8.</summary>
    [Parameter]
    [ValidateRange(1L, 1L << 40)]
    public long? ExpertBytes { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => TakeEach(InputObject, _loads.Add);

    /// <inheritdoc/>
    protected override void EndProcessing() => RunAtEnd(() =>
    {
        LoadMatrix loads = LoadMatrix.Combine(_loads.Complete());
        LoadMatrix? judgedBy = Load is null ? null : LoadMatrix.Combine(LoadCollector.Collect(Load));
        WarnOfLeftOut(loads.Layers, judgedBy);
        var sizing = new ReplicaSizing(loads, TargetBalance)
        {
            JudgedBy = judgedBy,
            Policy = Policy,
            Options = new PlanOptions { Refine = Refine, Dispatch = Refine ? Dispatch : DispatchRule.Even },
            GroupCount = GroupCount,
            Dispatch = Dispatch,
            ExpertBytes = ExpertBytes,
        };
        using ThrottledProgress progress = StartProgress("Sizing clusters");
        IReadOnlyList<SizingOption> options = sizing.Sweep(GpuCount, NodeCount, ReplicaCount, progress, Cancellation);
        if (Policy == PlacementPolicy.Auto && options.FirstOrDefault(option => option.Policy == PlacementPolicy.ReplicateOnly) is { } unpacked)
            WarnOfReplicateOnly(GroupCount, unpacked.NodeCount);
        WriteEach(options);
    });
}
