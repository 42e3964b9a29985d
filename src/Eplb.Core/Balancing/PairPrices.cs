namespace Eplb;

/// <summary>Proves that no plan of GPUs with two slots each and equal speed stays below a limit, by prices for the big replicas.</summary>
/// <remarks>
/// On two slots every big replica has a small one beside it: for each threshold x, no more replicas are above x than fit beside one of x.
/// So whatever the prices of the thresholds, the replicas of a plan, each charged the prices of the thresholds that it is above and
/// credited those that it fits beside, cost nothing or less in sum. If even the cheapest replica count of each expert, on its own, costs
/// more than the slots at hand can pay, there is no such plan: that is Lagrange's bound, the dual of a linear program over the counts.
/// The prices are found by multiplicative updates with Polyak's step; a fixed number of them, so that every machine finds the same ones.
/// </remarks>
internal sealed class PairPrices
{
    // Few experts make the prices jump, and cost little.
    private const int UpdatesTimesExperts = 4096;
    private const int LeastUpdates = 16;
    private const int MostUpdates = 64;

    // The climb starts with small steps, since often there is little to prove, and doubles them until one fails.
    private const double FirstStep = 0.005;
    private const double LeastStep = 0.0006;

    // More slots to spare than this would only make a long list of choices: then the bound is hardly above the mean.
    private const int MaxSpareTimesExperts = 16384;

    // Surplus to aim at, in slots, and the weight of the price of a slot in an update, found by trial on real loads.
    private const double Aim = -0.3;
    private const double SlotWeight = 0.03;
    private const double MaxFactor = 4;
    private const double LeastPrice = 1e-5;
    private const double FirstSlotPrice = 1.2;
    private const double EvenPart = 1e-3;

    // The surplus is a sum of prices times whole numbers: rounding is far below this.
    private const double Proven = -1e-6;

    // From this update on a proof that goes too slowly is given up.
    private const int Patience = 3;

    // Below this, dividing by a load overflows.
    private const double LeastLoad = 1e-290;

    private readonly PairChoices _choices;
    private readonly int _slots;
    private readonly int[] _count;         // [experts]: cheapest replica count of each
    private double[] _price = [];          // [thresholds]: sums to 1
    private double[] _priced = [];         // [thresholds]: the thresholds that these prices are for
    private double[] _cost = [];           // [ranks]: of one replica, the price of its slot included
    private int[] _replicas = [];          // [ranks]: in the cheapest counts
    private int[] _slack = [];             // [thresholds]: small replicas less big ones
    private double _slotPrice;

    /// <summary>Makes the buffers.</summary>
    /// <param name="experts">Experts.</param>
    /// <param name="slots">Slots of all GPUs, two each.</param>
    public PairPrices(int experts, int slots)
    {
        _slots = slots;
        _choices = new PairChoices(experts, slots);
        _count = new int[experts];
    }

    /// <summary>The replica count of each expert that the prices make the cheapest: [experts].</summary>
    public ReadOnlySpan<int> CheapestCount => _count;

    /// <summary>What some replicas cost at the prices at hand, their slots included; infinity above the limit.</summary>
    /// <param name="load">Load of their expert.</param>
    /// <param name="count">How many it has.</param>
    public double CostOf(double load, int count) => count < _choices.LeastCount(load)
        ? double.PositiveInfinity
        : count * _cost[_choices.RankOf(load / count)];

    /// <summary>The highest limit found that no plan stays below.</summary>
    /// <param name="load">Load of each expert: [experts].</param>
    /// <param name="floor">A load above 0 that no plan is known to stay below.</param>
    /// <param name="look">Called for each set of prices; returns the load that the best plan known reaches, below which alone there is something to prove, or infinity.</param>
    public double Climb(ReadOnlySpan<double> load, double floor, Func<double> look)
    {
        if (floor < LeastLoad) return floor;
        _priced = [];
        _slotPrice = FirstSlotPrice;
        double ceiling = double.PositiveInfinity, step = FirstStep, growth = 2;
        while (step > LeastStep)
        {
            double limit = floor * (1 + step);
            if (limit < ceiling && Exceeds(load, limit, look, ref ceiling))
            {
                floor = limit;
                step *= growth;
            }
            else
            {
                step /= 2;
                growth = 1;
            }
        }

        return floor;
    }

    private bool Exceeds(ReadOnlySpan<double> load, double limit, Func<double> look, ref double ceiling)
    {
        long spare = _choices.SetLimit(load, limit);
        if (spare < 0) return true;
        if (spare > MaxSpareTimesExperts / load.Length) return false;
        _choices.List(load, (int)spare);
        if (_choices.Thresholds == 0) return false;
        CarryPricesOver();
        int updates = Math.Max(LeastUpdates, Math.Min(MostUpdates, UpdatesTimesExperts / load.Length));
        double least = double.PositiveInfinity;
        for (int update = 1; update <= updates; update++)
        {
            double surplus = Evaluate(out int slots);
            ceiling = Math.Min(ceiling, look());
            if (surplus < Proven) return true;
            least = Math.Min(least, surplus);
            // The surplus falls like one over the number of updates at best.
            if (limit >= ceiling || (update > Patience && least * update > updates) || !Update(surplus, slots)) return false;
        }

        return false;
    }

    // A threshold keeps its price at the next limit: mostly they are the values of the same replicas.
    private void CarryPricesOver()
    {
        double[] threshold = _choices.Threshold.ToArray(), price = new double[threshold.Length];
        double sum = 0;
        for (int i = 0, old = 0; i < price.Length; i++)
        {
            while (old < _priced.Length && _priced[old] > threshold[i]) old++;
            if (old < _priced.Length && _priced[old] == threshold[i]) price[i] = _price[old];
            sum += price[i];
        }

        for (int i = 0; i < price.Length; i++)
            price[i] = sum > 0 ? ((1 - EvenPart) * price[i] / sum) + (EvenPart / price.Length) : 1.0 / price.Length;
        _price = price;
        _priced = threshold;
        if (_cost.Length > _choices.MaxRank) return;
        _cost = new double[2 * (_choices.MaxRank + 1)];
        _replicas = new int[_cost.Length];
        _slack = new int[_cost.Length];
    }

    // What the slots at hand can pay beyond the cheapest counts; below 0 no counts keep all the rules.
    private double Evaluate(out int slots)
    {
        int thresholds = _choices.Thresholds, maxRank = _choices.MaxRank;
        double sum = 0;
        _cost[thresholds] = _slotPrice;
        for (int i = thresholds - 1; i >= 0; i--)
        {
            sum += _price[i];
            _cost[i] = _slotPrice + sum;
            _cost[maxRank - i] = _slotPrice - sum;
        }

        _replicas.AsSpan(0, maxRank + 1).Clear();
        slots = 0;
        double surplus = _slots * _slotPrice;
        int[] first = _choices.First, count = _choices.Count, rank = _choices.Rank;
        for (int expert = 0; expert < _count.Length; expert++)
        {
            int best = first[expert], end = first[expert + 1];
            double least = count[best] * _cost[rank[best]];
            for (int choice = best + 1; choice < end; choice++)
            {
                double cost = count[choice] * _cost[rank[choice]];
                if (cost >= least) continue;
                least = cost;
                best = choice;
            }

            surplus -= least;
            slots += count[best];
            _count[expert] = count[best];
            _replicas[rank[best]] += count[best];
        }

        int slack = 0;
        for (int i = 0; i < thresholds; i++) _slack[i] = slack += _replicas[maxRank - i] - _replicas[i];
        return surplus;
    }

    // The price of a slot stays at 1 or more, so that no expert is paid for replicas that bring it no better rank.
    private bool Update(double surplus, int slots)
    {
        int spare = _slots - slots;
        if (_slotPrice <= 1 && spare > 0) spare = 0;
        double mean = 0, square = 0, sum = 0;
        for (int i = 0; i < _choices.Thresholds; i++) mean += _price[i] * _slack[i];
        for (int i = 0; i < _choices.Thresholds; i++) square += _price[i] * (_slack[i] - mean) * (_slack[i] - mean);
        square += SlotWeight * spare * spare;
        if (square == 0) return false;
        double step = (surplus - Aim) / square;
        _slotPrice = Math.Max(1, _slotPrice - (step * SlotWeight * spare));
        for (int i = 0; i < _choices.Thresholds; i++)
        {
            double factor = Math.Min(MaxFactor, Math.Max(1 / MaxFactor, 1 - (step * (_slack[i] - mean))));
            _price[i] = Math.Max(_price[i] * factor, LeastPrice / _choices.Thresholds);
            sum += _price[i];
        }

        for (int i = 0; i < _choices.Thresholds; i++) _price[i] /= sum;
        return true;
    }
}
