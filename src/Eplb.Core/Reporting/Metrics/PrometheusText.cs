using System.Globalization;

namespace Eplb;

/// <summary>Collects balance reports and writes them in Prometheus' text exposition format, version 0.0.4.</summary>
/// <remarks>Samples of one metric stand together under its HELP and TYPE, in the order in which the reports came.</remarks>
public sealed class PrometheusText
{
    private readonly IReadOnlyList<KeyValuePair<string, string>> _labels;
    private readonly Dictionary<string, List<string>> _samples = [];
    private readonly HashSet<string> _seen = [];

    /// <summary>Starts without any report.</summary>
    /// <param name="labels">Labels to put on every sample, such as the model's name; null for none.</param>
    /// <exception cref="EplbException">A label name that Prometheus does not take, or one that the module sets itself.</exception>
    public PrometheusText(IEnumerable<KeyValuePair<string, string>>? labels = null) => _labels = MetricLabels.Check(labels ?? []);

    /// <summary>Takes one report: on a layer, a GPU, a node or a whole placement.</summary>
    /// <param name="report">The report.</param>
    /// <param name="placement">What tells its placement from others, such as the start of its hash; null where there is only one.</param>
    /// <exception cref="EplbException">There is a report on the same thing already: a series can only have one value.</exception>
    public void Add(BalanceReport report, string? placement = null)
    {
        switch (report)
        {
            case null:
                throw new ArgumentNullException(nameof(report));
            case PlanBalanceReport plan:
                AddAll(MetricCatalog.Placement, plan, LabelsOf(placement, policy: plan.Policy.ToString()));
                break;
            case GpuBalanceReport gpu:
                AddAll(MetricCatalog.Gpu, gpu, LabelsOf(placement, gpu: gpu.Gpu, node: gpu.Node));
                break;
            case NodeBalanceReport node:
                AddAll(MetricCatalog.Node, node, LabelsOf(placement, node: node.Node));
                break;
            default:
                AddAll(MetricCatalog.Layer, report, LabelsOf(placement, layer: report.Layer));
                break;
        }
    }

    /// <summary>Takes all that there is to say of one placement: itself, its layers, its nodes and its GPUs, labelled with the start of its hash.</summary>
    /// <param name="map">The placement.</param>
    /// <param name="evaluator">Its evaluation.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="EplbException">The same placement is there already.</exception>
    public void AddPlacement(PlacementMap map, BalanceEvaluator evaluator, CancellationToken cancellationToken = default)
    {
        if (evaluator is null) throw new ArgumentNullException(nameof(evaluator));
        string placement = PlacementHash.ShortOf(map, cancellationToken);
        if (!_seen.Add(placement))
            throw new EplbException(EplbError.MetricDuplicate, $"The placement {placement} came in twice, but a series has one value.", map);
        Add(evaluator.Summarize(), placement);
        foreach (BalanceReport layer in evaluator.ByLayer()) Add(layer, placement);
        foreach (BalanceReport node in evaluator.ByNode()) Add(node, placement);
        foreach (BalanceReport gpu in evaluator.ByGpu()) Add(gpu, placement);
    }

    /// <summary>The text, line by line. The format wants a line feed after each, the last one too.</summary>
    public IEnumerable<string> Lines() =>
        LinesOf(MetricCatalog.Placement).Concat(LinesOf(MetricCatalog.Layer)).Concat(LinesOf(MetricCatalog.Node)).Concat(LinesOf(MetricCatalog.Gpu));

    private IEnumerable<string> LinesOf<TReport>(IReadOnlyList<Metric<TReport>> metrics)
        where TReport : BalanceReport
    {
        foreach (Metric<TReport> metric in metrics)
        {
            if (!_samples.TryGetValue(metric.Name, out List<string>? samples)) continue;
            yield return $"# HELP {metric.Name} {metric.Help}";
            yield return $"# TYPE {metric.Name} gauge";
            foreach (string sample in samples) yield return sample;
        }
    }

    private void AddAll<TReport>(IReadOnlyList<Metric<TReport>> metrics, TReport report, string labels)
        where TReport : BalanceReport
    {
        if (!_seen.Add(metrics[0].Name + labels))
        {
            throw new EplbException(EplbError.MetricDuplicate,
                $"There are two reports for {metrics[0].Name}{labels}, but a series has one value.", report);
        }

        foreach (Metric<TReport> metric in metrics)
        {
            if (metric.Value(report) is not { } value) continue;
            if (!_samples.TryGetValue(metric.Name, out List<string>? samples)) _samples.Add(metric.Name, samples = []);
            samples.Add($"{metric.Name}{labels} {value.ToString("R", CultureInfo.InvariantCulture)}");
        }
    }

    private string LabelsOf(string? placement, int? layer = null, int? node = null, int? gpu = null, string? policy = null) => MetricLabels.Format(
        new KeyValuePair<string, string?>[]
        {
            new("placement", placement), new("policy", policy), new("layer", Text(layer)), new("node", Text(node)), new("gpu", Text(gpu)),
        }.Concat(_labels.Select(label => new KeyValuePair<string, string?>(label.Key, label.Value))));

    private static string? Text(int? number) => number?.ToString(CultureInfo.InvariantCulture);
}
