namespace Eplb;

/// <summary>What keeps the load of the most loaded GPU above the mean, and so what would help.</summary>
public enum LoadLimit
{
    /// <summary>Nothing: the GPUs carry the same load to a thousandth.</summary>
    None,

    /// <summary>Too few slots to split the hottest experts further: more replicas would help.</summary>
    Replicas,

    /// <summary>Groups are packed onto nodes unevenly: another node packing, or the Global policy, would help.</summary>
    NodePacking,

    /// <summary>Replicas are packed onto GPUs unevenly: a better packing would help, where there is one; a refined plan is close to the best.</summary>
    GpuPacking,

    /// <summary>The server's dispatch shares replicas unevenly: another dispatch rule, or a plan made for this one, would help.</summary>
    Dispatch,
}
