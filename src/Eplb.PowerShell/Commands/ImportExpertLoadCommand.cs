using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Reads the expert loads that inference servers record.</summary>
/// <remarks>
/// <para>The format is recognised by the content: JSON (SGLang's logical_count, bare arrays, ADRS load_history, FastDeploy's dump and HTTP reply), CSV and TSV (long or wide), NumPy's .npy and .npz, torch.save's .pt (SGLang's recorder in all its modes, KTransformers, bare tensors), TensorRT-LLM's directory, vLLM's JSON lines, Megatron-core's .npz, omni-infer's text.</para>
/// <para>Emits one object a layer: with the absolute layer ids of the source where it has them, else with the layer's position, or with -FirstMoeLayer the absolute id that follows from it. The windows (time steps) of a recording are added up while reading, unless PerWindow is given; windows that the recorder never used are left out. Loads of physical experts become loads of logical ones through the map that was recorded with them.</para>
/// <para>Files of several ranks that belong to one recording are read as one recording, which is emitted when the last file has been read, and not at all where a rank is missing: one that is named but not there or cannot be read, or one that the others say exists. Other files stand for themselves; loads of the same layer that reach Get-EplbPlacement are added up.</para>
/// <para>A file that breaks a rule costs one error that names the file, the place and the rule; the other files are still read. Nothing in a file is ever executed: a .pt that refers to anything but tensors is refused.</para>
/// </remarks>
/// <example>
/// <code>Import-ExpertLoad loads.json</code>
/// <para>Shows for each layer how much load it got, which expert is the hottest and how skewed the load is.</para>
/// </example>
/// <example>
/// <code>Import-ExpertLoad expert_distribution_recorder_*.pt |
///     Get-EplbPlacement -ReplicaCount 288 -GpuCount 32</code>
/// <para>Reads what SGLang's recorder wrote, one file or one a rank, and plans for the sum of the ranks.</para>
/// </example>
/// <example>
/// <code>Import-ExpertLoad loads.json -FirstMoeLayer 3 |
///     Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -Policy Global -AsMap |
///     Export-EplbPlacement init-expert-location.json SGLang -HiddenLayerCount 61</code>
/// <para>Gives 58 MoE layers that were recorded as 0 to 57 their absolute ids, 3 to 60.</para>
/// </example>
/// <example>
/// <code>Import-ExpertLoad trace.npy -PerWindow | Group-Object Window</code>
/// <para>Keeps the windows of the recording apart: one object a window and layer.</para>
/// </example>
[Cmdlet(VerbsData.Import, "ExpertLoad", DefaultParameterSetName = PathSet, HelpUri = HelpPage)]
[OutputType(typeof(ExpertLoad))]
public sealed class ImportExpertLoadCommand : EplbCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    // The ranks of one recording are one recording, in whatever order their files come.
    private readonly List<LoadRecording> _parts = [];
    private readonly List<string> _unread = [];
    private ModelLayers _model = null!;

    /// <summary>Files to read, or directories that TensorRT-LLM recorded. Wildcards are allowed; they leave out what TensorRT-LLM writes beside the loads (rank0_raw.safetensors, cooccurrence_*) and the side-cars of placements.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files to read, their paths taken as they are: characters that are wildcards elsewhere mean themselves.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Format that the files must have; Auto takes any and recognises it by the content.</summary>
    [Parameter]
    public LoadFormat Format { get; set; } = LoadFormat.Auto;

    /// <summary>Keep the windows (time steps) of a recording apart instead of adding them up: one object a window and layer.</summary>
    [Parameter]
    public SwitchParameter PerWindow { get; set; }

    /// <summary>Absolute id of the model's first MoE layer (3 for DeepSeek-V3), for recordings that count the MoE layers from 0 where the placement has absolute ids, as those of SGLang and TensorRT-LLM do. A recording that has no load before that layer has absolute ids already.</summary>
    [Parameter]
    public int? FirstMoeLayer { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => RunOrStop(() => _model = new ModelLayers(firstMoeLayer: FirstMoeLayer));

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in Path)
        {
            RunOrReport(() =>
            {
                foreach (string file in Resolve(path)) RunOrReport(() => Read(file));
            });
        }

        foreach (string path in LiteralPath) RunOrReport(() => Read(this.ResolveLiteralPath(path)));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (LoadRecording recording in _parts) RunOrReport(() => WriteEach(LoadsOf(Whole(recording))));
    }

    private IReadOnlyList<string> Resolve(string path)
    {
        try
        {
            return this.ResolvePath(path, file => Directory.Exists(file) ? ExpertLoadReader.IsRecordingDirectory(file) : !RecorderFileName.IsBesideLoads(file));
        }
        catch (EplbException) when (!WildcardPattern.ContainsWildcardCharacters(path))
        {
            // A rank whose file is not there is missing like one whose file cannot be read.
            _unread.Add(this.ResolveLiteralPath(path));
            throw;
        }
    }

    private IReadOnlyList<ExpertLoad> LoadsOf(LoadRecording recording) => AbsoluteLayers.Of(recording.ToLoads(), _model);

    private LoadRecording Whole(LoadRecording recording) => _unread.Find(recording.MayLack) is not { } file
        ? recording
        : throw new EplbException(EplbError.FileUnreadable,
            $"{recording.Source}: a file beside it that may be another rank's part of the recording could not be read ({System.IO.Path.GetFileName(file)}); a recording without a rank is not emitted. Repair that file, or read the others alone.", file);

    private void Read(string file)
    {
        // Until it has been read.
        _unread.Add(file);
        LoadRecording recording = ExpertLoadReader.ReadRecording(file, Format, PerWindow, Cancellation);
        _unread.RemoveAt(_unread.Count - 1);
        WriteVerbose($"{file}: format {recording.Format}{(recording.IsPart ? ", one rank's part of a recording" : "")}.");
        if (!recording.IsPart)
            WriteEach(LoadsOf(recording));
        else if (!_parts.Exists(part => part.TryAdd(recording)))
            _parts.Add(recording);
    }
}
