namespace Eplb;

/// <summary>Compares two sets of loads, such as those that a plan was made from and those of today.</summary>
public sealed class DriftEvaluator
{
    private readonly LoadDrift[] _layers;

    /// <summary>Compares layer by layer.</summary>
    /// <param name="reference">Loads to compare with.</param>
    /// <param name="difference">Loads to compare.</param>
    /// <param name="top">How many experts count as the hottest, 1 or more; more than there are means all; null for an eighth of them, at least one.</param>
    /// <exception cref="EplbException">Different numbers of experts, or a layer that carries load in one of them and is missing in the other.</exception>
    public DriftEvaluator(LoadMatrix reference, LoadMatrix difference, int? top = null)
    {
        if (reference is null) throw new ArgumentNullException(nameof(reference));
        if (difference is null) throw new ArgumentNullException(nameof(difference));
        if (top < 1) throw new EplbException(EplbError.CountNotPositive, $"Top is {top}; it must be 1 or more.", top);
        int[] layers = LoadMatrix.LayersOfAll(i => i == 0 ? "The reference" : "The difference", reference, difference);
        int hottest = Math.Min(top ?? Math.Max(1, reference.ExpertCount / 8), reference.ExpertCount);
        double[] idle = new double[reference.ExpertCount];
        _layers = [.. layers.Select(layer => Compare(layer, reference.Find(layer) ?? idle, difference.Find(layer) ?? idle, hottest))];
    }

    /// <summary>One object a layer, in ascending order of layer ids; idle layers too.</summary>
    public IReadOnlyList<LoadDrift> ByLayer() => _layers;

    /// <summary>One object for all layers.</summary>
    public LoadDriftSummary Summarize()
    {
        LoadDrift[] busy = [.. _layers.Where(layer => layer.Cosine is not null)];
        LoadDrift? worst = busy.OrderByDescending(layer => layer.JensenShannon).FirstOrDefault();
        return new LoadDriftSummary
        {
            LayerCount = busy.Length,
            IdleLayerCount = _layers.Length - busy.Length,
            Cosine = busy.Average(layer => layer.Cosine),
            JensenShannon = busy.Average(layer => layer.JensenShannon),
            HottestOverlap = busy.Average(layer => layer.HottestOverlap),
            HottestCount = _layers[0].HottestCount,
            ReferenceTotal = _layers.Sum(layer => layer.ReferenceTotal),
            DifferenceTotal = _layers.Sum(layer => layer.DifferenceTotal),
            WorstLayer = worst?.Layer,
            WorstJensenShannon = worst?.JensenShannon,
        };
    }

    private static LoadDrift Compare(int layer, double[] reference, double[] difference, int hottest)
    {
        double a = reference.Sum(), b = difference.Sum();
        bool busy = a > 0 && b > 0;
        return new LoadDrift
        {
            Layer = layer,
            Cosine = busy ? Cosine(reference, difference) : null,
            JensenShannon = busy ? JensenShannon(reference, a, difference, b) : null,
            HottestOverlap = busy ? (double)Hottest(reference, hottest).Intersect(Hottest(difference, hottest)).Count() / hottest : null,
            HottestCount = hottest,
            ReferenceTotal = a,
            DifferenceTotal = b,
        };
    }

    private static double Cosine(double[] a, double[] b)
    {
        double product = 0, lengthA = 0, lengthB = 0, unitA = UnitOf(a), unitB = UnitOf(b);
        for (int i = 0; i < a.Length; i++)
        {
            double x = a[i] / unitA, y = b[i] / unitB;
            product += x * y;
            lengthA += x * x;
            lengthB += y * y;
        }

        return Math.Min(1, product / Math.Sqrt(lengthA) / Math.Sqrt(lengthB));
    }

    // Squares of tiny loads are nothing.
    private static double UnitOf(double[] load) => load.Max() is < 1e-100 and var highest ? highest : 1;

    // Half the divergence of each distribution from the mean of both.
    private static double JensenShannon(double[] a, double totalA, double[] b, double totalB)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double p = a[i] / totalA, q = b[i] / totalB, middle = (p + q) / 2;
            if (p > 0) sum += p * Math.Log(p / middle);
            if (q > 0) sum += q * Math.Log(q / middle);
        }

        return Math.Min(1, Math.Max(0, sum / 2 / Math.Log(2)));
    }

    private static IEnumerable<int> Hottest(double[] load, int count) =>
        Enumerable.Range(0, load.Length).OrderByDescending(expert => load[expert]).Take(count);
}
