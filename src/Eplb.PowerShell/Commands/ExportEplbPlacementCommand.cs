using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Writes a placement as the file that an inference server starts with, or in this module's own formats.</summary>
/// <remarks>
/// <para>Every rule of the server is checked before anything is written, so that a file that is there can be served: every expert in each row, as many slots on each GPU, and for vllm-ascend and omni-infer no expert twice on one GPU. The file is written beside its place and renamed: a failure leaves the earlier file as it was. Test-EplbPlacement -Target lists all rules that a placement breaks.</para>
/// <para>SGLang: start the server with --init-expert-location FILE. TensorRT-LLM: name the file in moe_config.load_balancer. vllm-ascend: name it in expert_map_path. omni-infer: name it as its pattern. vLLM: released versions read no file; Vllm is what pull request 41141 reads, VllmArray what 49572 reads. FastDeploy takes no placement: the file holds the loads that it plans from by itself, and fractional loads are scaled to whole numbers. Csv and Json keep everything, Csv but the names of the files of loads; Import-EplbPlacement restores the plan with its loads and policy.</para>
/// <para>Layers: SGLang and FastDeploy get a row for every hidden layer; where FirstMoeLayer is given, every MoE layer from there on must be in the placement; other layers that it does not have are written as dense ones (slot i holds expert i modulo the number of experts; no load). TensorRT-LLM gets the absolute ids of the MoE layers, the others but Csv and Json the MoE layers by position. The layers of a placement are taken for positions and moved up by FirstMoeLayer, unless they start there or later, go beyond the positions that HiddenLayerCount leaves, or are dense (idle, or in slot order) before FirstMoeLayer: then they are absolute already. As many layers, from 0 on, as HiddenLayerCount leaves for MoE layers are positions whatever they hold. Formats with MoE layers only leave out the layers before FirstMoeLayer; where it is not given, those before the first busy layer that are known to be idle: one behind it is a MoE layer without traffic.</para>
/// <para>A side-car FILE.eplb.json tells where the placement comes from: version, counts, policy, the names of the files of loads, and SHA-256 of the placement and of the loads. It holds no time, so that equal input gives equal files.</para>
/// </remarks>
/// <example>
/// <code>Import-ExpertLoad loads.json | Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -Policy Global |
///     Export-EplbPlacement init-location.json SGLang -HiddenLayerCount 61 -FirstMoeLayer 3</code>
/// <para>Plans the 58 MoE layers of DeepSeek-V3 and writes all 61 layers for SGLang.</para>
/// </example>
/// <example>
/// <code>$plan | Export-EplbPlacement eplb.yaml TensorRTLLM -FirstMoeLayer 3 -NoClobber -PassThru</code>
/// <para>Writes the plan for TensorRT-LLM unless the file is there already, and emits the file.</para>
/// </example>
/// <example>
/// <code>$plan | Export-EplbPlacement plan.csv Csv -WhatIf</code>
/// <para>Checks the placement and the path, and says what would be written.</para>
/// </example>
/// <returns>The file that was written, with PassThru.</returns>
[Cmdlet(VerbsData.Export, "EplbPlacement", SupportsShouldProcess = true, HelpUri = HelpPage)]
[OutputType(typeof(FileInfo))]
public sealed class ExportEplbPlacementCommand : EplbCmdlet
{
    private readonly PlacementCollector _placements = new();

    /// <summary>Placement to write: one PlacementMap, or PhysicalExpert objects or rows of whole layers.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSObject InputObject { get; set; } = null!;

    /// <summary>File to write. Its directory must exist; wildcards are not expanded.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("LiteralPath", "PSPath")]
    public string Path { get; set; } = "";

    /// <summary>Server that the file is for, or this module's Csv or Json.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public PlacementFormat Format { get; set; }

    /// <summary>Hidden layers of the model, dense ones included (61 for DeepSeek-V3). SGLang and FastDeploy get so many rows; without it they end at the last layer of the placement.</summary>
    [Parameter]
    public int? HiddenLayerCount { get; set; }

    /// <summary>Absolute id of the first MoE layer (3 for DeepSeek-V3, 0 where all layers are MoE layers).</summary>
    [Parameter]
    public int? FirstMoeLayer { get; set; }

    /// <summary>Leave out the side-car file with the provenance, and delete that of the file which is replaced.</summary>
    [Parameter]
    public SwitchParameter NoSidecar { get; set; }

    /// <summary>Replace the file even where it is read-only.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Keep a file that is there already: writing is an error then.</summary>
    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Emit the file, with -WhatIf too.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => TakeEach(InputObject, _placements.Add);

    /// <inheritdoc/>
    protected override void EndProcessing() => RunAtEnd(() =>
    {
        string file = this.ResolveLiteralPath(Path);
        PlacementMap[] maps = [.. _placements.Complete()];
        if (maps.Length > 1)
            throw new EplbException(EplbError.PlacementInvalid, $"{maps.Length} placements came in; a file holds one.", file);
        var export = new PlacementExport(maps[0], Format, new ModelLayers(HiddenLayerCount, FirstMoeLayer), Cancellation);
        if (export.AreIdsTakenAsAbsolute)
            WriteWarning($"The layer ids 0 to {maps[0].Layer[maps[0].Layer.Length - 1]} are taken for absolute. Where they are positions, give -FirstMoeLayer; where all layers are MoE layers, -FirstMoeLayer 0 says so.");
        ExistingFile existing = NoClobber ? ExistingFile.Keep : Force ? ExistingFile.ReplaceReadOnly : ExistingFile.Replace;
        AtomicFile.Check(file, existing);
        if (ShouldProcess(file, $"Export placement for {Format}")) export.Write(file, existing, !NoSidecar, Cancellation);
        if (PassThru) WriteObject(new FileInfo(file));
    });
}
