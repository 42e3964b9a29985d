namespace Eplb;

/// <summary>A plan of one layer whose GPU loads are known for each of several windows: the state of a local search.</summary>
/// <remarks>Replicas share evenly. The value of a plan is the mean balancedness over the windows, or that of the worst one with the mean as a tie-break.</remarks>
internal sealed class WindowAssignment
{
    // In the value of the worst window the mean decides only between equals.
    private const double TieBreak = 1e-6;

    private readonly ClusterShape _shape;
    private readonly WindowGoal _goal;
    private readonly double[] _pace;     // [GPUs]: 1 / speed
    private readonly double[] _mean;     // [windows]: time of each GPU in a perfect plan
    private readonly double[] _load;     // [experts][windows]
    private readonly double[] _time;     // [GPUs][windows]
    private readonly double[] _others;   // [windows]: highest time of the GPUs that an exchange does not touch
    private readonly double[] _reach;    // [windows + 1]: most that this window and those after it can add to a sum of balancedness
    private readonly double[] _share;    // [experts]: 1 / replicas
    private readonly double[] _factor;   // [GPUs]: share of the expert at hand that a GPU gains

    /// <summary>Takes the windows of one layer.</summary>
    /// <param name="windows">Load of each expert in each window, every window with some load: [windows][experts].</param>
    /// <param name="goal">Mean or Worst.</param>
    /// <param name="shape">Cluster without excluded GPUs.</param>
    public WindowAssignment(IReadOnlyList<double[]> windows, WindowGoal goal, ClusterShape shape)
    {
        _shape = shape;
        _goal = goal;
        WindowCount = windows.Count;
        int experts = windows[0].Length;
        _pace = [.. shape.Speeds().Select(speed => 1 / speed)];
        _mean = [.. windows.Select(row => row.Sum() / shape.TotalSpeed)];
        _load = new double[experts * WindowCount];
        for (int window = 0; window < WindowCount; window++)
        {
            for (int expert = 0; expert < experts; expert++) _load[(expert * WindowCount) + window] = windows[window][expert];
        }

        _time = new double[shape.GpuCount * WindowCount];
        _others = new double[WindowCount];
        _reach = new double[WindowCount + 1];
        _share = new double[experts];
        _factor = new double[shape.GpuCount];
        Count = new int[experts];
        Expert = new int[shape.ReplicaCount];
        GpuOf = [.. Enumerable.Range(0, shape.ReplicaCount).Select(shape.GpuOf)];
    }

    /// <summary>Windows.</summary>
    public int WindowCount { get; }

    /// <summary>Replicas of each expert: [experts].</summary>
    public int[] Count { get; }

    /// <summary>Expert in each slot: [slots].</summary>
    public int[] Expert { get; }

    /// <summary>GPU that owns each slot: [slots].</summary>
    public int[] GpuOf { get; }

    /// <summary>Value of the plan; higher is better, 1 the best.</summary>
    public double Value { get; private set; }

    /// <summary>GPUs times windows looked at so far: the work done.</summary>
    public long Work { get; private set; }

    /// <summary>Slots of a GPU: its first one, and the one after its last.</summary>
    /// <param name="gpu">GPU.</param>
    public (int First, int End) SlotsOf(int gpu) => (_shape.FirstSlotOf(gpu), _shape.FirstSlotOf(gpu + 1));

    /// <summary>True when a GPU has a replica of an expert.</summary>
    /// <param name="gpu">GPU.</param>
    /// <param name="expert">Expert.</param>
    public bool Holds(int gpu, int expert) => Expert.AsSpan(_shape.FirstSlotOf(gpu), _shape.SlotsOn(gpu)).IndexOf(expert) >= 0;

    /// <summary>Puts an expert into every slot.</summary>
    /// <param name="experts">Expert in each slot: [slots].</param>
    public void Assign(ReadOnlySpan<int> experts)
    {
        experts.CopyTo(Expert);
        Count.AsSpan().Clear();
        foreach (int expert in experts) Count[expert]++;
        for (int expert = 0; expert < Count.Length; expert++) _share[expert] = 1.0 / Math.Max(1, Count[expert]);
        _time.AsSpan().Clear();
        for (int slot = 0; slot < Expert.Length; slot++)
        {
            ReadOnlySpan<double> load = LoadOf(Expert[slot]);
            Span<double> time = TimeOf(GpuOf[slot]);
            double factor = _share[Expert[slot]] * _pace[GpuOf[slot]];
            for (int window = 0; window < load.Length; window++) time[window] += load[window] * factor;
        }

        Work += _time.Length;
        Value = Evaluate();
    }

    /// <summary>The GPUs that are the slowest one in some window: those in most windows first, or with the goal Worst that of the worst window first.</summary>
    public int[] HotGpus()
    {
        int[] windows = new int[_pace.Length];
        double worst = double.PositiveInfinity;
        int worstGpu = 0;
        for (int window = 0; window < WindowCount; window++)
        {
            int hottest = 0;
            for (int gpu = 1; gpu < _pace.Length; gpu++)
            {
                if (TimeOf(gpu)[window] > TimeOf(hottest)[window]) hottest = gpu;
            }

            windows[hottest]++;
            double balance = _mean[window] / TimeOf(hottest)[window];
            if (balance >= worst) continue;
            worst = balance;
            worstGpu = hottest;
        }

        if (_goal == WindowGoal.Worst) windows[worstGpu] += WindowCount;
        return [.. Enumerable.Range(0, windows.Length).Where(gpu => windows[gpu] > 0).OrderByDescending(gpu => windows[gpu])];
    }

    /// <summary>Prepares exchanges between two GPUs: <see cref="ValueOfSwap"/> is then for slots of these.</summary>
    public void PrepareSwaps(int gpu, int other)
    {
        _others.AsSpan().Clear();
        for (int third = 0; third < _pace.Length; third++)
        {
            if (third == gpu || third == other) continue;
            ReadOnlySpan<double> time = TimeOf(third);
            for (int window = 0; window < time.Length; window++) _others[window] = time[window] > _others[window] ? time[window] : _others[window];
        }

        Work += _time.Length;
        for (int window = WindowCount - 1; window >= 0; window--)
            _reach[window] = _reach[window + 1] + Math.Min(1, _mean[window] / Math.Max(_others[window], _mean[window] * 1e-9));
    }

    /// <summary>Value of the plan after an exchange of two slots of the GPUs that were prepared; at most <paramref name="least"/> where it is not above that.</summary>
    public double ValueOfSwap(int slot, int other, double least)
    {
        int gpu = GpuOf[slot], holder = GpuOf[other];
        ReadOnlySpan<double> mine = TimeOf(gpu), theirs = TimeOf(holder), give = LoadOf(Expert[slot]), take = LoadOf(Expert[other]);
        double giveShare = _share[Expert[slot]], takeShare = _share[Expert[other]], pace = _pace[gpu], otherPace = _pace[holder];
        double sum = 0, worst = double.PositiveInfinity, leastSum = _goal == WindowGoal.Mean ? least * WindowCount : 0;
        int window = 0;
        for (; window < mine.Length; window++)
        {
            double change = (take[window] * takeShare) - (give[window] * giveShare);
            double a = mine[window] + (change * pace), b = theirs[window] - (change * otherPace), slowest = _others[window];
            slowest = a > slowest ? a : slowest;
            slowest = b > slowest ? b : slowest;
            double balance = _mean[window] / slowest;
            sum += balance;
            worst = balance < worst ? balance : worst;
            if (_goal == WindowGoal.Mean ? sum + _reach[window + 1] <= leastSum : worst + TieBreak <= least) break;
        }

        Work += window + 1;
        return window < mine.Length ? double.NegativeInfinity : ValueOf(sum, worst);
    }

    /// <summary>Value of the plan after another expert is written into a slot, whose expert has another replica.</summary>
    public double ValueOfRewrite(int slot, int expert)
    {
        int giver = Expert[slot];
        ReadOnlySpan<double> gain = LoadOf(expert), loss = LoadOf(giver);
        double fall = (1.0 / (Count[expert] + 1)) - _share[expert], raise = (1.0 / (Count[giver] - 1)) - _share[giver];
        _factor.AsSpan().Clear();
        Span<double> given = stackalloc double[_pace.Length <= 1024 ? _pace.Length : 0];
        if (given.IsEmpty) given = new double[_pace.Length];
        given.Clear();
        for (int held = 0; held < Expert.Length; held++)
        {
            if (Expert[held] == expert) _factor[GpuOf[held]] += fall;
            if (Expert[held] == giver && held != slot) given[GpuOf[held]] += raise;
        }

        _factor[GpuOf[slot]] += 1.0 / (Count[expert] + 1);
        given[GpuOf[slot]] -= _share[giver];
        _others.AsSpan().Clear();
        for (int gpu = 0; gpu < _pace.Length; gpu++)
        {
            ReadOnlySpan<double> time = TimeOf(gpu);
            double a = _factor[gpu] * _pace[gpu], b = given[gpu] * _pace[gpu];
            for (int window = 0; window < time.Length; window++)
            {
                double changed = time[window] + (gain[window] * a) + (loss[window] * b);
                _others[window] = changed > _others[window] ? changed : _others[window];
            }
        }

        Work += _time.Length + (Expert.Length / 4);
        return ValueOf(_others);
    }

    private double Evaluate()
    {
        PrepareSwaps(-1, -1);
        return ValueOf(_others);
    }

    private double ValueOf(ReadOnlySpan<double> slowest)
    {
        double sum = 0, worst = double.PositiveInfinity;
        for (int window = 0; window < slowest.Length; window++)
        {
            double balance = _mean[window] / slowest[window];
            sum += balance;
            worst = Math.Min(worst, balance);
        }

        return ValueOf(sum, worst);
    }

    private double ValueOf(double sum, double worst) => _goal == WindowGoal.Mean ? sum / WindowCount : worst + (TieBreak * sum / WindowCount);

    private ReadOnlySpan<double> LoadOf(int expert) => _load.AsSpan(expert * WindowCount, WindowCount);

    private Span<double> TimeOf(int gpu) => _time.AsSpan(gpu * WindowCount, WindowCount);
}
