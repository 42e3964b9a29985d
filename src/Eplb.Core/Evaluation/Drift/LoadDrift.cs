namespace Eplb;

/// <summary>How far the loads of one layer have moved: by their direction, their distribution and their hottest experts. Totals do not matter: twice the traffic is no drift.</summary>
public class LoadDrift
{
    /// <summary>Layer id; null where the report is about more than one layer.</summary>
    public int? Layer { get; init; }

    /// <summary>Cosine of the angle between the two loads: 1 for the same proportions, 0 when no expert is used in both; null when the layer is idle in one of them.</summary>
    public double? Cosine { get; init; }

    /// <summary>Jensen-Shannon divergence of the two distributions in bits: 0 for the same proportions, 1 when no expert is used in both; null when the layer is idle in one of them.</summary>
    public double? JensenShannon { get; init; }

    /// <summary>Share of the hottest experts of the one that are among the hottest of the other, 0 to 1: low values mean that the wrong experts have replicas; null when the layer is idle in one of them.</summary>
    public double? HottestOverlap { get; init; }

    /// <summary>How many experts count as the hottest.</summary>
    public int HottestCount { get; init; }

    /// <summary>Total load of the reference.</summary>
    public double ReferenceTotal { get; init; }

    /// <summary>Total load of what it is compared with.</summary>
    public double DifferenceTotal { get; init; }
}

/// <summary>Drift of all layers: means over the layers that are busy in both (totals are sums), and the layer that moved most.</summary>
public sealed class LoadDriftSummary : LoadDrift
{
    /// <summary>Layers that are busy in both; the others are left out of all means.</summary>
    public int LayerCount { get; init; }

    /// <summary>Layers that are idle in at least one of the two.</summary>
    public int IdleLayerCount { get; init; }

    /// <summary>Layer with the highest Jensen-Shannon divergence, the lowest id on ties; null when no layer is busy in both.</summary>
    public int? WorstLayer { get; init; }

    /// <summary>Jensen-Shannon divergence of that layer; null when no layer is busy in both.</summary>
    public double? WorstJensenShannon { get; init; }
}
