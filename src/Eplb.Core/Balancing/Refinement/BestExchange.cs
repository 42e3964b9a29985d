namespace Eplb;

/// <summary>The exchange of one or two slots between two GPUs that leaves the slower one fastest, over all partners looked at.</summary>
/// <remarks>
/// With x the load that the exchange brings, the two GPUs end below a time t exactly when x lies in an interval; so the search holds
/// the interval of the best exchange so far and asks of each pair of sums whether their difference falls into it.
/// </remarks>
internal sealed class BestExchange
{
    // Above this many slots on a GPU single slots already offer as many differences as pairs do below it.
    private const int MaxSlotsForPairs = 24;

    private readonly Action<int, int> _swap;
    private double _best;
    private int _slot1, _slot2, _other1, _other2;

    /// <summary>Makes a search that has found nothing.</summary>
    /// <param name="slotsPerGpu">Most slots of a GPU.</param>
    /// <param name="swap">Exchanges two slots of the plan.</param>
    public BestExchange(int slotsPerGpu, Action<int, int> swap)
    {
        _swap = swap;
        int sums = HasPairs(slotsPerGpu) ? Math.Max(slotsPerGpu, slotsPerGpu * (slotsPerGpu - 1) / 2) : slotsPerGpu;
        Mine = new SlotSums(sums);
        Theirs = new SlotSums(sums);
    }

    /// <summary>What the GPU can give.</summary>
    public SlotSums Mine { get; }

    /// <summary>What its partner can give.</summary>
    public SlotSums Theirs { get; }

    /// <summary>True where exchanging two slots at a time offers more than exchanging one.</summary>
    /// <param name="slots">Slots of a GPU.</param>
    public static bool HasPairs(int slots) => slots is > 1 and <= MaxSlotsForPairs;

    /// <summary>Starts anew.</summary>
    /// <param name="time">Time of the GPU now, which an exchange must go below.</param>
    public void Start(double time)
    {
        _best = time * (1 - GpuAssignment.Rounding);
        _slot1 = -1;
    }

    /// <summary>False when two GPUs would be no faster than the best so far even at equal times.</summary>
    public bool CanGain(double load, double speed, double otherLoad, double otherSpeed) => load + otherLoad < _best * (speed + otherSpeed);

    /// <summary>Looks at all exchanges of <see cref="Mine"/> for <see cref="Theirs"/>.</summary>
    /// <param name="load">Load of the GPU.</param>
    /// <param name="speed">Its speed.</param>
    /// <param name="otherLoad">Load of its partner.</param>
    /// <param name="otherSpeed">Speed of its partner.</param>
    /// <returns>Pairs of sums looked at: the work done.</returns>
    public long Search(double load, double speed, double otherLoad, double otherSpeed)
    {
        double high = (_best * speed) - load, low = otherLoad - (_best * otherSpeed);
        for (int i = 0; i < Mine.Count; i++)
        {
            double mine = Mine.Load[i];
            ReadOnlySpan<double> theirs = Theirs.Load.AsSpan(0, Theirs.Count);
            for (int j = 0; j < theirs.Length; j++)
            {
                double change = theirs[j] - mine;
                if (change >= high || change <= low) continue;
                _best = Math.Max((load + change) / speed, (otherLoad - change) / otherSpeed);
                high = (_best * speed) - load;
                low = otherLoad - (_best * otherSpeed);
                _slot1 = Mine.First[i];
                _slot2 = Mine.Second[i];
                _other1 = Theirs.First[j];
                _other2 = Theirs.Second[j];
            }
        }

        return (long)Mine.Count * Theirs.Count;
    }

    /// <summary>Makes the exchange that was found.</summary>
    /// <returns>False when none was found.</returns>
    public bool TryApply()
    {
        if (_slot1 < 0) return false;
        _swap(_slot1, _other1);
        if (_slot2 >= 0) _swap(_slot2, _other2);
        return true;
    }
}
