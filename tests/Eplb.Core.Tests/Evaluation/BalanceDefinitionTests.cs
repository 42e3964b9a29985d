using CsCheck;

namespace Eplb.Tests.Evaluation;

/// <summary>Every figure of every report is that of its definition, recomputed here in the plainest way from slots, loads and speeds.</summary>
public sealed class BalanceDefinitionTests
{
    [Fact]
    public void Of_a_layer() => RandomPlacement.Layers.Sample(map =>
    {
        BalanceReport[] reports = [.. new BalanceEvaluator(map).ByLayer()];
        Assert.Equal(map.Layers.Select(layer => layer.Layer), reports.Select(report => report.Layer!.Value));
        for (int i = 0; i < reports.Length; i++)
        {
            var sums = new Sums(map, i);
            BalanceReport report = reports[i];
            Assert.Equal(sums.Duplicates.Sum(), report.DuplicateCount);
            if (sums.Total == 0)
            {
                Assert.All([report.Balancedness, report.ImbalanceRatio, report.HottestGpu, report.NodeBalancedness, report.Bound, report.Gap, (double?)report.LimitedBy], Assert.Null);
                continue;
            }

            Near(sums.Used.Max(), report.MaxLoad);
            Near(sums.Used.Min(), report.MinLoad);
            Near(sums.Mean, report.MeanLoad);
            Near(sums.Mean / sums.Used.Max(), report.Balancedness);
            Near(sums.Used.Max() / sums.Mean, report.ImbalanceRatio);
            Near(sums.Used.Max(), sums.Gpu[report.HottestGpu!.Value]);
            Near(sums.Mean / sums.NodeTime.Max(), report.NodeBalancedness);
            Near(Math.Min(sums.Used.Max(), LoadBound.Of(map.Layers[i].Load!, map.Shape, map.Policy).Value), report.Bound);
            Near(report.MaxLoad / report.Bound!.Value, 1 + report.Gap);
        }
    });

    [Fact]
    public void Of_a_GPU() => RandomPlacement.Layers.Sample(map =>
    {
        Sums[] all = Sums.Of(map), busy = [.. all.Where(layer => layer.Total > 0)];
        GpuBalanceReport[] reports = [.. new BalanceEvaluator(map).ByGpu()];
        Assert.Equal(Enumerable.Range(0, map.GpuCount).Except(map.Shape.ExcludedGpus), reports.Select(report => report.Gpu));
        double mean = busy.Sum(layer => layer.Mean);
        Assert.Equal(busy.Length, reports.Sum(report => report.HottestLayerCount));
        foreach (GpuBalanceReport report in reports)
        {
            double[] loads = [.. busy.Select(layer => layer.Gpu[report.Gpu]).DefaultIfEmpty()];
            Assert.Equal(report.Gpu / map.Shape.GpusPerNode, report.Node);
            Assert.Equal(report.Gpu, report.HottestGpu);
            Assert.InRange(report.HottestLayerCount, 0, busy.Count(layer => layer.Gpu[report.Gpu] >= layer.Gpu.Max() * (1 - 1e-9)));
            Near(loads.Sum(), report.Load);
            Near(loads.Max(), report.MaxLoad);
            Near(loads.Min(), report.MinLoad);
            Near(loads.Average(), report.MeanLoad);
            Assert.Equal(busy.Sum(layer => layer.Duplicates[report.Gpu]), report.DuplicateCount);
            IsFair(loads.Sum(), mean, report.Balancedness, report.ImbalanceRatio);
            IsFair(busy.Sum(layer => layer.NodeTime[report.Node]), mean, report.NodeBalancedness);
        }
    });

    [Fact]
    public void Of_a_node() => RandomPlacement.Layers.Sample(map =>
    {
        int gpus = map.Shape.GpusPerNode;
        Sums[] all = Sums.Of(map), busy = [.. all.Where(layer => layer.Total > 0)];
        NodeBalanceReport[] reports = [.. new BalanceEvaluator(map).ByNode()];
        Assert.Equal(Enumerable.Range(0, map.GpuCount).Except(map.Shape.ExcludedGpus).Select(gpu => gpu / gpus).Distinct(), reports.Select(report => report.Node));
        double mean = busy.Sum(layer => layer.Mean);
        Assert.Equal(busy.Length, reports.Sum(report => report.HottestLayerCount));
        foreach (NodeBalanceReport report in reports)
        {
            double[] loads = [.. busy.Select(layer => layer.Node[report.Node]).DefaultIfEmpty()];
            Assert.InRange(report.HottestLayerCount, 0, busy.Count(layer => layer.NodeTime[report.Node] >= layer.NodeTime.Max() * (1 - 1e-9)));
            Near(loads.Sum(), report.Load);
            Near(loads.Max(), report.MaxLoad);
            Near(loads.Min(), report.MinLoad);
            Near(loads.Average(), report.MeanLoad);
            int[] own = [.. Enumerable.Range(report.Node * gpus, gpus)];
            Assert.Contains(report.HottestGpu!.Value, own);
            Near(own.Max(OfGpu), OfGpu(report.HottestGpu.Value));
            Assert.Equal(own.Sum(gpu => busy.Sum(layer => layer.Duplicates[gpu])), report.DuplicateCount);
            IsFair(busy.Sum(layer => layer.NodeTime[report.Node]), mean, report.Balancedness, report.ImbalanceRatio);
            Assert.Equal(report.Balancedness, report.NodeBalancedness);
        }

        double OfGpu(int gpu) => busy.Sum(layer => layer.Gpu[gpu]);
    });

    [Fact]
    public void Of_a_plan() => RandomPlacement.Layers.Sample(map =>
    {
        PlanBalanceReport summary = new BalanceEvaluator(map).Summarize();
        BalanceReport[] all = [.. new BalanceEvaluator(map).ByLayer()], busy = [.. all.Where(report => report.Balancedness is not null)];
        Assert.Equal((busy.Length, all.Length - busy.Length), (summary.LayerCount, summary.IdleLayerCount));
        Assert.Equal((map.Policy, busy.Sum(report => report.DuplicateCount)), (summary.Policy, summary.DuplicateCount));
        if (busy.Length == 0)
        {
            Assert.All([summary.Balancedness, summary.WorstLayer, summary.WorstBalancedness, summary.HottestGpu, (double?)summary.LimitedBy], Assert.Null);
            return;
        }

        BalanceReport worst = busy.OrderBy(report => report.Balancedness).First();
        Assert.Equal((worst.Layer, worst.Balancedness), (summary.WorstLayer, summary.WorstBalancedness));
        Near(busy.Average(report => report.Balancedness!.Value), summary.Balancedness);
        Near(busy.Average(report => report.ImbalanceRatio!.Value), summary.ImbalanceRatio);
        Near(busy.Average(report => report.MaxLoad), summary.MaxLoad);
        Near(busy.Average(report => report.MeanLoad), summary.MeanLoad);
        Near(busy.Average(report => report.MinLoad), summary.MinLoad);
        Near(busy.Average(report => report.NodeBalancedness!.Value), summary.NodeBalancedness);
        Near(busy.Average(report => report.Bound!.Value), summary.Bound);
        Near(busy.Average(report => 1 + report.Gap!.Value), 1 + summary.Gap);
        double[] gpus = [.. Enumerable.Range(0, map.GpuCount).Select(gpu => Sums.Of(map).Sum(layer => layer.Gpu[gpu]))];
        Near(gpus.Max(), gpus[summary.HottestGpu!.Value]);
        var reasons = busy.GroupBy(report => report.LimitedBy!.Value).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(reasons.Where(reason => reason.Value == reasons.Values.Max()).Min(reason => reason.Key), summary.LimitedBy!.Value);
    });

    [Fact]
    public void Of_equals_the_first_counts()
    {
        PlacementMap map = Planner.Plan(LoadMatrix.Combine([new ExpertLoad(2, [1, 1, 1, 1]), new ExpertLoad(7, [1, 1, 1, 1])]), new ClusterShape(4, 4, 2));
        var evaluator = new BalanceEvaluator(map);
        Assert.Equal([0, 0], evaluator.ByLayer().Select(report => report.HottestGpu!.Value));
        Assert.Equal([2, 0, 0, 0], evaluator.ByGpu().Select(report => report.HottestLayerCount));
        Assert.Equal([2, 0], evaluator.ByNode().Select(report => report.HottestLayerCount));
        Assert.Equal([0, 2], evaluator.ByNode().Select(report => report.HottestGpu!.Value));
        Assert.Equal((2, 0), (evaluator.Summarize().WorstLayer!.Value, evaluator.Summarize().HottestGpu!.Value));
    }

    private static void IsFair(double total, double mean, double? balancedness, double? ratio = null)
    {
        if (mean == 0)
        {
            Assert.Null(balancedness);
            Assert.Null(ratio);
            return;
        }

        Near(total > mean ? mean / total : 1, balancedness);
        if (ratio is not null) Near(total / mean, ratio);
    }

    private static void Near(double expected, double? actual) => Assert.Equal(expected, actual!.Value, 1e-9 * Math.Max(1, Math.Abs(expected)));

    /// <summary>One layer: loads of GPUs over speeds, of nodes, and of these over the speed of their GPUs, and slots whose expert is on the GPU already.</summary>
    private sealed class Sums
    {
        public Sums(PlacementMap map, int position)
        {
            ClusterShape shape = map.Shape;
            double[] tokens = PlanLoads.OfGpus(map, position);
            Gpu = [.. tokens.Select((load, gpu) => shape.IsExcluded(gpu) ? 0 : load / Speed(gpu))];
            Used = [.. Gpu.Where((_, gpu) => !shape.IsExcluded(gpu))];
            Total = tokens.Sum();
            Mean = Total / Enumerable.Range(0, shape.GpuCount).Sum(Speed);
            Node = [.. tokens.Chunk(shape.GpusPerNode).Select(node => node.Sum())];
            NodeTime = [.. Node.Select((load, i) => Enumerable.Range(i * shape.GpusPerNode, shape.GpusPerNode).Sum(Speed) is > 0 and var speed ? load / speed : 0)];
            Duplicates = [.. map.Layers[position].PhysicalToLogical.Chunk(shape.ReplicaCount / shape.GpuCount)
                .Select(gpu => gpu.Where(expert => expert >= 0).GroupBy(expert => expert).Sum(expert => expert.Count() - 1))];

            double Speed(int gpu) => shape.IsExcluded(gpu) ? 0 : shape.GpuSpeed?[gpu] ?? 1;
        }

        public double[] Gpu { get; }

        public double[] Used { get; }

        public double[] Node { get; }

        public double[] NodeTime { get; }

        public double Mean { get; }

        public double Total { get; }

        public int[] Duplicates { get; }

        public static Sums[] Of(PlacementMap map) => [.. Enumerable.Range(0, map.Layers.Count).Select(i => new Sums(map, i))];
    }
}
