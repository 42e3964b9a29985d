namespace Eplb;

/// <summary>Plans all layers of a model.</summary>
/// <remarks>
/// Layers are planned independently, so the plan is the same whatever the number of threads. The policies are those of DeepSeek's
/// EPLB (MIT) and its NumPy port in FastDeploy (Apache-2.0); <see cref="PlacementPolicy.Auto"/> gives the reference's outputs to the bit.
/// </remarks>
public static class Planner
{
    // Below this many slots a second thread costs more than it saves.
    private const int SlotsWorthAThread = 4096;

    // 2^28 slots are 2 GiB of plan: more than any model times any cluster, and a clear error beats running out of memory.
    private const long MaxTotalSlots = 1L << 28;

    /// <summary>Plans where the experts of all layers live.</summary>
    /// <param name="loads">Loads of all layers; each is cast to float32 first, as the reference does.</param>
    /// <param name="shape">Cluster to fill.</param>
    /// <param name="policy">How experts are replicated and packed.</param>
    /// <param name="maxThreads">Most threads to use, 1 or more; null for one a processor.</param>
    /// <param name="cancellationToken">Stops between layers.</param>
    /// <exception cref="EplbException">Counts that do not fit the policy, fewer slots than experts, or an absurd size.</exception>
    public static PlacementMap Plan(LoadMatrix loads, ClusterShape shape, PlacementPolicy policy = PlacementPolicy.Auto,
        int? maxThreads = null, CancellationToken cancellationToken = default)
    {
        if (loads is null) throw new ArgumentNullException(nameof(loads));
        if (shape is null) throw new ArgumentNullException(nameof(shape));
        policy = PolicyRules.Resolve(policy, loads.ExpertCount, shape);
        long total = (long)shape.ReplicaCount * loads.Rows.Count;
        if (total > MaxTotalSlots)
        {
            throw new EplbException(EplbError.ShapeTooLarge,
                $"{loads.Rows.Count} layers of {shape.ReplicaCount} slots are {total} slots; the limit is {MaxTotalSlots}.", shape.ReplicaCount);
        }

        var layers = new LayerPlacement[loads.Rows.Count];
        int threads = (int)Math.Min(maxThreads ?? Environment.ProcessorCount, Math.Max(1, total / SlotsWorthAThread));
        if (threads > 1)
        {
            PlanInParallel(loads, shape, policy, layers, threads, cancellationToken);
        }
        else
        {
            for (int i = 0; i < layers.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                layers[i] = Worker.OfThread(policy, loads.ExpertCount, shape).Plan(loads.Layers[i], loads.Rows[i]);
            }
        }

        return new PlacementMap(layers, shape, policy);
    }

    private static void PlanInParallel(LoadMatrix loads, ClusterShape shape, PlacementPolicy policy, LayerPlacement[] layers, int threads,
        CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = threads };
        Parallel.For(0, layers.Length, options,
            i => layers[i] = Worker.OfThread(policy, loads.ExpertCount, shape).Plan(loads.Layers[i], loads.Rows[i]));
    }

    // A thread keeps its buffers for the next plan of the same shape, so that re-planning allocates nothing but the plan.
    private sealed class Worker
    {
        [ThreadStatic]
        private static Worker? _ofThread;

        private readonly PlacementPolicy _policy;
        private readonly ClusterShape _shape;
        private readonly LayerBalancer _balancer;
        private readonly float[] _load;

        private Worker(PlacementPolicy policy, int experts, ClusterShape shape)
        {
            _policy = policy;
            _shape = shape;
            _balancer = LayerBalancer.Create(policy, experts, shape);
            _load = new float[experts];
        }

        public static Worker OfThread(PlacementPolicy policy, int experts, ClusterShape shape)
        {
            Worker? worker = _ofThread;
            if (worker is null || !worker.Fits(policy, experts, shape)) _ofThread = worker = new Worker(policy, experts, shape);
            return worker;
        }

        public LayerPlacement Plan(int layer, double[] load)
        {
            // Adding +0 turns -0 into +0: from here on the bits of loads ascend with their values.
            for (int expert = 0; expert < load.Length; expert++) _load[expert] = (float)load[expert] + 0f;
            int[] physicalToLogical = new int[_shape.ReplicaCount];
            int[] replica = new int[_shape.ReplicaCount];
            int[] count = new int[load.Length];
            _balancer.Balance(_load, physicalToLogical, replica, count);
            return new LayerPlacement(layer, physicalToLogical, replica, count, load);
        }

        private bool Fits(PlacementPolicy policy, int experts, ClusterShape shape) =>
            policy == _policy && experts == _load.Length && shape.ReplicaCount == _shape.ReplicaCount && shape.GpuCount == _shape.GpuCount &&
            shape.NodeCount == _shape.NodeCount && shape.GroupCount == _shape.GroupCount;
    }
}
