using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Reads the expert loads that inference servers record.</summary>
/// <remarks>
/// <para>The format is recognised by the file's content: JSON (SGLang's logical_count, bare arrays, ADRS load_history, FastDeploy's dump and HTTP reply), CSV and TSV (long or wide), and NumPy's .npy and .npz.</para>
/// <para>Emits one object a layer: with the absolute layer ids of the source where it has them, else with the layer's position. The windows (time steps) of a recording are added up while reading, unless PerWindow is given. Loads of the same layer that reach Get-EplbPlacement are added up, so that files of several ranks or days combine.</para>
/// <para>A file that breaks a rule costs one error that names the file, the place and the rule; the other files are still read.</para>
/// </remarks>
/// <example>
/// <code>Import-ExpertLoad loads.json</code>
/// <para>Shows for each layer how much load it got, which expert is the hottest and how skewed the load is.</para>
/// </example>
/// <example>
/// <code>Get-ChildItem expert_distribution_rank*.csv |
///     Import-ExpertLoad |
///     Get-EplbPlacement -ReplicaCount 288 -GpuCount 32</code>
/// <para>Reads one file a rank, adds the ranks up and plans for their sum.</para>
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

    /// <summary>Files to read. Wildcards are allowed.</summary>
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
        LoadFormat format = Format;
        IReadOnlyList<ExpertLoad> loads = ExpertLoadReader.Read(file, ref format, PerWindow, Cancellation);
        WriteVerbose($"{file}: format {format}, {loads.Count} objects of {loads[0].ExpertCount} experts.");
        WriteObject(loads, enumerateCollection: true);
    }
}
