namespace Eplb;

/// <summary>What replica counts mean on GPUs of two slots below a limit: which replicas are too large to share a GPU with one of their own size.</summary>
/// <remarks>
/// A replica above half the limit is big; it needs a partner that fits beside it. The values that big replicas can have, descending,
/// are the thresholds. The rank of a replica says how it stands to them: the lower half counts down the thresholds that a big replica
/// reaches, the middle is a replica that is neither big nor fits beside any big one, the upper half counts up the thresholds that a small
/// one fits beside. So rank r and rank <see cref="MaxRank"/> - r fit each other.
/// </remarks>
internal sealed class PairChoices
{
    // Loads that differ by less are taken for equal, in favour of there being a plan.
    private const double Rounding = 1e-9;

    private const int Buckets = 256;

    private readonly int _slots;
    private readonly int[] _rankAt = new int[Buckets + 1];   // rank of the largest share of each of so many equal steps up to the limit
    private double[] _big = [];
    private double[] _above = [];   // [ranks]: a share above this one has the rank, unless it has a lower one

    private double _bucketsPerLoad;

    /// <summary>Makes the buffers.</summary>
    /// <param name="experts">Experts.</param>
    /// <param name="slots">Slots of all GPUs, two each.</param>
    public PairChoices(int experts, int slots)
    {
        _slots = slots;
        First = new int[experts + 1];
    }

    /// <summary>Largest load of a GPU.</summary>
    public double Limit { get; private set; }

    /// <summary>Values that big replicas can have.</summary>
    public int Thresholds { get; private set; }

    /// <summary>The thresholds, descending.</summary>
    public ReadOnlySpan<double> Threshold => _big.AsSpan(0, Thresholds);

    /// <summary>Rank of the smallest replicas, which fit beside any other.</summary>
    public int MaxRank => 2 * Thresholds;

    /// <summary>First choice of each expert, and the number of choices as the last entry: [experts + 1].</summary>
    public int[] First { get; }

    /// <summary>Replicas that each choice gives its expert; counts that bring no better rank than fewer do are left out: [choices].</summary>
    public int[] Count { get; private set; } = [];

    /// <summary>Rank of these replicas: [choices].</summary>
    public int[] Rank { get; private set; } = [];

    /// <summary>Slots to spare when every expert has the fewest replicas that stay below a limit; below 0 when there are too few for that.</summary>
    /// <param name="load">Load of each expert: [experts].</param>
    /// <param name="limit">Largest load of a GPU, above 0.</param>
    public long SetLimit(ReadOnlySpan<double> load, double limit)
    {
        Limit = limit;
        long spare = _slots;
        foreach (double value in load) spare -= LeastCount(value);
        return spare;
    }

    /// <summary>Lists the choices below the limit.</summary>
    /// <param name="load">Load of each expert: [experts].</param>
    /// <param name="spare">Slots to spare, 0 or more.</param>
    public void List(ReadOnlySpan<double> load, int spare)
    {
        FindThresholds(load, spare);
        int choices = 0;
        for (int expert = 0; expert < load.Length; expert++)
        {
            First[expert] = choices;
            int least = LeastCount(load[expert]), last = -1;
            for (int count = least; count <= least + spare && last < MaxRank; count++)
            {
                int rank = RankOf(load[expert] / count);
                if (rank == last) continue;
                if (choices == Count.Length)
                {
                    Count = Longer(Count, choices + 1);
                    Rank = Longer(Rank, choices + 1);
                }

                Count[choices] = count;
                Rank[choices++] = last = rank;
            }
        }

        First[load.Length] = choices;
    }

    /// <summary>Rank of a replica.</summary>
    /// <param name="share">Its load, not above the limit.</param>
    public int RankOf(double share)
    {
        int rank = _rankAt[(int)(share * _bucketsPerLoad)];
        while (share <= _above[rank]) rank++;
        return rank;
    }

    /// <summary>Fewest replicas that stay below the limit.</summary>
    /// <param name="load">Load of the expert.</param>
    public int LeastCount(double load) => load <= Limit ? 1 : (int)Math.Ceiling((load / Limit) - Rounding);

    private void FindThresholds(ReadOnlySpan<double> load, int spare)
    {
        double half = Limit * (0.5 + Rounding);
        int found = 0;
        foreach (double value in load)
        {
            int least = LeastCount(value);
            for (int count = least; count <= least + spare && value / count > half; count++)
            {
                if (found == _big.Length) _big = Longer(_big, found + 1);
                _big[found++] = value / count;
            }
        }

        Array.Sort(_big, 0, found);
        Array.Reverse(_big, 0, found);
        Thresholds = 0;
        for (int i = 0; i < found; i++)
        {
            if (Thresholds == 0 || _big[i] != _big[Thresholds - 1]) _big[Thresholds++] = _big[i];
        }

        if (_above.Length <= MaxRank) _above = Longer(_above, MaxRank + 1);
        for (int i = 0; i < Thresholds; i++)
        {
            _above[i] = _big[i] * (1 - Rounding);
            _above[MaxRank - 1 - i] = Limit - _big[i] + (Limit * Rounding);
        }

        _above[MaxRank] = -1;
        _bucketsPerLoad = Buckets / Limit;
        for (int bucket = Buckets, rank = 0; bucket >= 0; bucket--)
        {
            double top = (bucket + 1) / _bucketsPerLoad * (1 + Rounding);
            while (top <= _above[rank]) rank++;
            _rankAt[bucket] = rank;
        }
    }

    private static T[] Longer<T>(T[] array, int least)
    {
        Array.Resize(ref array, Math.Max(least, 2 * array.Length));
        return array;
    }
}
