namespace Eplb;

/// <summary>Reads the placement files of inference servers, and this module's own.</summary>
public static class PlacementReader
{
    private static readonly (PlacementFormat Format, IPlacementReader Reader)[] Readers =
    [
        (PlacementFormat.SGLang, new SGLangPlacements()),
        (PlacementFormat.SGLang, new SGLangTorchPlacements()),
        (PlacementFormat.VllmAscend, new VllmAscendPlacements()),
        (PlacementFormat.Vllm, new VllmPlacements()),
        (PlacementFormat.VllmArray, new VllmArrayPlacements()),
        (PlacementFormat.FastDeploy, new FastDeployPlacements()),
        (PlacementFormat.Json, new JsonPlacements()),
        (PlacementFormat.OmniInfer, new OmniInferPlacements()),
        (PlacementFormat.Csv, new CsvPlacements()),
        (PlacementFormat.TensorRTLLM, new TensorRTLLMPlacements()),
    ];

    /// <summary>Reads a placement.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="format">Format of the file, or Auto to recognise it by its content.</param>
    /// <param name="options">What the caller knows and the file may not tell, or null.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="EplbException">The file cannot be read, is of no known format, breaks a rule, or leaves a count open that was not given. The message starts with the path.</exception>
    public static PlacementMap Read(string path, PlacementFormat format = PlacementFormat.Auto, PlacementImportOptions? options = null,
        CancellationToken cancellationToken = default) =>
        Read(path, ref format, options ?? new PlacementImportOptions(), cancellationToken);

    /// <summary>Reads a placement and says what the file was.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="format">Format of the file, or Auto; then the format that was recognised.</param>
    /// <param name="options">What the caller knows and the file may not tell.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="EplbException">As of the other method.</exception>
    internal static PlacementMap Read(string path, ref PlacementFormat format, PlacementImportOptions options, CancellationToken cancellation)
    {
        if (path is null) throw new ArgumentNullException(nameof(path));
        if (Directory.Exists(path)) throw new EplbException(EplbError.FileUnreadable, $"{path}: this is a directory; name the files in it, with wildcards for all of them.", path);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16, FileOptions.SequentialScan);
            return Read(stream, ref format, options, cancellation);
        }
        catch (EplbException broken)
        {
            throw broken.At(path, path);
        }
        catch (Exception broken) when (broken is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new EplbException(EplbError.FileNotFound, $"{path}: there is no such file.", path, broken);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new EplbException(EplbError.FileUnreadable, $"{path}: the file cannot be read ({broken.Message.TrimEnd('.')}).", path, broken);
        }
    }

    /// <summary>Reads a placement of any format.</summary>
    /// <param name="stream">The file, at its start; can seek.</param>
    /// <param name="options">What the caller knows and the file may not tell.</param>
    /// <exception cref="EplbException">The file breaks a rule.</exception>
    internal static PlacementMap Read(Stream stream, PlacementImportOptions options)
    {
        PlacementFormat format = PlacementFormat.Auto;
        return Read(stream, ref format, options, default);
    }

    private static PlacementMap Read(Stream stream, ref PlacementFormat format, PlacementImportOptions options, CancellationToken cancellation)
    {
        var source = new PlacementSource(stream, cancellation);
        (PlacementFormat Format, IPlacementReader Reader) found = Array.Find(Readers, entry => entry.Reader.Recognises(source));
        if (found.Reader is null) throw Unknown(source);
        if (format != PlacementFormat.Auto && format != found.Format)
            throw new EplbException(EplbError.FormatInvalid, $"The content is {found.Format}, not {format}.");
        format = found.Format;
        return found.Reader.Read(source).ToMap(options, cancellation);
    }

    private static EplbException Unknown(PlacementSource source)
    {
        if (!source.IsJson)
        {
            return new EplbException(EplbError.FormatUnknown,
                "The file is no placement: it is neither JSON, nor TensorRT-LLM's YAML with initial_global_assignments, nor a .npy pattern, nor a table with the column LogicalExpert.");
        }

        if (source.Json[0] is { IsArray: true } rows && rows.Elements().FirstOrDefault() is { IsObject: true } row)
        {
            return new EplbException(EplbError.FormatUnknown,
                $"The JSON is a list of objects with the keys {string.Join(", ", row.Names.Take(8))}, not one placement: rows of slots are taken as objects, from ConvertFrom-Json.");
        }

        if (PlacementProvenance.FindFile(source.Json[0]) is { } file)
            return new EplbException(EplbError.FormatUnknown, $"The file is the side-car of {file}, which tells where that placement comes from: read {file} instead.");
        IReadOnlyList<string> names = source.Json[0].Names;
        return names.Any(name => name is "logical_count" or "load_history" or "data")
            ? new EplbException(EplbError.FormatUnknown, "The file holds loads, not a placement: read it with Import-ExpertLoad.")
            : new EplbException(EplbError.FormatUnknown,
                $"The JSON has {(names.Count == 0 ? "no key" : "the keys " + string.Join(", ", names.Take(8)))}; a placement has physical_to_logical_map, layer_list, record_type, ep_rank_to_expert_id_list or PhysicalToLogical.");
    }
}
