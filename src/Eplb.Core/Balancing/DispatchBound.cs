namespace Eplb;

/// <summary>The smallest load that the largest replica of a layer can have under a server's dispatch.</summary>
/// <remarks>
/// As <see cref="ReplicaBound"/>, with what the most loaded of c replicas gets at least in place of 1/c: a rule that sends most tokens to
/// the first replica that it finds leaves that one nearly all of the load.
/// </remarks>
internal static class DispatchBound
{
    private const int MaxSteps = 64;

    // Replicas of one expert that are told apart: beyond them the bound takes what the most replicas would give.
    private const int MaxReplicas = 1024;

    /// <summary>Load of the most loaded replica under the best choice of replica counts and places.</summary>
    /// <param name="load">Load of each expert, 0 or higher: [experts].</param>
    /// <param name="shape">Cluster, with as many slots as experts or more.</param>
    /// <param name="rule">How replicas share the load.</param>
    /// <param name="onOneNode">True when all replicas of an expert live on one node.</param>
    public static double Of(ReadOnlySpan<double> load, ClusterShape shape, ReplicaDispatch rule, bool onOneNode)
    {
        double total = 0, high = 0;
        foreach (double value in load)
        {
            total += value;
            high = Math.Max(high, value);
        }

        int spare = shape.ReplicaCount - load.Length;
        double[] peak = new double[Math.Min(MaxReplicas, spare) + 1];
        for (int extra = 0; extra < peak.Length; extra++) peak[extra] = rule.LeastPeak(extra + 1, shape, onOneNode);
        peak[peak.Length - 1] = rule.LeastPeak(spare + 1, shape, onOneNode);
        double low = total / shape.ReplicaCount;
        for (int step = 0; step < MaxSteps && low < high; step++)
        {
            double middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high) break;
            if (Fits(load, middle, peak, spare, out double largest))
                high = largest;
            else
                low = middle;
        }

        return high;
    }

    private static bool Fits(ReadOnlySpan<double> load, double limit, double[] peak, int spare, out double largest)
    {
        largest = 0;
        foreach (double value in load)
        {
            int extra = FewestExtra(peak, limit / value);
            spare -= extra;
            if (extra == peak.Length || spare < 0) return false;
            largest = Math.Max(largest, value * peak[extra]);
        }

        return true;
    }

    // Peaks never rise with the number of replicas.
    private static int FewestExtra(double[] peak, double share)
    {
        if (!(share < 1)) return 0;
        int low = 0, high = peak.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (peak[middle] <= share)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }
}
