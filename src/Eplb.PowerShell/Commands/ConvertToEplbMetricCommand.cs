using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Turns placements and balance reports into metrics in Prometheus' text format.</summary>
/// <remarks>
/// <para>The lines are what node_exporter's textfile collector reads and what a push gateway takes. A placement gives metrics of itself, its layers, its nodes and its GPUs, with the label placement: the first twelve digits of the SHA-256 of what its slots hold, so that a change of plan is seen. A report of Measure-EplbBalance gives the metrics of what it is about.</para>
/// <para>All metrics are gauges named eplb_*. Loads are in tokens, that is (token, chosen expert) pairs; balancedness and gaps are ratios. An idle layer has no balancedness and so no such sample.</para>
/// <para>The collector must not meet half a file: write to another name and rename it, as the second example does. On Windows, join the lines with line feeds, since the format takes no others.</para>
/// </remarks>
/// <returns>One line of the exposition each: HELP and TYPE before the samples of a metric.</returns>
/// <example>
/// <code>Import-ExpertLoad loads.json |
///     Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -Policy Global |
///     ConvertTo-EplbMetric</code>
/// <para>Writes all metrics of a plan.</para>
/// </example>
/// <example>
/// <code>Measure-EplbBalance $plan -Load (Import-ExpertLoad now.json) -Summary |
///     ConvertTo-EplbMetric -Label @{ model = 'DeepSeek-V3' } |
///     Set-Content eplb.prom.new
/// Move-Item eplb.prom.new eplb.prom -Force</code>
/// <para>Writes only the figures of the whole plan under the loads of now, with the model's name on each, for a textfile collector.</para>
/// </example>
[Cmdlet(VerbsData.ConvertTo, "EplbMetric", HelpUri = HelpPage)]
[OutputType(typeof(string))]
public sealed class ConvertToEplbMetricCommand : EplbCmdlet
{
    private readonly PlacementCollector _placements = new();
    private PrometheusText _text = null!;
    private bool _hasPlacement, _hasReport;

    /// <summary>Placements (a <see cref="PlacementMap"/>, or <see cref="PhysicalExpert"/> objects or rows of whole layers) and <see cref="BalanceReport"/> objects of any kind from Measure-EplbBalance.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    public PSObject InputObject { get; set; } = null!;

    /// <summary>Loads to judge placements by, instead of those that they were made from: objects from Import-ExpertLoad, or rows with Layer, Expert and Load. Loads of the same layer are added up.</summary>
    [Parameter]
    [ValidateNotNull]
    public PSObject[]? Load { get; set; }

    /// <summary>How the server's dispatch shares the load of an expert over its replicas.</summary>
    [Parameter]
    public DispatchRule Dispatch { get; set; } = DispatchRule.Even;

    /// <summary>Labels to put on every sample: a hashtable of names and values. Names are letters, digits and underscores; placement, policy, layer, node and gpu are taken.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary? Label { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => RunOrStop(() => _text = new PrometheusText(Label?.Cast<DictionaryEntry>().Select(ToLabel)));

    /// <inheritdoc/>
    protected override void ProcessRecord() => TakeEach(InputObject, Add);

    /// <inheritdoc/>
    protected override void EndProcessing() => RunAtEnd(() =>
    {
        if (_hasPlacement || !_hasReport)
        {
            LoadMatrix? loads = Load is null ? null : LoadMatrix.Combine(LoadCollector.Collect(Load));
            foreach (Func<PlacementMap> placement in _placements.Each())
            {
                RunOrReport(() =>
                {
                    PlacementMap map = placement();
                    _text.AddPlacement(map, new BalanceEvaluator(map, loads, Dispatch, Cancellation), Cancellation);
                    WarnOfLeftOut(map.Layer, loads);
                });
            }
        }

        WriteEach(_text.Lines());
    });

    private void Add(PSObject input)
    {
        if (ReportConverter.FindBalance(input) is { } report)
        {
            _text.Add(report);
            _hasReport = true;
        }
        else
        {
            _placements.Add(input);
            _hasPlacement = true;
        }
    }

    private static KeyValuePair<string, string> ToLabel(DictionaryEntry entry) => new(
        Convert.ToString(entry.Key, CultureInfo.InvariantCulture)!, Convert.ToString(entry.Value, CultureInfo.InvariantCulture)!);
}
