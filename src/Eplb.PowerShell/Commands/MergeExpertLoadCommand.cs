using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Mixes the loads of several workloads into one, to plan for all of them at once.</summary>
/// <remarks>
/// <para>What came from one source (a file) and, with Import-ExpertLoad -PerWindow, one window is a workload; a layer that comes again starts a further workload. Weights belong to the workloads in the order in which they come in.</para>
/// <para>A plan for one workload can be bad for another. Plan for the mix that the cluster will really see, and measure the plan on each part with Measure-EplbBalance -Load.</para>
/// <para>ConvertTo-Json makes a file's text of loads, these too, and ConvertFrom-Json loads of it again.</para>
/// </remarks>
/// <example>
/// <code>Import-ExpertLoad law.json, translation.json |
///     Merge-ExpertLoad -Normalize -Weight 3, 1</code>
/// <para>Mixes three parts of law with one part of translation, however long each was recorded.</para>
/// </example>
/// <example>
/// <code>Merge-ExpertLoad $monday, $tuesday |
///     Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -Policy Global</code>
/// <para>Plans for two days, each with its own weight in tokens.</para>
/// </example>
[Cmdlet(VerbsData.Merge, "ExpertLoad", HelpUri = HelpPage)]
[OutputType(typeof(ExpertLoad))]
public sealed class MergeExpertLoadCommand : EplbCmdlet
{
    private readonly LoadCollector _loads = new();

    /// <summary>Loads of all workloads: objects from Import-ExpertLoad, arrays of them, or rows with Layer, Expert and Load.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    public PSObject InputObject { get; set; } = null!;

    /// <summary>Weight of each workload, 0 or higher, in the order in which the workloads come in. Without it each weighs 1.</summary>
    [Parameter]
    [ValidateNotNull]
    public double[]? Weight { get; set; }

    /// <summary>Scale every layer of every workload to a total of 1 before weighting, so that only proportions count, not how long each was recorded.</summary>
    [Parameter]
    public SwitchParameter Normalize { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => TakeEach(InputObject, _loads.Add);

    /// <inheritdoc/>
    protected override void EndProcessing() => RunAtEnd(() => WriteEach(WorkloadMix.Mix(_loads.Complete(), Weight, Normalize)));
}
