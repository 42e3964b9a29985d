namespace Eplb.Tests;

/// <summary>Who may live where in a placement: what the searches are told by their arrays of nodes.</summary>
public enum Homes
{
    /// <summary>Every expert anywhere.</summary>
    Anywhere,

    /// <summary>Every expert anywhere, on GPUs of two slots and one speed.</summary>
    AnywhereInPairs,

    /// <summary>Each expert on one node.</summary>
    OneNode,

    /// <summary>As <see cref="OneNode"/>, and no expert gets or loses replicas.</summary>
    FixedCounts,
}

/// <summary>A small layer with a placement that no policy would make: experts thrown onto slots, several replicas on one GPU among them.</summary>
internal sealed class AnyPlacement
{
    private readonly Random _random;
    private readonly int[] _nodeOf;  // [experts]

    /// <summary>The layer of a seed.</summary>
    public AnyPlacement(int seed, Homes homes)
    {
        _random = new Random(seed);
        bool isOneNode = homes is Homes.Anywhere or Homes.AnywhereInPairs, areEven = homes == Homes.AnywhereInPairs || _random.Next(3) > 0;
        int nodes = isOneNode ? 1 : _random.Next(1, 4), gpus = nodes * _random.Next(2, 5), slots = gpus * (homes == Homes.AnywhereInPairs ? 2 : _random.Next(1, 6));
        int experts = _random.Next(Math.Max(2, nodes), slots + 1) / nodes * nodes;
        Shape = new ClusterShape(slots + (isOneNode && !areEven ? _random.Next(gpus) : 0), gpus, nodes,
            gpuSpeed: areEven ? null : [.. Enumerable.Range(0, gpus).Select(_ => _random.Next(1, 4) / 2.0)]);
        int most = _random.Next(3) == 0 ? 4 : 1000;
        Load = [.. Enumerable.Range(0, experts).Select(_ => (double)_random.Next(most))];
        Load[0] = most;
        _nodeOf = [.. Enumerable.Range(0, experts).Select(expert => expert % nodes)];
        NodeOfGpu = [.. Enumerable.Range(0, gpus).Select(Shape.NodeOf)];
        NodeOfExpert = homes == Homes.FixedCounts ? null : _nodeOf;
        Current = Throw();
    }

    public ClusterShape Shape { get; }

    public double[] Load { get; }

    public int[] NodeOfGpu { get; }

    public int[]? NodeOfExpert { get; }

    /// <summary>Expert in each slot: [slots].</summary>
    public int[] Current { get; }

    /// <summary>A number below <paramref name="end"/> that belongs to the layer.</summary>
    public int Next(int end) => _random.Next(end);

    /// <summary>Another placement of the same experts.</summary>
    public int[] Throw()
    {
        int[] placement = new int[Shape.ReplicaCount];
        for (int node = 0; node < Shape.NodeCount; node++)
        {
            int first = Shape.FirstSlotOf(Shape.FirstGpuOf(node)), end = Shape.FirstSlotOf(Shape.FirstGpuOf(node + 1));
            int[] here = [.. Enumerable.Range(0, Load.Length).Where(expert => _nodeOf[expert] == node)];
            int[] thrown = [.. Enumerable.Range(0, end - first).Select(i => i < here.Length ? here[i] : here[_random.Next(here.Length)])];
            _random.Shuffle(thrown);
            thrown.CopyTo(placement, first);
        }

        return placement;
    }

    /// <summary>The layer's plan without content, for searches that change one.</summary>
    public GpuAssignment NewPlan()
    {
        var plan = new GpuAssignment(Load.Length, Shape.FirstSlots(), Shape.Speeds());
        Load.CopyTo(plan.Load, 0);
        return plan;
    }

    /// <summary>Time of the slowest GPU.</summary>
    public double Slowest(int[] placement)
    {
        double[] gpus = new double[Shape.GpuCount];
        for (int slot = 0; slot < placement.Length; slot++)
            gpus[Shape.GpuOf(slot)] += Load[placement[slot]] / placement.Count(expert => expert == placement[slot]);
        return gpus.Select((load, gpu) => load / Shape.SpeedOf(gpu)).Max();
    }

    /// <summary>Every expert is placed, on its node, and where counts are fixed as often as before.</summary>
    public void AssertWhole(int[] placement)
    {
        Assert.Equal(Enumerable.Range(0, Load.Length), placement.Distinct().Order());
        Assert.All(placement.Select((expert, slot) => (expert, slot)), held => Assert.Equal(_nodeOf[held.expert], NodeOfGpu[Shape.GpuOf(held.slot)]));
        if (NodeOfExpert is null) Assert.Equal(Current.Order(), placement.Order());
    }

    public int Moves(int[] placement) => placement.Where((expert, slot) => expert != Current[slot]).Count();
}
