namespace Eplb;

/// <summary>How evenly the GPUs are loaded in one layer, how even it could be, and what stands in the way.</summary>
/// <remarks>Loads are in the unit of the loads that the placement is judged on: (token, chosen expert) pairs. In a plan with GpuSpeed, the load of a GPU is divided by its speed. Excluded GPUs do not count.</remarks>
public class BalanceReport
{
    /// <summary>Layer id; null where the report is about more than one layer.</summary>
    public int? Layer { get; init; }

    /// <summary>Mean over maximum of the GPU loads: 1 is perfect, 1/GpuCount the worst; null for an idle layer.</summary>
    public double? Balancedness { get; init; }

    /// <summary>Maximum over mean of the GPU loads, also called peak-to-average: 1 is perfect; null for an idle layer.</summary>
    public double? ImbalanceRatio { get; init; }

    /// <summary>Load of the most loaded GPU.</summary>
    public double MaxLoad { get; init; }

    /// <summary>Mean load of the GPUs: what each would carry in a perfect plan; where GPUs have speeds, all load over the sum of the speeds.</summary>
    public double MeanLoad { get; init; }

    /// <summary>Load of the least loaded GPU.</summary>
    public double MinLoad { get; init; }

    /// <summary>The most loaded GPU, the lowest one on ties; null for an idle layer.</summary>
    public int? HottestGpu { get; init; }

    /// <summary>Mean over maximum of the node loads, each over the speed of the node's GPUs in use; null for an idle layer.</summary>
    public double? NodeBalancedness { get; init; }

    /// <summary>Slots that hold an expert which the same GPU holds already, and which are therefore useless.</summary>
    public int DuplicateCount { get; init; }

    /// <summary>Load that the most loaded GPU carries at least, whatever the plan, within the policy's constraints and under the dispatch; null where it does not apply.</summary>
    public double? Bound { get; init; }

    /// <summary>MaxLoad over Bound, minus 1: 0 when no plan can be better; null where it does not apply.</summary>
    public double? Gap { get; init; }

    /// <summary>What keeps the most loaded GPU above the mean; null where it does not apply.</summary>
    public LoadLimit? LimitedBy { get; init; }
}

/// <summary>The load of one GPU over all busy layers. Balancedness is 1 where it carries no more than the mean; MaxLoad, MeanLoad and MinLoad are over its layers.</summary>
public sealed class GpuBalanceReport : BalanceReport
{
    /// <summary>GPU (rank).</summary>
    public int Gpu { get; init; }

    /// <summary>Node of the GPU.</summary>
    public int Node { get; init; }

    /// <summary>Sum of its loads over the busy layers.</summary>
    public double Load { get; init; }

    /// <summary>Number of layers in which it is the most loaded GPU.</summary>
    public int HottestLayerCount { get; init; }
}

/// <summary>The load of one node over all busy layers. Balancedness is 1 where it carries no more than its share; MaxLoad, MeanLoad and MinLoad are over its layers.</summary>
/// <remarks>The load of a node is that of its GPUs together, whatever their speed; its share of the whole follows from the speed of its GPUs in use.</remarks>
public sealed class NodeBalanceReport : BalanceReport
{
    /// <summary>Node.</summary>
    public int Node { get; init; }

    /// <summary>Sum of its loads over the busy layers.</summary>
    public double Load { get; init; }

    /// <summary>Number of layers in which it is the most loaded node.</summary>
    public int HottestLayerCount { get; init; }
}

/// <summary>A whole plan: means over its busy layers (DuplicateCount is a sum), the worst layer, and how many layers were idle.</summary>
public sealed class PlanBalanceReport : BalanceReport
{
    /// <summary>Policy that made the plan.</summary>
    public PlacementPolicy Policy { get; init; }

    /// <summary>Layers that got load; the others are left out of all means.</summary>
    public int LayerCount { get; init; }

    /// <summary>Layers that got no load at all.</summary>
    public int IdleLayerCount { get; init; }

    /// <summary>Busy layer with the lowest balancedness, the lowest id on ties; null when all are idle.</summary>
    public int? WorstLayer { get; init; }

    /// <summary>Balancedness of the worst layer; null when all are idle.</summary>
    public double? WorstBalancedness { get; init; }
}
