namespace Eplb;

/// <summary>Judges a placement: how evenly its GPUs are loaded, by the loads it was made from or by others.</summary>
public sealed class BalanceEvaluator
{
    // Below a thousandth no operator sees a difference.
    private const double Negligible = 1e-3;

    private readonly PlacementMap _map;
    private readonly DispatchRule _rule;
    private readonly LayerGpuLoad[] _layers;
    private readonly CancellationToken _cancellationToken;

    /// <summary>Computes the load of every GPU in every layer.</summary>
    /// <param name="map">Placement to judge.</param>
    /// <param name="loads">Loads to judge it by; null for those it was made from. Layers that the placement does not have are left out.</param>
    /// <param name="rule">How the server's dispatch shares an expert's load over its replicas.</param>
    /// <param name="cancellationToken">Stops between layers.</param>
    /// <exception cref="EplbException">A layer without loads, or loads for another number of experts.</exception>
    public BalanceEvaluator(PlacementMap map, LoadMatrix? loads = null, DispatchRule rule = DispatchRule.Even,
        CancellationToken cancellationToken = default)
    {
        _map = map ?? throw new ArgumentNullException(nameof(map));
        _rule = rule;
        _cancellationToken = cancellationToken;
        IDispatchRule dispatch = DispatchRules.Create(rule, cancellationToken);
        _layers = new LayerGpuLoad[map.Layers.Count];
        for (int i = 0; i < _layers.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _layers[i] = LayerGpuLoad.Of(map.Layers[i], LoadOf(map, map.Layers[i], loads), map.Shape, dispatch);
        }
    }

    /// <summary>Load of every GPU, layer by layer in the order of the placement; idle layers too.</summary>
    internal IReadOnlyList<LayerGpuLoad> GpuLoads => _layers;

    private IEnumerable<LayerGpuLoad> BusyLayers => _layers.Where(layer => !layer.IsIdle);

    /// <summary>One report a layer, in the order of the placement; idle layers too.</summary>
    public IEnumerable<BalanceReport> ByLayer() => _layers.Select(ReportLayer);

    /// <summary>One report a GPU over all busy layers.</summary>
    public IEnumerable<GpuBalanceReport> ByGpu()
    {
        int[][] duplicates = [.. BusyLayers.Select(layer => layer.CountDuplicates())];
        double[][] loads = [.. BusyLayers.Select(layer => layer.Gpu)];
        double[][] nodes = [.. BusyLayers.Select(layer => layer.Node)];
        double[] nodeTotal = Totals(nodes, _map.NodeCount), gpuTotal = Totals(loads, _map.GpuCount);
        double mean = BusyLayers.Sum(layer => layer.Mean);
        for (int gpu = 0; gpu < _map.GpuCount; gpu++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            if (_map.Shape.IsExcluded(gpu)) continue;
            int node = _map.Shape.NodeOf(gpu);
            yield return new GpuBalanceReport
            {
                Gpu = gpu,
                Node = node,
                Load = gpuTotal[gpu],
                HottestLayerCount = BusyLayers.Count(layer => layer.HottestGpu == gpu),
                HottestGpu = gpu,
                ImbalanceRatio = RatioToMean(gpuTotal[gpu], mean),
                Balancedness = Fairness(gpuTotal[gpu], mean),
                NodeBalancedness = Fairness(nodeTotal[node], mean * _map.Shape.SpeedOfNode(node)),
                MaxLoad = loads.Select(layer => layer[gpu]).DefaultIfEmpty().Max(),
                MeanLoad = loads.Select(layer => layer[gpu]).DefaultIfEmpty().Average(),
                MinLoad = loads.Select(layer => layer[gpu]).DefaultIfEmpty().Min(),
                DuplicateCount = duplicates.Sum(layer => layer[gpu]),
            };
        }
    }

    /// <summary>One report a node over all busy layers.</summary>
    public IEnumerable<NodeBalanceReport> ByNode()
    {
        int[][] duplicates = [.. BusyLayers.Select(layer => layer.CountDuplicates())];
        double[][] loads = [.. BusyLayers.Select(layer => layer.Node)];
        double[] total = Totals(loads, _map.NodeCount);
        double[] gpuTotal = Totals([.. BusyLayers.Select(layer => layer.Gpu)], _map.GpuCount);
        double sumOfMeans = BusyLayers.Sum(layer => layer.Mean);
        for (int node = 0; node < _map.NodeCount; node++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            if (_map.Shape.SpeedOfNode(node) == 0) continue;
            double mean = sumOfMeans * _map.Shape.SpeedOfNode(node);
            int first = node * _map.Shape.GpusPerNode;
            int hottest = first;
            for (int gpu = first; gpu < first + _map.Shape.GpusPerNode; gpu++)
            {
                if (gpuTotal[gpu] > gpuTotal[hottest]) hottest = gpu;
            }

            yield return new NodeBalanceReport
            {
                Node = node,
                Load = total[node],
                HottestLayerCount = BusyLayers.Count(layer => layer.HottestNode == node),
                HottestGpu = hottest,
                ImbalanceRatio = RatioToMean(total[node], mean),
                Balancedness = Fairness(total[node], mean),
                NodeBalancedness = Fairness(total[node], mean),
                MaxLoad = loads.Select(layer => layer[node]).DefaultIfEmpty().Max(),
                MeanLoad = loads.Select(layer => layer[node]).DefaultIfEmpty().Average(),
                MinLoad = loads.Select(layer => layer[node]).DefaultIfEmpty().Min(),
                DuplicateCount = duplicates.Sum(layer => layer.Skip(first).Take(_map.Shape.GpusPerNode).Sum()),
            };
        }
    }

    /// <summary>One report for the whole plan: means over the busy layers.</summary>
    public PlanBalanceReport Summarize()
    {
        BalanceReport[] all = [.. ByLayer()];
        BalanceReport[] busy = [.. all.Where(report => report.Balancedness is not null)];
        var summary = new PlanBalanceReport
        {
            Policy = _map.Policy,
            LayerCount = busy.Length,
            IdleLayerCount = all.Length - busy.Length,
            DuplicateCount = busy.Sum(report => report.DuplicateCount),
        };
        if (busy.Length == 0) return summary;

        BalanceReport worst = busy[0];
        foreach (BalanceReport report in busy)
        {
            if (report.Balancedness < worst.Balancedness) worst = report;
        }

        double[] gpuTotal = Totals([.. BusyLayers.Select(layer => layer.Gpu)], _map.GpuCount);
        return new PlanBalanceReport
        {
            Policy = summary.Policy,
            LayerCount = summary.LayerCount,
            IdleLayerCount = summary.IdleLayerCount,
            DuplicateCount = summary.DuplicateCount,
            WorstLayer = worst.Layer,
            WorstBalancedness = worst.Balancedness,
            Balancedness = busy.Average(report => report.Balancedness),
            ImbalanceRatio = busy.Average(report => report.ImbalanceRatio),
            MaxLoad = busy.Average(report => report.MaxLoad),
            MeanLoad = busy.Average(report => report.MeanLoad),
            MinLoad = busy.Average(report => report.MinLoad),
            HottestGpu = Array.IndexOf(gpuTotal, gpuTotal.Max()),
            NodeBalancedness = busy.Average(report => report.NodeBalancedness),
            Bound = busy.Average(report => report.Bound),
            Gap = busy.Average(report => report.Gap),
            LimitedBy = busy.GroupBy(report => report.LimitedBy)
                .OrderByDescending(group => group.Count()).ThenBy(group => group.Key).First().Key,
        };
    }

    /// <summary>The balance of the whole placement in the figure that a server or benchmark reports.</summary>
    /// <param name="metric">Which figure.</param>
    public MetricReport Measure(BalanceMetric metric) => new()
    {
        Metric = metric,
        Value = BusyLayers.Any() ? MetricFormulas.Evaluate(metric, _layers) : null,
        Perfect = metric == BalanceMetric.TensorRTLLM ? 0 : 1,
    };

    private static double[] LoadOf(PlacementMap map, LayerPlacement placement, LoadMatrix? loads)
    {
        double[]? load = loads is null ? placement.Load : loads.Find(placement.Layer);
        if (load is null && loads is null)
            throw new EplbException(EplbError.LayerMissing, $"Layer {placement.Layer} of the placement carries no loads to judge it by; give loads with -Load.", placement.Layer);
        if (load is null)
        {
            throw new EplbException(EplbError.LayerMissing,
                $"The loads (layers {LayerIds.Range(loads!.Layers)}) have no layer {placement.Layer}, which the placement ({LayerIds.Range(map.Layer)}) has.", placement.Layer);
        }

        if (load.Length == placement.ExpertCount.Length) return load;
        throw new EplbException(EplbError.RowLengthMismatch,
            $"Layer {placement.Layer}: the loads have {load.Length} experts, the placement {placement.ExpertCount.Length}.", placement.Layer);
    }

    private BalanceReport ReportLayer(LayerGpuLoad layer)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        int duplicates = layer.CountDuplicates().Sum();
        if (layer.IsIdle)
            return new BalanceReport { Layer = layer.Placement.Layer, DuplicateCount = duplicates };

        double mean = layer.Mean, max = layer.Gpu[layer.HottestGpu];
        LoadBound bound = LoadBound.Of(layer.Load, _map.Shape, _map.Policy, _rule);
        // Rounding of the sums must not make a perfect plan look better than its bound.
        double floor = Math.Max(mean, Math.Min(bound.Value, max));
        return new BalanceReport
        {
            Layer = layer.Placement.Layer,
            Balancedness = mean / max,
            ImbalanceRatio = max / mean,
            MaxLoad = max,
            MeanLoad = mean,
            MinLoad = layer.GpusInUse.Min(),
            HottestGpu = layer.HottestGpu,
            NodeBalancedness = Math.Min(1, mean / layer.NodePeak),
            DuplicateCount = duplicates,
            Bound = floor,
            Gap = (max / floor) - 1,
            LimitedBy = ReasonOf(layer, bound, mean, max),
        };
    }

    // From the mean up to the maximum there are steps: what replication forces, what the node packing forces, what the packing onto
    // GPUs leaves, and what the dispatch adds. The largest step is the reason.
    private LoadLimit ReasonOf(LayerGpuLoad layer, LoadBound bound, double mean, double max)
    {
        if ((max / mean) - 1 < Negligible) return LoadLimit.None;
        double node = _map.Policy == PlacementPolicy.Hierarchical ? layer.NodePeak : mean;
        double replica = Math.Max(bound.Replica, bound.Pair), floor = Math.Max(mean, Math.Max(replica, node)), even = MaxUnderEven(layer, max);
        if (max - even > Math.Max(floor - mean, even - floor)) return LoadLimit.Dispatch;
        if (even - floor > floor - mean) return LoadLimit.GpuPacking;
        return replica >= node ? LoadLimit.Replicas : LoadLimit.NodePacking;
    }

    private double MaxUnderEven(LayerGpuLoad layer, double max) => _rule == DispatchRule.Even
        ? max
        : Math.Min(max, LayerGpuLoad.Of(layer.Placement, layer.Load, _map.Shape, new EvenDispatch()).Gpu.Max());

    private static double[] Totals(double[][] layers, int length)
    {
        double[] total = new double[length];
        foreach (double[] layer in layers)
        {
            for (int i = 0; i < length; i++) total[i] += layer[i];
        }

        return total;
    }

    private static double? RatioToMean(double total, double mean) => mean == 0 ? null : total / mean;

    private static double? Fairness(double total, double mean) =>
        RatioToMean(total, mean) is not { } ratio ? null : ratio <= 1 ? 1 : 1 / ratio;
}
