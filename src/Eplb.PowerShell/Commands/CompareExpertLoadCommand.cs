using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Says how far the loads have moved between two recordings: the drift that wears a plan out.</summary>
/// <remarks>
/// <para>Three figures a layer: Cosine compares proportions and is ruled by the hottest experts; JensenShannon compares whole distributions, in bits from 0 to 1; HottestOverlap is the share of the hottest experts that are still among the hottest, which is what replicas are given by. Totals do not matter.</para>
/// <para>Few tokens look like drift: loads of some hundred tokens differ by chance alone. Compare two recordings of the same traffic to see how much.</para>
/// </remarks>
/// <example>
/// <code>Compare-ExpertLoad (Import-ExpertLoad monday.json) (Import-ExpertLoad tuesday.json)</code>
/// <para>Shows the drift of each layer.</para>
/// </example>
/// <example>
/// <code>$drift = Import-ExpertLoad tuesday.json | Compare-ExpertLoad $monday -Summary
/// $drift.JensenShannon -gt 0.05</code>
/// <para>True when the mean drift over the layers is above 0.05 bit.</para>
/// </example>
[Cmdlet(VerbsData.Compare, "ExpertLoad", HelpUri = HelpPage)]
[OutputType(typeof(LoadDrift), typeof(LoadDriftSummary))]
public sealed class CompareExpertLoadCommand : EplbCmdlet
{
    private readonly LoadCollector _loads = new();

    /// <summary>Loads to compare with, such as those that the plan in force was made from. Loads of the same layer are added up.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public PSObject[] ReferenceObject { get; set; } = [];

    /// <summary>Loads to compare, such as today's: <see cref="ExpertLoad"/> objects from Import-ExpertLoad, or rows with Layer, Expert and Load. Loads of the same layer are added up.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    public PSObject DifferenceObject { get; set; } = null!;

    /// <summary>How many experts count as the hottest; an eighth of them by default, 32 of 256.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Top { get; set; }

    /// <summary>Emit one object for all layers instead of one each: means over the layers that are busy in both, and the layer that moved most.</summary>
    [Parameter]
    public SwitchParameter Summary { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => TakeEach(DifferenceObject, _loads.Add);

    /// <inheritdoc/>
    protected override void EndProcessing() => RunAtEnd(() =>
    {
        var drift = new DriftEvaluator(LoadMatrix.Combine(LoadCollector.Collect(ReferenceObject)), LoadMatrix.Combine(_loads.Complete()), Top);
        if (Summary)
            WriteObject(drift.Summarize());
        else
            WriteEach(drift.ByLayer());
    });
}
