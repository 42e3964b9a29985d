using System.Runtime.ExceptionServices;

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
    private const int RefinedSlotsWorthAThread = 512;

    // 2^28 slots are 2 GiB of plan: more than any model times any cluster, and a clear error beats running out of memory.
    private const long MaxTotalSlots = 1L << 28;

    /// <summary>Plans where the experts of all layers live.</summary>
    /// <param name="loads">Loads of all layers; each is cast to float32 first, as the reference does.</param>
    /// <param name="shape">Cluster to fill.</param>
    /// <param name="policy">How experts are replicated and packed.</param>
    /// <param name="options">What the plan is to have beyond the reference's; null for nothing.</param>
    /// <param name="maxThreads">Most threads to use, 1 or more; null for one a processor.</param>
    /// <param name="cancellationToken">Stops between layers, and within a layer between two changes of its plan.</param>
    /// <exception cref="EplbException">Counts that do not fit the policy, fewer slots than experts, an absurd size, a current placement of another cluster or model, or a dispatch that is not refined for.</exception>
    public static PlacementMap Plan(LoadMatrix loads, ClusterShape shape, PlacementPolicy policy = PlacementPolicy.Auto,
        PlanOptions? options = null, int? maxThreads = null, CancellationToken cancellationToken = default)
    {
        if (loads is null) throw new ArgumentNullException(nameof(loads));
        if (shape is null) throw new ArgumentNullException(nameof(shape));
        options ??= new PlanOptions();
        options.Check();
        policy = PolicyRules.Resolve(policy, loads.ExpertCount, shape, options.IsRefined);
        if (options.IsRefined && policy == PlacementPolicy.ReplicateOnly) policy = PlacementPolicy.Global;
        if (options.Current is not null) PolicyRules.CheckCurrent(options.Current, loads, shape);
        long total = (long)shape.ReplicaCount * loads.Rows.Count;
        if (total > MaxTotalSlots)
        {
            throw new EplbException(EplbError.ShapeTooLarge,
                $"{loads.Rows.Count} layers of {shape.ReplicaCount} slots are {total} slots; the limit is {MaxTotalSlots}.", shape.ReplicaCount);
        }

        var layers = new LayerPlacement[loads.Rows.Count];
        int slotsWorthAThread = options.IsRefined ? RefinedSlotsWorthAThread : SlotsWorthAThread;
        int threads = (int)Math.Min(maxThreads ?? Environment.ProcessorCount, Math.Max(1, total / slotsWorthAThread));
        if (threads > 1)
        {
            PlanInParallel(loads, shape, policy, options, layers, threads, cancellationToken);
        }
        else
        {
            for (int i = 0; i < layers.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                layers[i] = LayerPlanner.OfThread(policy, loads.ExpertCount, shape).Plan(shape, loads.Layers[i], loads.Rows[i], options, cancellationToken);
            }
        }

        return new PlacementMap(layers, shape, policy, loads.Sources);
    }

    private static void PlanInParallel(LoadMatrix loads, ClusterShape shape, PlacementPolicy policy, PlanOptions options,
        LayerPlacement[] layers, int threads, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = threads };
        var broken = new EplbException?[layers.Length];
        Parallel.For(0, layers.Length, parallel, (i, loop) =>
        {
            try
            {
                layers[i] = LayerPlanner.OfThread(policy, loads.ExpertCount, shape).Plan(shape, loads.Layers[i], loads.Rows[i], options, cancellationToken);
            }
            catch (EplbException refused)
            {
                // The layers before it are still planned, so that the first refusal is the same on any number of threads.
                broken[i] = refused;
                loop.Break();
            }
        });
        if (Array.Find(broken, refusal => refusal is not null) is { } first) ExceptionDispatchInfo.Capture(first).Throw();
    }
}
