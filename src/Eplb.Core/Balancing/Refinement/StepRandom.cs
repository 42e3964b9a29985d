namespace Eplb;

/// <summary>Pseudo-random numbers that are the same on every machine and edition: a linear congruential generator with a fixed seed.</summary>
internal struct StepRandom
{
    private uint _state;

    /// <summary>A number from 0 to <paramref name="limit"/> - 1.</summary>
    /// <param name="limit">1 or more.</param>
    public int Below(int limit)
    {
        // The constants are those of Numerical Recipes; only the high bits, which are the better ones, decide.
        _state = (_state * 1664525) + 1013904223;
        return (int)(((ulong)_state * (uint)limit) >> 32);
    }
}
