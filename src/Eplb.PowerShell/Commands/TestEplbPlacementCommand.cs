using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Says whether a placement can be served, and with -Detailed which rules it breaks and where.</summary>
/// <remarks>
/// <para>Rules that hold everywhere: each layer has all its slots once, numbered GPU by GPU, the same number in all layers and spread evenly over the GPUs, and every logical expert in at least one of them. Where the slots do not divide evenly, as in a refined plan for such a number, some GPUs have one more than the others. With -Target the rules of that format come on top, the same that Export-EplbPlacement enforces: no empty slots and as many slots on each GPU but in Csv and Json, no expert twice on one GPU for vllm-ascend and omni-infer, known loads for FastDeploy, and every MoE layer of the model where FirstMoeLayer is given.</para>
/// <para>Takes what is broken as well: rows with Layer, PhysicalExpert, LogicalExpert and Gpu, such as Import-Csv gives, in any number and order. What most layers agree on is taken for right: the numbers of slots, GPUs and experts. Rows with Node and Replica too are whole slots, as other cmdlets take them: what they say of ReplicaCount, Slot, Load and ExpertLoad must fit together.</para>
/// </remarks>
/// <example>
/// <code>if (Import-Csv plan.csv | Test-EplbPlacement -Target VllmAscend) { 'ready' }</code>
/// <para>Asks whether vllm-ascend can serve a plan.</para>
/// </example>
/// <example>
/// <code>$plan | Test-EplbPlacement -Target VllmAscend -Detailed | Group-Object Rule -NoElement</code>
/// <para>Counts the broken rules.</para>
/// </example>
/// <returns>Whether no rule is broken; with Detailed the rules that are.</returns>
[Cmdlet(VerbsDiagnostic.Test, "EplbPlacement", HelpUri = HelpPage)]
[OutputType(typeof(bool), typeof(PlacementFinding))]
public sealed class TestEplbPlacementCommand : EplbCmdlet
{
    private DraftCollector _placements = null!;

    /// <summary>Placement to judge: a PlacementMap, or PhysicalExpert objects or rows, whole or not.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    public PSObject InputObject { get; set; } = null!;

    /// <summary>Format whose rules must hold too; Auto asks for what holds everywhere.</summary>
    [Parameter]
    public PlacementFormat Target { get; set; } = PlacementFormat.Auto;

    /// <summary>Hidden layers of the model, dense ones included (61 for DeepSeek-V3); layers beyond it are findings.</summary>
    [Parameter]
    public int? HiddenLayerCount { get; set; }

    /// <summary>Absolute id of the first MoE layer (3 for DeepSeek-V3, 0 where all layers are MoE layers); a missing layer from there on is a finding.</summary>
    [Parameter]
    public int? FirstMoeLayer { get; set; }

    /// <summary>Logical experts of each layer. Without it, one more than the highest id in most layers.</summary>
    [Parameter]
    public int? ExpertCount { get; set; }

    /// <summary>Emit one object for each broken rule instead of true or false; nothing where all hold.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => RunOrStop(() =>
    {
        if (ExpertCount is { } count) CountRules.CheckPositive(count, nameof(ExpertCount));
        _placements = new DraftCollector(ExpertCount);
    });

    /// <inheritdoc/>
    protected override void ProcessRecord() => TakeEach(InputObject, _placements.Add);

    /// <inheritdoc/>
    protected override void EndProcessing() => RunAtEnd(() =>
    {
        var model = new ModelLayers(HiddenLayerCount, FirstMoeLayer);
        PlacementTarget target = Target == PlacementFormat.Auto ? PlacementTarget.Any : PlacementTarget.Of(Target);
        foreach (PlacementDraft draft in _placements.Complete())
        {
            IEnumerable<PlacementFinding> findings = PlacementRules.Check(draft, target, model, Cancellation);
            if (Detailed)
                WriteEach(findings);
            else
                WriteObject(!findings.Any());
        }
    });
}
