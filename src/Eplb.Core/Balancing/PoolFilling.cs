namespace Eplb;

/// <summary>Fills GPUs that may differ in their speeds or numbers of slots: the largest replicas first.</summary>
/// <param name="experts">Experts that live in the pool.</param>
/// <param name="pool">The GPUs of the pool as a cluster, none of them excluded.</param>
internal sealed class PoolFilling(int experts, ClusterShape pool)
{
    private readonly UnequalReplication _unequal = new(experts, pool);
    private readonly Replication _greedy = new();
    private readonly DescendingOrder _order = new();
    private readonly float[] _float = new float[experts];
    private readonly int[] _count = new int[experts];
    private readonly double[] _share = new double[experts];
    private readonly int[] _made = new int[pool.ReplicaCount];
    private readonly int[] _madeReplica = new int[pool.ReplicaCount];
    private readonly int[] _entry = new int[pool.ReplicaCount];  // which of the made replicas each slot holds
    private readonly double[] _slotLoad = new double[pool.ReplicaCount];
    private readonly double[] _speed = pool.Speeds();
    private readonly double[] _load = new double[pool.GpuCount];
    private readonly int[] _room = new int[pool.GpuCount];
    private readonly int[] _latest = new int[pool.GpuCount];  // expert that each GPU got last

    /// <summary>Slots of the pool.</summary>
    public int Slots => pool.ReplicaCount;

    /// <summary>Fills the pool with replicas whose sizes differ as the GPUs do, each on the GPU that is short of the most load per free slot, the first on ties.</summary>
    /// <param name="load">Load of each expert, finite, +0 or higher: [experts].</param>
    /// <param name="slots">Out: expert in each slot: [slots].</param>
    /// <param name="replica">Out: replica number in each slot: [slots].</param>
    /// <param name="count">Out: replicas of each expert: [experts].</param>
    public void Plan(ReadOnlySpan<float> load, Span<int> slots, Span<int> replica, Span<int> count)
    {
        _unequal.Replicate(load, _made, _madeReplica, count, _share);
        FillByNeed(load, slots);
        for (int slot = 0; slot < slots.Length; slot++) replica[slot] = _madeReplica[_entry[slot]];
    }

    /// <summary>The same with replicas of the other sizes that <see cref="UnequalReplication"/> knows of.</summary>
    /// <param name="load">Load of each expert, finite, 0 or higher: [experts].</param>
    /// <param name="slots">Out: expert in each slot: [slots].</param>
    /// <returns>False when there are no others.</returns>
    public bool TryPlanOtherSizes(ReadOnlySpan<double> load, Span<int> slots)
    {
        Round(load);
        if (!_unequal.TryReplicateFromOtherSide(_float, _made, _madeReplica, _count, _share)) return false;
        FillByNeed(_float, slots);
        return true;
    }

    /// <summary>Fills the pool with few replicas of hot experts, as many beyond one of each expert as there are GPUs, and with the coldest experts on every GPU.</summary>
    /// <remarks>Where a dispatch shares unevenly, a replica more of a hot expert costs more than it brings.</remarks>
    /// <param name="load">Load of each expert, finite, 0 or higher: [experts].</param>
    /// <param name="slots">Out: expert in each slot: [slots].</param>
    /// <returns>False when there are too many slots for that.</returns>
    public bool TrySplitFew(ReadOnlySpan<double> load, Span<int> slots)
    {
        int made = Math.Min(slots.Length, load.Length + pool.GpuCount);
        ReplicateGreedily(load, made);
        ReadOnlySpan<int> order = _order.Of(load);
        for (int i = order.Length - 1; i >= 0; i--)
        {
            for (int expert = order[i]; _count[expert] < pool.GpuCount && made < slots.Length; _count[expert]++) _made[made++] = expert;
        }

        if (made < slots.Length) return false;
        for (int expert = 0; expert < load.Length; expert++) _share[expert] = load[expert] / _count[expert];
        FillByNeed(_float, slots);
        return true;
    }

    /// <summary>Fills the pool as the reference would, each replica on the GPU where it ends earliest, the first on ties.</summary>
    /// <param name="load">Load of each expert, finite, 0 or higher: [experts].</param>
    /// <param name="slots">Out: expert in each slot: [slots].</param>
    public void PlanGreedily(ReadOnlySpan<double> load, Span<int> slots)
    {
        ReplicateGreedily(load, slots.Length);
        Start();
        foreach (int entry in _order.Of(_slotLoad)) slots[Place(entry, EarliestEnd.Of(_load, _slotLoad[entry], _speed, _room))] = _made[entry];
    }

    private void ReplicateGreedily(ReadOnlySpan<double> load, int replicas)
    {
        Round(load);
        _greedy.Replicate(_float, _made.AsSpan(0, replicas), _madeReplica.AsSpan(0, replicas), _count, _share);
    }

    private void Round(ReadOnlySpan<double> load)
    {
        for (int expert = 0; expert < load.Length; expert++) _float[expert] = (float)load[expert];
    }

    private void FillByNeed(ReadOnlySpan<float> load, Span<int> slots)
    {
        Start();
        double mean = PairwiseSum.Of(load) / pool.TotalSpeed;
        foreach (int entry in _order.Of(_slotLoad))
        {
            int slot = Place(entry, NeediestGpu.Of(mean, _load, _speed, _room, _latest, _made[entry]));
            _entry[slot] = entry;
            slots[slot] = _made[entry];
        }
    }

    private void Start()
    {
        for (int entry = 0; entry < _made.Length; entry++) _slotLoad[entry] = _share[_made[entry]];
        _load.AsSpan().Clear();
        _latest.AsSpan().Fill(-1);
        for (int gpu = 0; gpu < _room.Length; gpu++) _room[gpu] = pool.SlotsOn(gpu);
    }

    private int Place(int entry, int gpu)
    {
        _load[gpu] += _slotLoad[entry];
        _latest[gpu] = _made[entry];
        return pool.FirstSlotOf(gpu + 1) - _room[gpu]--;
    }
}
