namespace Eplb;

/// <summary>Holds what a file says of the number of replicas against its slots.</summary>
internal static class ReplicaCounts
{
    /// <summary>Throws where the file says another number.</summary>
    /// <param name="experts">Logical expert in each slot, -1 in an empty one.</param>
    /// <param name="counts">Number of replicas of each expert, as the file says it.</param>
    /// <exception cref="EplbException">A number is not that of the slots.</exception>
    public static void Check(int[] experts, JsonValue counts)
    {
        int[] expected = counts.Int32Array(), found = new int[expected.Length];
        foreach (int expert in experts)
        {
            if (expert >= found.Length)
                throw counts.Invalid(EplbError.FormatInvalid, $"counts the replicas of {found.Length} experts, but a slot holds expert {expert}");
            if (expert >= 0) found[expert]++;
        }

        for (int expert = 0; expert < expected.Length; expert++)
        {
            if (found[expert] != expected[expert])
                throw counts.Invalid(EplbError.FormatInvalid, $"says that expert {expert} has {expected[expert]} replicas, but its slots are {found[expert]}");
        }
    }
}
