using System.Runtime.CompilerServices;

namespace Eplb;

/// <summary>The load of every GPU in one layer under one placement.</summary>
internal sealed class LayerGpuLoad
{
    [MethodImpl(Jit.OptimizeAtOnce)]
    private LayerGpuLoad(LayerPlacement placement, double[] load, double[] slot, ClusterShape shape)
    {
        Placement = placement;
        Load = load;
        Slot = slot;
        Shape = shape;
        Gpu = new double[shape.GpuCount];
        Node = new double[shape.NodeCount];
        foreach (double value in load) Total += value;
        for (int i = 0; i < slot.Length; i++) Gpu[shape.GpuOf(i)] += slot[i];
        for (int i = 0; i < Gpu.Length; i++)
        {
            Node[shape.NodeOf(i)] += Gpu[i];
            if (!shape.IsExcluded(i)) Gpu[i] /= shape.SpeedOf(i);
            if (Gpu[i] > Gpu[HottestGpu]) HottestGpu = i;
        }

        for (int i = 0; i < Node.Length; i++)
        {
            double speed = shape.SpeedOfNode(i);
            if (speed == 0 || Node[i] / speed <= NodePeak) continue;
            NodePeak = Node[i] / speed;
            HottestNode = i;
        }
    }

    /// <summary>Where the experts live.</summary>
    public LayerPlacement Placement { get; }

    /// <summary>Load of each logical expert: [experts].</summary>
    public double[] Load { get; }

    /// <summary>Load of each slot: [slots].</summary>
    public double[] Slot { get; }

    /// <summary>Load of each GPU over its speed; 0 for an excluded one: [GPUs].</summary>
    public double[] Gpu { get; }

    /// <summary>Load of each node, whatever its speed: [nodes].</summary>
    public double[] Node { get; }

    /// <summary>The node with the most load over the speed of its GPUs, the lowest one on ties.</summary>
    public int HottestNode { get; }

    /// <summary>Load of the hottest node over the speed of its GPUs.</summary>
    public double NodePeak { get; }

    /// <summary>Cluster.</summary>
    public ClusterShape Shape { get; }

    /// <summary>Sum of the loads of all experts.</summary>
    public double Total { get; }

    /// <summary>Load over speed that every GPU would have in a perfect plan; never above that of the most loaded one.</summary>
    public double Mean
    {
        get
        {
            double mean = Total / Shape.TotalSpeed, peak = Gpu[HottestGpu];
            return mean >= peak * (1 - GpuAssignment.Rounding) ? peak : mean;
        }
    }

    /// <summary>Load over speed of the GPUs that are not excluded.</summary>
    public IEnumerable<double> GpusInUse => Shape.ExcludedGpus.Count == 0 ? Gpu : Gpu.Where((_, gpu) => !Shape.IsExcluded(gpu));

    /// <summary>The most loaded GPU, the lowest one on ties.</summary>
    public int HottestGpu { get; }

    /// <summary>True when no GPU got any load.</summary>
    public bool IsIdle => Total == 0;

    /// <summary>Shares each expert's load over its replicas.</summary>
    /// <param name="placement">Where the experts live.</param>
    /// <param name="load">Load of each logical expert: [experts].</param>
    /// <param name="shape">Cluster.</param>
    /// <param name="rule">Which replica gets a token.</param>
    public static LayerGpuLoad Of(LayerPlacement placement, double[] load, ClusterShape shape, IDispatchRule rule)
    {
        double[] slot = new double[shape.ReplicaCount];
        rule.Share(placement, load, shape, slot);
        return new LayerGpuLoad(placement, load, slot, shape);
    }

    /// <summary>Slots of each GPU that hold an expert which the GPU holds already: [GPUs].</summary>
    [MethodImpl(Jit.OptimizeAtOnce)]
    public int[] CountDuplicates()
    {
        int[] duplicates = new int[Shape.GpuCount];
        int[] lastGpu = new int[Placement.ExpertCount.Length];
        lastGpu.AsSpan().Fill(-1);
        for (int slot = 0; slot < Placement.PhysicalToLogical.Length; slot++)
        {
            // Slots are rank-major, so that an expert's earlier slot on this GPU is its last one seen.
            int expert = Placement.PhysicalToLogical[slot], gpu = Shape.GpuOf(slot);
            if (expert == LiveSlots.Empty) continue;
            if (lastGpu[expert] == gpu) duplicates[gpu]++;
            lastGpu[expert] = gpu;
        }

        return duplicates;
    }
}
