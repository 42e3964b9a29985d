using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>What all cmdlets share that plan for one cluster: its counts, the policy and whether to refine.</summary>
public abstract class PlanningCmdlet : EplbCmdlet
{
    /// <summary>Physical experts (slots) of one layer over the whole cluster: the logical experts plus the redundant ones. A multiple of GpuCount; a refined plan also takes other counts, and then gives the first GPUs one slot more than the others.</summary>
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

    /// <summary>Improve the plan within the constraints of its policy: exchanges slots between GPUs, moves replicas between experts, takes replicas of one expert on one GPU apart, until the plan is at its lower bound or nothing helps any more. With Hierarchical, also chooses which groups share a node. ReplicateOnly, which constrains nothing, is refined as Global.</summary>
    [Parameter]
    public SwitchParameter Refine { get; set; }

    /// <summary>The cluster, checked before any input comes in.</summary>
    private protected ClusterShape Shape { get; private set; } = null!;

    /// <inheritdoc/>
    protected override void BeginProcessing() => RunOrStop(() =>
    {
        Shape = CreateShape();
        if (!IsRefined) PolicyRules.CheckEqualGpus(Shape);
    });

    /// <summary>The cluster that the parameters describe.</summary>
    private protected virtual ClusterShape CreateShape() => new(ReplicaCount, GpuCount, NodeCount, GroupCount);

    /// <summary>True when plans are refined.</summary>
    private protected virtual bool IsRefined => Refine;
}
