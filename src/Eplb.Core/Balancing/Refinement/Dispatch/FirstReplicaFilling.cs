namespace Eplb;

/// <summary>Fills the GPUs of each node alike for a dispatch under which the first replica of an expert on a node serves all GPUs of the node without one of their own.</summary>
/// <remarks>
/// Under such a rule a few replicas more do not help a hot expert: as many are needed as leave few GPUs to its first one. Each expert
/// gets as few as keep its first replica below a limit: four fifths of what a GPU is to carry, or a little more than the least limit for
/// which there are slots, since a plan with no slot to spare cannot be balanced. What is left goes to the coldest experts, which cost
/// little wherever they are. The first replicas of hot experts get a GPU each, the lowest for the expert with the most, as the others
/// have to be on later ones; experts of one replica go where they are needed. No GPU gets an expert twice.
/// </remarks>
internal sealed class FirstReplicaFilling
{
    private const double PartOfMean = 0.8;
    private const double Slack = 1.05;
    private const int Halvings = 50;

    private readonly ClusterShape _node;
    private readonly double[] _least;  // most loaded of one replica, two, ...: share of the expert's load
    private readonly DescendingOrder _order = new();
    private readonly int[] _count;
    private readonly double[] _load;
    private readonly double[] _speed;
    private readonly int[] _room;
    private readonly int[] _first;     // GPU of the first replica
    private readonly int[] _latest;    // expert that each GPU got last

    /// <summary>Makes the buffers.</summary>
    /// <param name="experts">Logical experts.</param>
    /// <param name="shape">Cluster that it suits.</param>
    /// <param name="rule">How replicas share the load.</param>
    public FirstReplicaFilling(int experts, ClusterShape shape, ReplicaDispatch rule)
    {
        _node = shape.Node(0);
        _least = [.. Enumerable.Range(0, _node.GpuCount).Select(more => rule.LeastPeak(more + 1, _node, onOneNode: true))];
        _count = new int[experts];
        _load = new double[_node.GpuCount];
        _speed = _node.Speeds();
        _room = new int[_node.GpuCount];
        _first = new int[experts];
        _latest = new int[_node.GpuCount];
    }

    /// <summary>Whether nodes are alike and have room for all experts, and the rule prefers the first replica.</summary>
    /// <param name="experts">Logical experts.</param>
    /// <param name="shape">Cluster without excluded GPUs.</param>
    /// <param name="rule">How replicas share the load.</param>
    public static bool Suits(int experts, ClusterShape shape, ReplicaDispatch rule)
    {
        ClusterShape node = shape.Node(0);
        return node.ReplicaCount >= experts && rule.LeastPeak(2, node, onOneNode: true) > 0.5
            && Enumerable.Range(1, shape.NodeCount - 1).All(other => node.Fits(shape.Node(other)));
    }

    /// <summary>Fills the nodes.</summary>
    /// <param name="load">Load of each expert, finite, 0 or higher: [experts].</param>
    /// <param name="slots">Out: expert in each slot: [slots].</param>
    /// <returns>False when a GPU has more slots than there are experts.</returns>
    public bool TryFill(ReadOnlySpan<double> load, Span<int> slots)
    {
        Span<int> first = slots.Slice(0, _node.ReplicaCount);
        if (!TryFillNode(load, first)) return false;
        for (int start = first.Length; start < slots.Length; start += first.Length) first.CopyTo(slots.Slice(start));
        return true;
    }

    private bool TryFillNode(ReadOnlySpan<double> load, Span<int> slots)
    {
        double total = 0;
        foreach (double value in load) total += value;
        double mean = total / _node.TotalSpeed;
        CountReplicas(load, PartOfMean * mean);
        ReadOnlySpan<int> order = _order.Of(load);
        _load.AsSpan().Clear();
        _latest.AsSpan().Fill(-1);
        for (int gpu = 0; gpu < _room.Length; gpu++) _room[gpu] = _node.SlotsOn(gpu);
        PlaceSpread(order, load, slots);
        foreach (int expert in order)
        {
            if (_count[expert] == 1) Place(expert, NeediestGpu.Of(mean, _load, _speed, _room, _latest, expert), load[expert], slots);
        }

        return TryFillWithColdest(order, load, slots);
    }

    private void CountReplicas(ReadOnlySpan<double> load, double limit)
    {
        if (TryCount(load, limit)) return;
        double high = limit;
        foreach (double value in load) high = Math.Max(high, value);
        for (int i = 0; i < Halvings; i++)
        {
            double middle = (limit + high) / 2;
            if (TryCount(load, middle)) high = middle;
            else limit = middle;
        }

        TryCount(load, high * Slack);
    }

    // The fewest replicas that keep the most loaded one of each expert at a limit.
    private bool TryCount(ReadOnlySpan<double> load, double limit)
    {
        long sum = 0;
        for (int expert = 0; expert < load.Length; expert++)
        {
            int low = 0, high = _least.Length;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (_least[middle] * load[expert] <= limit) high = middle;
                else low = middle + 1;
            }

            if (low == _least.Length) return false;
            _count[expert] = low + 1;
            sum += _count[expert];
        }

        return sum <= _node.ReplicaCount;
    }

    // Hotter experts have more replicas. All first ones come before the others, of which those without a GPU are left out.
    private void PlaceSpread(ReadOnlySpan<int> order, ReadOnlySpan<double> load, Span<int> slots)
    {
        int next = 0;
        foreach (int expert in order)
        {
            if (_count[expert] == 1) continue;
            int gpu = _count[expert] == _node.GpuCount ? 0 : Math.Min(next++, _node.GpuCount - _count[expert]);
            _first[expert] = _room[gpu] > 0 ? gpu : Roomiest(expert, 0);
            Place(expert, _first[expert], load[expert] * _least[_count[expert] - 1], slots);
        }

        foreach (int expert in order)
        {
            if (_count[expert] == 1) continue;
            _latest[_first[expert]] = expert;
            for (int replica = 1; replica < _count[expert] && Roomiest(expert, _first[expert] + 1) is >= 0 and int gpu; replica++)
                Place(expert, gpu, load[expert] / _node.GpuCount, slots);
        }
    }

    private bool TryFillWithColdest(ReadOnlySpan<int> order, ReadOnlySpan<double> load, Span<int> slots)
    {
        for (int gpu = 0; gpu < _room.Length; gpu++)
        {
            if (_node.SlotsOn(gpu) > order.Length) return false;
            for (int i = order.Length - 1; _room[gpu] > 0; i--)
            {
                Span<int> held = slots.Slice(_node.FirstSlotOf(gpu), _node.SlotsOn(gpu) - _room[gpu]);
                if (held.IndexOf(order[i]) < 0) Place(order[i], gpu, load[order[i]] / _node.GpuCount, slots);
            }
        }

        return true;
    }

    private void Place(int expert, int gpu, double load, Span<int> slots)
    {
        slots[_node.FirstSlotOf(gpu + 1) - _room[gpu]--] = expert;
        _load[gpu] += load;
        _latest[gpu] = expert;
    }

    // The GPU with the most room, from one on, that does not have the expert, or -1.
    private int Roomiest(int expert, int from)
    {
        int roomiest = -1;
        for (int gpu = from; gpu < _room.Length; gpu++)
        {
            if (_room[gpu] == 0 || _latest[gpu] == expert) continue;
            if (roomiest < 0 || _room[gpu] > _room[roomiest] || (_room[gpu] == _room[roomiest] && _load[gpu] < _load[roomiest])) roomiest = gpu;
        }

        return roomiest;
    }
}
