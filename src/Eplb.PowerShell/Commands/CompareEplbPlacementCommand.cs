using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Says which slots have to be written to go from one placement to another, where the weights come from, and what that costs.</summary>
/// <remarks>
/// <para>One object for each slot whose expert differs. The source is the nearest GPU that holds the expert: the same GPU, where nothing is sent, else one of the same node, else any. Copies of a layer are put into batches in which no GPU sends or receives more than one expert, as few as there can be. Write the slots when the last batch of the layer has arrived: a slot that is read from may be one that is written.</para>
/// </remarks>
/// <example>
/// <code>Compare-EplbPlacement $current $new |
///     Where-Object Scope -eq InterNode |
///     Select-Object -First 3</code>
/// <para>Shows the first copies between nodes.</para>
/// </example>
/// <example>
/// <code>$tuesday |
///     Get-EplbPlacement 288 32 -NodeCount 4 -Policy Global -CurrentPlacement $current `
///         -MaxMove 10% |
///     Compare-EplbPlacement $current -Summary -ExpertBytes 42MB -IntraNodeBandwidth 160GB `
///         -InterNodeBandwidth 40GB</code>
/// <para>Says how many slots a plan for new loads writes, and how long the weights take within nodes and between them.</para>
/// </example>
[Cmdlet(VerbsData.Compare, "EplbPlacement", HelpUri = HelpPage)]
[OutputType(typeof(ExpertMove), typeof(MoveSummary))]
public sealed class CompareEplbPlacementCommand : EplbCmdlet
{
    private readonly PlacementCollector _placements = new();

    /// <summary>Placement in force: a <see cref="PlacementMap"/>, or the <see cref="PhysicalExpert"/> objects or rows of one.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public PSObject[] ReferenceObject { get; set; } = [];

    /// <summary>Placement to go to, of the same cluster: a <see cref="PlacementMap"/>, or the <see cref="PhysicalExpert"/> objects or rows of one. It must have the layers of the other one, under the same ids.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    public PSObject[] DifferenceObject { get; set; } = [];

    /// <summary>Bytes of the weights of one expert of one layer, such as 42MB for DeepSeek-V3 in FP8; 0 when only counts are of interest, without a bandwidth.</summary>
    [Parameter]
    [ValidateRange(0.0, double.MaxValue)]
    public double ExpertBytes { get; set; }

    /// <summary>Bytes a second that a GPU sends or receives within its node.</summary>
    [Parameter]
    [ValidateRange(1.0, double.MaxValue)]
    public double? IntraNodeBandwidth { get; set; }

    /// <summary>Bytes a second that a GPU sends to or receives from other nodes.</summary>
    [Parameter]
    [ValidateRange(1.0, double.MaxValue)]
    public double? InterNodeBandwidth { get; set; }

    /// <summary>Emit one object with the cost of all moves instead of the moves.</summary>
    [Parameter]
    public SwitchParameter Summary { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (PSObject part in DifferenceObject) TakeEach(part, _placements.Add);
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => RunAtEnd(() =>
    {
        if (ExpertBytes == 0 && (IntraNodeBandwidth ?? InterNodeBandwidth) is not null)
            throw new EplbException(EplbError.ParameterMissing, "How long moves take follows from their bytes: with a bandwidth, give ExpertBytes too.");
        PlacementMap reference = PlacementCollector.Collect(ReferenceObject);
        ForEach(_placements, placement =>
        {
            var comparison = new PlacementComparison(reference, placement, ExpertBytes, Cancellation);
            if (Summary)
                WriteObject(comparison.Summarize(IntraNodeBandwidth, InterNodeBandwidth));
            else
                WriteEach(comparison.Moves());
        });
    });
}
