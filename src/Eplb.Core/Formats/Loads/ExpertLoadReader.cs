namespace Eplb;

/// <summary>Reads the loads that inference servers record, from any of their formats.</summary>
public static class ExpertLoadReader
{
    private const int HeadLength = 1 << 12;

    /// <summary>Reads one file or directory.</summary>
    /// <param name="path">Path of the file, or of TensorRT-LLM's directory.</param>
    /// <param name="format">Format of the file, or Auto to recognise it by its content.</param>
    /// <param name="perWindow">Whether windows are kept apart; else they are added up while reading.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>One object a layer, or a window and layer, in ascending order of windows, then layers.</returns>
    /// <exception cref="EplbException">The file cannot be read, is of another format, or breaks a rule. The message starts with the path.</exception>
    public static IReadOnlyList<ExpertLoad> Read(string path, LoadFormat format = LoadFormat.Auto, bool perWindow = false, CancellationToken cancellationToken = default) =>
        ReadRecording(path, format, perWindow, cancellationToken).ToLoads();

    /// <summary>Reads one file or directory, which may be one rank's part of a recording.</summary>
    /// <param name="path">Path of the file, or of TensorRT-LLM's directory.</param>
    /// <param name="format">Format of the file, or Auto to recognise it by its content.</param>
    /// <param name="perWindow">Whether windows are kept apart; else they are added up while reading.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="EplbException">The file cannot be read, is of another format, or breaks a rule. The message starts with the path.</exception>
    public static LoadRecording ReadRecording(string path, LoadFormat format = LoadFormat.Auto, bool perWindow = false, CancellationToken cancellationToken = default)
    {
        if (path is null) throw new ArgumentNullException(nameof(path));
        var sums = new LoadSums(perWindow);
        try
        {
            return Directory.Exists(path) ? ReadDirectory(path, format, sums, cancellationToken) : ReadFile(path, format, sums, cancellationToken);
        }
        catch (EplbException broken)
        {
            throw broken.At(path, path);
        }
        catch (Exception broken) when (broken is InvalidDataException or EndOfStreamException)
        {
            throw new EplbException(EplbError.FormatInvalid, $"{path}: the archive is damaged ({broken.Message.TrimEnd('.')}).", path, broken);
        }
        catch (Exception broken) when (broken is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new EplbException(EplbError.FileNotFound, $"{path}: there is no such file.", path, broken);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new EplbException(EplbError.FileUnreadable, $"{path}: the file cannot be read ({broken.Message.TrimEnd('.')}).", path, broken);
        }
    }

    /// <summary>Whether a directory as a whole is a recording, as TensorRT-LLM writes it.</summary>
    /// <param name="path">Path of the directory.</param>
    public static bool IsRecordingDirectory(string path) => TensorRtLlmLoads.IsRecording(path ?? throw new ArgumentNullException(nameof(path)));

    private static LoadRecording ReadDirectory(string path, LoadFormat format, LoadSums sums, CancellationToken cancellation)
    {
        if (!TensorRtLlmLoads.IsRecording(path) || format is not (LoadFormat.Auto or LoadFormat.TensorRTLLM))
            throw new EplbException(EplbError.FormatUnknown, "The directory is no recording of TensorRT-LLM (it has no meta_info.json); give the files in it.");
        TensorRtLlmLoads.ReadDirectory(path, sums, cancellation);
        return new LoadRecording(path, LoadFormat.TensorRTLLM, sums, part: null);
    }

    private static LoadRecording ReadFile(string path, LoadFormat format, LoadSums sums, CancellationToken cancellation)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1, FileOptions.SequentialScan);
        byte[] head = new byte[(int)Math.Min(HeadLength, file.Length)];
        head = head.AsSpan(0, file.ReadUpTo(head, head.Length)).ToArray();
        LoadFormat recognised = FormatRecognition.Recognise(head, file);
        if (format == LoadFormat.Auto) format = recognised;
        if (!FormatRecognition.CanBeReadAs(recognised, format))
            throw new EplbException(EplbError.FormatInvalid, $"The content is {recognised}, not {format}.");

        file.Position = 0;
        RecordingPart? part = ReadInto(sums, file, head, format, cancellation);
        return new LoadRecording(path, format, sums, part);
    }

    private static RecordingPart? ReadInto(LoadSums sums, FileStream file, byte[] head, LoadFormat format, CancellationToken cancellation)
    {
        switch (format)
        {
            case LoadFormat.Json or LoadFormat.Vllm:
                using (Stream text = TextEncodings.AsUtf8(file, head))
                {
                    if (format == LoadFormat.Json)
                        JsonLoads.Read(text, sums, cancellation);
                    else
                        VllmLoads.Read(text, sums, cancellation);
                }

                return null;
            case LoadFormat.Csv or LoadFormat.OmniInfer:
                return CsvLoads.Read(file, head, format, sums, cancellation);
            case LoadFormat.Npy:
                NpyLoads.Read(file, NpyHeader.Read(file), file.Length, sums, 0, cancellation);
                return null;
            case LoadFormat.TensorRTLLM:
                return TensorRtLlmLoads.ReadFile(file, sums, cancellation);
            case LoadFormat.Torch:
                return TorchLoads.Read(file, sums, cancellation) is { } rank ? new RecordingPart(rank) : null;
            default:
                using (var archive = new CheckedArchive(file, cancellation))
                {
                    if (format == LoadFormat.Megatron) return MegatronLoads.Read(archive, sums, cancellation);
                    NpzLoads.Read(archive, sums, cancellation);
                    return null;
                }
        }
    }
}
