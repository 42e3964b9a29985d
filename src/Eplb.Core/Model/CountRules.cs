namespace Eplb;

/// <summary>What the counts of a request must hold, and how messages say it.</summary>
internal static class CountRules
{
    /// <summary>Checks that there is at least one.</summary>
    /// <param name="count">Count.</param>
    /// <param name="name">What it counts, as the message names it.</param>
    /// <exception cref="EplbException">The count is zero or negative.</exception>
    public static void CheckPositive(int count, string name)
    {
        if (count < 1)
            throw new EplbException(EplbError.CountNotPositive, $"{name} is {count}; it must be 1 or more.", count);
    }

    /// <summary>Checks that a count is a multiple of another one.</summary>
    /// <param name="count">Count.</param>
    /// <param name="name">What it counts, as the message names it.</param>
    /// <param name="divisor">The other count.</param>
    /// <param name="divisorName">What that counts.</param>
    /// <param name="reason">The rule, such as "every GPU holds the same number of slots".</param>
    /// <exception cref="EplbException">It is not a multiple; the message names the nearest.</exception>
    public static void CheckMultiple(int count, string name, int divisor, string divisorName, string reason)
    {
        if (count % divisor == 0) return;
        int below = count - (count % divisor);
        string next = below == 0 ? $"{divisor}" : $"{below} or {below + divisor}";
        throw new EplbException(EplbError.CountNotDivisible,
            $"{name} {count} is not a multiple of {divisorName} {divisor}, but {reason}; the nearest multiples: {next}.", count);
    }
}
