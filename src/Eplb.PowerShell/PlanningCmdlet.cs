using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>What all cmdlets share that plan for one cluster: its counts and the policy.</summary>
public abstract class PlanningCmdlet : EplbCmdlet
{
    /// <summary>Physical experts (slots) of one layer over the whole cluster: the logical experts plus the redundant ones. A multiple of GpuCount.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("NumReplicas")]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int ReplicaCount { get; set; }

    /// <summary>GPUs (expert-parallel ranks) of the cluster. A multiple of NodeCount.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("NumGpus")]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int GpuCount { get; set; }

    /// <summary>Nodes of the cluster: GPUs that are connected by the fast network.</summary>
    [Parameter]
    [Alias("NumNodes")]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int NodeCount { get; set; } = 1;

    /// <summary>Expert groups of the model's router (8 for DeepSeek-V3). The Hierarchical policy keeps a group on one node.</summary>
    [Parameter]
    [Alias("NumGroups")]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int GroupCount { get; set; } = 1;

    /// <summary>How experts are replicated and packed.</summary>
    [Parameter]
    public PlacementPolicy Policy { get; set; } = PlacementPolicy.Auto;

    /// <summary>The cluster, checked before any input comes in.</summary>
    private protected ClusterShape Shape { get; private set; } = null!;

    /// <inheritdoc/>
    protected override void BeginProcessing() =>
        RunOrStop(() => Shape = new ClusterShape(ReplicaCount, GpuCount, NodeCount, GroupCount));
}
