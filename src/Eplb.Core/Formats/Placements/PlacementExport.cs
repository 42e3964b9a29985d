namespace Eplb;

/// <summary>A placement that a format can take: made only where every rule of the format holds, so that nothing is written otherwise.</summary>
public sealed class PlacementExport
{
    private readonly PlacementMap _map;
    private readonly PlacementFormat _format;
    private readonly ModelLayers _model;
    private readonly PlacementTarget _target;
    private readonly IReadOnlyList<PlacementRow> _rows;

    /// <summary>Checks every rule of a format.</summary>
    /// <param name="map">The placement.</param>
    /// <param name="format">Format to write; not Auto.</param>
    /// <param name="model">What is known of the model's layers, or null.</param>
    /// <param name="cancellationToken">Cancels the checking.</param>
    /// <exception cref="EplbException">A rule is broken: the first is named, and the number of the others.</exception>
    public PlacementExport(PlacementMap map, PlacementFormat format, ModelLayers? model = null, CancellationToken cancellationToken = default)
    {
        _map = map ?? throw new ArgumentNullException(nameof(map));
        _format = format;
        _model = model ?? new ModelLayers();
        _target = PlacementTarget.Of(format);
        PlacementDraft draft = PlacementDraft.From(map);
        PlacementFinding[] findings = [.. PlacementRules.Check(draft, _target, _model, cancellationToken)];
        if (findings.Length > 0) throw Unsuitable(findings);
        _rows = PlacementLayout.Arrange(draft, _target.Numbering, _model);
        AreIdsTakenAsAbsolute = _target.Numbering is LayerNumbering.EveryHiddenLayer or LayerNumbering.MoeLayers
            && _model.IsAmbiguous(draft.Rows, draft.ExpertCount);
    }

    /// <summary>Whether the format has absolute layer ids and nothing told those of the placement from positions.</summary>
    public bool AreIdsTakenAsAbsolute { get; }

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="existing">What becomes of a file that is there already.</param>
    /// <param name="hasSidecar">Whether a side-car file beside it tells where the placement comes from; where not, that of an earlier file is deleted.</param>
    /// <param name="cancellationToken">Cancels the writing; then nothing is written.</param>
    /// <exception cref="EplbException">The file cannot be written, or is there and is to be kept.</exception>
    public void Write(string path, ExistingFile existing = ExistingFile.Replace, bool hasSidecar = true, CancellationToken cancellationToken = default)
    {
        // A side-car that is there already belongs to a file that is gone.
        ExistingFile existingSidecar = existing == ExistingFile.Keep ? ExistingFile.Replace : existing;
        AtomicFile.Write(path, stream =>
        {
            using var hashing = new HashingStream(stream, cancellationToken);
            Write(hashing);
            // All of the file is on the disk before anything is replaced: where there is no room for both, both stay as they were.
            stream.Flush();
            if (hasSidecar && !AtomicFile.IsDevice(path))
                new PlacementProvenance(_map, _format, _model).Write(path, hashing.TakeHash(), existingSidecar);
        }, existing);
        if (!hasSidecar) AtomicFile.Delete(PlacementProvenance.PathOf(path));
    }

    /// <summary>Writes the file into a stream.</summary>
    /// <param name="output">Takes the file; stays open.</param>
    internal void Write(Stream output) => _target.Writer!.Write(_map, _rows, output);

    private EplbException Unsuitable(PlacementFinding[] findings)
    {
        string others = findings.Length switch { 1 => "", 2 => " A rule is broken in one more place.", _ => $" Rules are broken in {findings.Length - 1} more places." };
        return new EplbException(EplbError.PlacementUnsuitable, $"{_target.Server} cannot take the placement. {findings[0].Message}{others}{AdviceOn(findings[0].Rule)}", findings[0]);
    }

    private static string AdviceOn(PlacementRule rule) => rule switch
    {
        PlacementRule.SlotEmpty => " Plan for the GPUs that the server runs with, without excluded ones.",
        PlacementRule.DuplicateOnGpu => " A refined plan takes the replicas of an expert on one GPU apart.",
        PlacementRule.GpuUneven => " Plan with a number of slots that is a multiple of the GPUs.",
        _ => "",
    };
}
