namespace Eplb.Commands;

/// <summary>What Measure-EplbBalance reports on.</summary>
public enum BalanceScope
{
    /// <summary>One report a layer.</summary>
    Layer,

    /// <summary>One report a GPU, over all busy layers.</summary>
    Gpu,

    /// <summary>One report a node, over all busy layers.</summary>
    Node,
}
