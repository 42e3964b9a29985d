namespace Eplb;

/// <summary>A plan of one layer whose replicas share the load as a server's dispatch has it: the state of a local search.</summary>
/// <remarks>
/// What a replica gets depends on where the others of its expert are, so that a change of one slot touches all GPUs that hold the two
/// experts concerned, and no others. A change is tried by sharing out these two anew, into a list of the GPUs that it touches.
/// </remarks>
internal sealed class DispatchAssignment
{
    private readonly ClusterShape _shape;
    private readonly ReplicaDispatch _rule;
    private readonly int[][] _gpus;      // [experts][replicas or more]: GPUs that hold the expert, ascending
    private readonly double[][] _shares; // [experts][replicas or more]: load of each replica
    private readonly int[] _triedGpus;
    private readonly double[] _triedShares;
    private readonly double[] _change;   // [GPUs]: what the change at hand adds; 0 between two changes
    private readonly int[] _touched;
    private readonly double[] _pace;     // [GPUs]: 1 / speed
    private int _touchedCount;

    /// <summary>Makes an assignment of no content; <see cref="Load"/> and <see cref="Assign"/> fill it.</summary>
    /// <param name="experts">Logical experts.</param>
    /// <param name="shape">Cluster without excluded GPUs.</param>
    /// <param name="rule">How replicas share the load.</param>
    public DispatchAssignment(int experts, ClusterShape shape, ReplicaDispatch rule)
    {
        _shape = shape;
        _rule = rule;
        _gpus = new int[experts][];
        _shares = new double[experts][];
        for (int expert = 0; expert < experts; expert++)
        {
            _gpus[expert] = new int[4];
            _shares[expert] = new double[4];
        }

        int slots = shape.ReplicaCount;
        _triedGpus = new int[slots + 1];
        _triedShares = new double[slots + 1];
        _change = new double[shape.GpuCount];
        _touched = new int[4 * (slots + 1)];
        Load = new double[experts];
        Count = new int[experts];
        Expert = new int[slots];
        GpuOf = [.. Enumerable.Range(0, slots).Select(shape.GpuOf)];
        GpuLoad = new double[shape.GpuCount];
        Speed = shape.Speeds();
        _pace = [.. Speed.Select(speed => 1 / speed)];
    }

    /// <summary>Load of each expert: [experts].</summary>
    public double[] Load { get; }

    /// <summary>Replicas of each expert: [experts].</summary>
    public int[] Count { get; }

    /// <summary>Expert in each slot: [slots].</summary>
    public int[] Expert { get; }

    /// <summary>GPU that owns each slot: [slots].</summary>
    public int[] GpuOf { get; }

    /// <summary>Load of each GPU: [GPUs].</summary>
    public double[] GpuLoad { get; }

    /// <summary>Relative speed of each GPU: [GPUs].</summary>
    public double[] Speed { get; }

    /// <summary>GPUs that an expert has been shared out over so far: the work done.</summary>
    public long Work { get; private set; }

    /// <summary>Experts in the slots of a GPU.</summary>
    /// <param name="gpu">GPU.</param>
    public ReadOnlySpan<int> ExpertsOn(int gpu) => Expert.AsSpan(FirstSlot(gpu), _shape.SlotsOn(gpu));

    /// <summary>First slot of a GPU.</summary>
    /// <param name="gpu">GPU.</param>
    public int FirstSlot(int gpu) => _shape.FirstSlotOf(gpu);

    /// <summary>Load over speed of a GPU.</summary>
    /// <param name="gpu">GPU.</param>
    public double Time(int gpu) => GpuLoad[gpu] * _pace[gpu];

    /// <summary>True when a GPU has a replica of an expert.</summary>
    /// <param name="gpu">GPU.</param>
    /// <param name="expert">Expert.</param>
    public bool Holds(int gpu, int expert) => _gpus[expert].AsSpan(0, Count[expert]).IndexOf(gpu) >= 0;

    /// <summary>Load that an expert brings to a GPU that has one of its replicas.</summary>
    /// <param name="expert">Expert.</param>
    /// <param name="gpu">GPU.</param>
    public double ShareOf(int expert, int gpu) => _shares[expert][_gpus[expert].AsSpan(0, Count[expert]).IndexOf(gpu)];

    /// <summary>Puts an expert into every slot and shares all loads out; the loads must be there.</summary>
    /// <param name="experts">Expert in each slot: [slots].</param>
    public void Assign(ReadOnlySpan<int> experts)
    {
        Work += Expert.Length;
        Count.AsSpan().Clear();
        GpuLoad.AsSpan().Clear();
        for (int slot = 0; slot < Expert.Length; slot++)
        {
            int expert = experts[slot];
            Expert[slot] = expert;
            Reserve(expert, Count[expert] + 1);
            _gpus[expert][Count[expert]++] = GpuOf[slot];
        }

        for (int expert = 0; expert < Count.Length; expert++)
        {
            _rule.Share(_gpus[expert].AsSpan(0, Count[expert]), Load[expert], _shape, _shares[expert]);
            for (int i = 0; i < Count[expert]; i++) GpuLoad[_gpus[expert][i]] += _shares[expert][i];
        }
    }

    /// <summary>The GPU with the highest time, the lowest index on ties.</summary>
    public int HottestGpu()
    {
        int hottest = 0;
        for (int gpu = 1; gpu < GpuLoad.Length; gpu++)
        {
            if (Time(gpu) > Time(hottest)) hottest = gpu;
        }

        return hottest;
    }

    /// <summary>The highest time among the GPUs that an exchange of two slots of different GPUs would touch.</summary>
    public double TrySwap(int slot, int other)
    {
        Work += Count[Expert[slot]] + Count[Expert[other]];
        Touch(Expert[slot], GpuOf[slot], GpuOf[other], commit: false);
        Touch(Expert[other], GpuOf[other], GpuOf[slot], commit: false);
        return Settle(commit: false);
    }

    /// <summary>The highest time among the GPUs that another expert in a slot would touch.</summary>
    public double TryRewrite(int slot, int expert)
    {
        Work += Count[Expert[slot]] + Count[expert];
        Touch(Expert[slot], GpuOf[slot], -1, commit: false);
        Touch(expert, -1, GpuOf[slot], commit: false);
        return Settle(commit: false);
    }

    /// <summary>The highest time among the GPUs that writing an expert into a slot would touch, when the expert in that slot moves to another one over a replica there.</summary>
    public double TryChain(int slot, int spare, int expert)
    {
        Work += Count[Expert[slot]] + Count[Expert[spare]] + Count[expert];
        Touch(Expert[spare], GpuOf[spare], -1, commit: false);
        Touch(Expert[slot], GpuOf[slot], GpuOf[spare], commit: false);
        Touch(expert, -1, GpuOf[slot], commit: false);
        return Settle(commit: false);
    }

    /// <summary>Exchanges the experts of two slots of different GPUs.</summary>
    public void Swap(int slot, int other)
    {
        Touch(Expert[slot], GpuOf[slot], GpuOf[other], commit: true);
        Touch(Expert[other], GpuOf[other], GpuOf[slot], commit: true);
        (Expert[slot], Expert[other]) = (Expert[other], Expert[slot]);
        Settle(commit: true);
    }

    /// <summary>Writes an expert over the one in a slot, which must have another replica.</summary>
    public void Rewrite(int slot, int expert)
    {
        Touch(Expert[slot], GpuOf[slot], -1, commit: true);
        Touch(expert, -1, GpuOf[slot], commit: true);
        Expert[slot] = expert;
        Settle(commit: true);
    }

    // Shares an expert out over its GPUs without one of them (or all: -1) and with another one (or none: -1).
    private void Touch(int expert, int removed, int added, bool commit)
    {
        int count = Count[expert];
        int[] gpus = _gpus[expert];
        double[] shares = _shares[expert];
        if (count == 1 && removed >= 0 && added >= 0)
        {
            Add(removed, -shares[0]);
            Add(added, shares[0]);
            if (commit) gpus[0] = added;
            return;
        }

        int tried = 0;
        bool isAdded = added < 0;
        for (int i = 0; i < count; i++)
        {
            Add(gpus[i], -shares[i]);
            if (!isAdded && gpus[i] > added)
            {
                _triedGpus[tried++] = added;
                isAdded = true;
            }

            if (gpus[i] == removed)
                removed = -1;
            else
                _triedGpus[tried++] = gpus[i];
        }

        if (!isAdded) _triedGpus[tried++] = added;
        _rule.Share(_triedGpus.AsSpan(0, tried), Load[expert], _shape, _triedShares);
        for (int i = 0; i < tried; i++) Add(_triedGpus[i], _triedShares[i]);
        if (!commit) return;
        Count[expert] = tried;
        Reserve(expert, tried);
        Array.Copy(_triedGpus, _gpus[expert], tried);
        Array.Copy(_triedShares, _shares[expert], tried);
    }

    // Changes that cancel out list a GPU twice, which does no harm: its change is cleared when it is made.
    private void Add(int gpu, double change)
    {
        if (_change[gpu] == 0) _touched[_touchedCount++] = gpu;
        _change[gpu] += change;
    }

    private double Settle(bool commit)
    {
        double peak = 0;
        for (int i = 0; i < _touchedCount; i++) peak = Math.Max(peak, (GpuLoad[_touched[i]] + _change[_touched[i]]) * _pace[_touched[i]]);
        for (int i = 0; i < _touchedCount; i++)
        {
            int gpu = _touched[i];
            if (commit) GpuLoad[gpu] += _change[gpu];
            _change[gpu] = 0;
        }

        _touchedCount = 0;
        return peak;
    }

    private void Reserve(int expert, int count)
    {
        if (count <= _gpus[expert].Length) return;
        Array.Resize(ref _gpus[expert], 2 * count);
        Array.Resize(ref _shares[expert], 2 * count);
    }
}
