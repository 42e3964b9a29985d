namespace Eplb;

/// <summary>Finds layers that one of two things has and the other lacks: a sign that one counts all layers of the model and the other the MoE layers only.</summary>
internal static class LayerIds
{
    /// <summary>What to do where layers differ.</summary>
    public const string Advice = "Both need the same layers under the same ids.";

    /// <summary>What layers there are, for messages: "0 to 57".</summary>
    /// <param name="layers">Layer ids, ascending, one or more.</param>
    public static string Range(IReadOnlyList<int> layers) => layers.Count == 1
        ? FormattableString.Invariant($"{layers[0]}")
        : FormattableString.Invariant($"{layers[0]} to {layers[layers.Count - 1]}");

    /// <summary>The first layer that the other side lacks, or null where it has all.</summary>
    /// <param name="layers">Layer ids, ascending.</param>
    /// <param name="others">Layer ids of the other side, ascending.</param>
    public static int? FindLeftOut(IReadOnlyList<int> layers, IReadOnlyList<int> others)
    {
        for (int i = 0, other = 0; i < layers.Count; i++)
        {
            while (other < others.Count && others[other] < layers[i]) other++;
            if (other == others.Count || others[other] != layers[i]) return layers[i];
        }

        return null;
    }
}
