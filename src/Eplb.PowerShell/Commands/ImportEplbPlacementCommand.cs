using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Reads the placement of experts from a server's file, or from a file of this module.</summary>
/// <remarks>
/// <para>The format is recognised by the file's content: SGLang, TensorRT-LLM, vllm-ascend, vLLM (both forms that its pull requests read, and the placement in a recording), FastDeploy's dump, omni-infer, and this module's CSV and JSON, also what Export-Csv makes of slots and ConvertTo-Json -Depth 4 of a PlacementMap. A decimal comma, which Export-Csv writes in some cultures, is refused. A CSV that was edited by hand may leave out ReplicaCount, Slot, Load and ExpertLoad, or leave them empty; what they say must fit the slots.</para>
/// <para>Files of SGLang, TensorRT-LLM, vLLM and FastDeploy do not tell how many GPUs their slots belong to: give GpuCount. Nodes and groups are 1 where neither the file nor a parameter tells them. Only this module's formats and FastDeploy's dump hold the loads of a plan; its policy, in the others, is taken for Global.</para>
/// <para>Layers: SGLang and FastDeploy have a row for every hidden layer, TensorRT-LLM the absolute ids of the MoE layers, the others the MoE layers by position, from 0. With FirstMoeLayer all of them come out under their absolute ids, without the dense layers before it, and every MoE layer must be there, to the end of HiddenLayerCount where it is given. Without it the ids are those of the file.</para>
/// </remarks>
/// <example>
/// <code>Import-EplbPlacement eplb.yaml -GpuCount 32 -NodeCount 4 |
///     Measure-EplbBalance -Load (Import-ExpertLoad all-layers.json)</code>
/// <para>Judges the placement that TensorRT-LLM runs with, whose layers have absolute ids, by loads of all layers.</para>
/// </example>
/// <example>
/// <code>Import-EplbPlacement init-expert-location.json -GpuCount 32 -FirstMoeLayer 3 -AsMap |
///     Export-EplbPlacement expert_map.json VllmAscend</code>
/// <para>Turns SGLang's placement for DeepSeek-V3 into one for vllm-ascend: the rows of the 3 dense layers are left out.</para>
/// </example>
/// <example>
/// <code>Import-EplbPlacement plan.csv -AsMap</code>
/// <para>Reads back what Export-EplbPlacement wrote, with loads, policy and cluster.</para>
/// </example>
[Cmdlet(VerbsData.Import, "EplbPlacement", DefaultParameterSetName = PathSet, HelpUri = HelpPage)]
[OutputType(typeof(PhysicalExpert), typeof(PlacementMap))]
public sealed class ImportEplbPlacementCommand : EplbCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private PlacementImportOptions _options = null!;

    /// <summary>Files to read. Wildcards are allowed; they leave out the side-cars that Export-EplbPlacement writes.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files to read, their paths taken as they are: characters that are wildcards elsewhere mean themselves.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Format that the files must have; Auto takes any and recognises it by the content.</summary>
    [Parameter]
    public PlacementFormat Format { get; set; } = PlacementFormat.Auto;

    /// <summary>GPUs (expert-parallel ranks) that the slots belong to. Needed where the file does not tell; where it does, both must agree.</summary>
    [Parameter]
    [Alias("NumGpus")]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int? GpuCount { get; set; }

    /// <summary>Nodes of the cluster; 1 where neither this nor the file tells it.</summary>
    [Parameter]
    [Alias("NumNodes")]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int? NodeCount { get; set; }

    /// <summary>Expert groups of the model's router; 1 where neither this nor the file tells it.</summary>
    [Parameter]
    [Alias("NumGroups")]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int? GroupCount { get; set; }

    /// <summary>Hidden layers of the model, dense ones included (61 for DeepSeek-V3). The file's layers are checked against it.</summary>
    [Parameter]
    public int? HiddenLayerCount { get; set; }

    /// <summary>Absolute id of the first MoE layer (3 for DeepSeek-V3, 0 where all layers are MoE layers). Layers come out under absolute ids, and those before it are left out.</summary>
    [Parameter]
    public int? FirstMoeLayer { get; set; }

    /// <summary>Emit each placement as one PlacementMap instead of one PhysicalExpert a layer and slot.</summary>
    [Parameter]
    public SwitchParameter AsMap { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => RunOrStop(() => _options = new PlacementImportOptions
    {
        GpuCount = GpuCount,
        NodeCount = NodeCount,
        GroupCount = GroupCount,
        Model = new ModelLayers(HiddenLayerCount, FirstMoeLayer),
    });

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in Path)
        {
            RunOrReport(() =>
            {
                foreach (string file in this.ResolvePath(path)) RunOrReport(() => Read(file));
            });
        }

        foreach (string path in LiteralPath) RunOrReport(() => Read(this.ResolveLiteralPath(path)));
    }

    private void Read(string file)
    {
        PlacementFormat format = Format;
        PlacementMap map = PlacementReader.Read(file, ref format, _options, Cancellation);
        WriteVerbose($"{file}: format {format}, {map.Layer.Length} layers of {map.ExpertCount[0].Length} experts in {map.ReplicaCount} slots on {map.GpuCount} GPUs.");
        if (AsMap)
            WriteObject(map);
        else
            WriteEach(map.GetPhysicalExperts());
    }
}
