namespace Eplb;

/// <summary>How the layers of a model are numbered, so that placements can pass between servers that count differently.</summary>
/// <remarks>
/// SGLang and FastDeploy number all hidden layers, TensorRT-LLM too but names the MoE layers only, the others number the MoE layers from 0.
/// DeepSeek-V3 has 61 hidden layers, the first MoE layer is 3: its MoE layers are 3 to 60, or 0 to 57 by position.
/// </remarks>
public sealed class ModelLayers
{
    /// <summary>Highest number of hidden layers; no model comes near it.</summary>
    public const int MaxHiddenLayerCount = 1 << 16;

    /// <summary>Checks the numbers against each other.</summary>
    /// <param name="hiddenLayerCount">Hidden layers of the model, dense ones included; null where it is not known.</param>
    /// <param name="firstMoeLayer">Absolute id of the first MoE layer, 0 where no layer before it is dense; null where it is not known.</param>
    /// <exception cref="EplbException">A number is out of its range.</exception>
    public ModelLayers(int? hiddenLayerCount = null, int? firstMoeLayer = null)
    {
        if (hiddenLayerCount is { } count)
        {
            CountRules.CheckPositive(count, nameof(HiddenLayerCount));
            if (count > MaxHiddenLayerCount)
                throw new EplbException(EplbError.ShapeTooLarge, $"HiddenLayerCount {count} is above the limit of {MaxHiddenLayerCount}.", count);
        }

        if (firstMoeLayer < 0 || firstMoeLayer >= (hiddenLayerCount ?? MaxHiddenLayerCount))
        {
            throw new EplbException(EplbError.IndexOutOfRange,
                $"FirstMoeLayer {firstMoeLayer} is out of range; it must be 0 to {(hiddenLayerCount ?? MaxHiddenLayerCount) - 1}.", firstMoeLayer);
        }

        HiddenLayerCount = hiddenLayerCount;
        FirstMoeLayer = firstMoeLayer;
    }

    /// <summary>Hidden layers of the model, dense ones included; null where it is not known.</summary>
    public int? HiddenLayerCount { get; }

    /// <summary>Absolute id of the first MoE layer; null where it is not known.</summary>
    public int? FirstMoeLayer { get; }

    /// <summary>What to add to the layer ids of a placement to make them absolute: 0, or FirstMoeLayer where they are positions.</summary>
    /// <param name="rows">Rows of the placement, ascending.</param>
    /// <param name="expertCount">Number of logical experts.</param>
    internal int OffsetOf(IReadOnlyList<PlacementRow> rows, int expertCount)
    {
        int first = FirstMoeLayer ?? 0;
        if (rows.Count == 0 || rows[0].Layer >= first) return 0;
        int last = rows[rows.Count - 1].Layer;
        int? positions = HiddenLayerCount - first;
        // As many layers as the model has MoE layers, numbered from 0: whatever they hold, they are those.
        if (rows.Count == positions && last == positions - 1) return first;
        bool isBeyondPositions = last >= positions;
        bool isDenseBelow = rows.TakeWhile(row => row.Layer < first).All(row => row.IsDense(expertCount));
        return isBeyondPositions || isDenseBelow ? 0 : first;
    }

    /// <summary>Whether nothing tells absolute ids from positions: the ids start at 0, at a layer that has experts, and nothing is known of the model.</summary>
    /// <param name="rows">Rows of the placement, ascending.</param>
    /// <param name="expertCount">Number of logical experts.</param>
    internal bool IsAmbiguous(IReadOnlyList<PlacementRow> rows, int expertCount) =>
        FirstMoeLayer is null && rows.Count > 0 && rows[0].Layer == 0 && !rows[0].IsDense(expertCount)
        && HiddenLayerCount != rows[rows.Count - 1].Layer + 1;
}
