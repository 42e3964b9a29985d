namespace Eplb;

/// <summary>How experts are replicated and packed.</summary>
public enum PlacementPolicy
{
    /// <summary>What the reference does: Hierarchical when the groups divide evenly over the nodes, else ReplicateOnly.</summary>
    Auto,

    /// <summary>Groups are packed onto nodes, experts replicated within their node, replicas packed onto the node's GPUs. Source: DeepSeek EPLB.</summary>
    Hierarchical,

    /// <summary>Experts are replicated and packed over the whole cluster, whatever their group or node: Hierarchical with one group and one node.</summary>
    Global,

    /// <summary>Experts are replicated and the replicas left in the order they were made, as the reference does when the groups do not divide evenly.</summary>
    ReplicateOnly,

    /// <summary>Experts are replicated over the whole cluster, the list is cut into one chunk a node, and each chunk packed onto the node's GPUs. Source: FastDeploy.</summary>
    IntraNode,
}
