namespace Eplb;

/// <summary>Recognises the format of a file of loads by its content; its name counts only for omni-infer's text, which says nothing about itself.</summary>
internal static class FormatRecognition
{
    /// <summary>Recognises a file.</summary>
    /// <param name="head">First bytes of the file.</param>
    /// <param name="file">The file; its position is lost.</param>
    /// <exception cref="EplbException">The file is empty or in no format that holds loads.</exception>
    public static LoadFormat Recognise(ReadOnlySpan<byte> head, FileStream file)
    {
        if (head.IsEmpty) throw new EplbException(EplbError.FileEmpty, "The file is empty.");
        if (NpyHeader.IsNpy(head)) return LoadFormat.Npy;
        if (ZipEntries.IsZip(head)) return RecogniseArchive(file);
        if (SafetensorsFile.IsSafetensors(head, file.Length)) return LoadFormat.TensorRTLLM;
        if (head[0] == 0x80 && head.Length > 1 && head[1] is >= 2 and <= 5)
            throw new EplbException(EplbError.FormatUnknown, "The file is a bare pickle, as torch.save wrote before version 1.6; save it again with a newer one.");
        if (head.Length > 1 && head[0] == 0x1F && head[1] == 0x8B)
            throw new EplbException(EplbError.FormatUnknown, "The file is compressed by gzip; decompress it first, with gunzip for example.");
        LoadFormat format = RecogniseText(head);
        return format == LoadFormat.Csv && RecorderFileName.OmniInfer(file.Name) is not null ? LoadFormat.OmniInfer : format;
    }

    /// <summary>Whether a file of one format can be read as another: the general one for the files of one server.</summary>
    /// <param name="recognised">Format that was recognised.</param>
    /// <param name="wanted">Format that was asked for.</param>
    public static bool CanBeReadAs(LoadFormat recognised, LoadFormat wanted) => Container(recognised) == Container(wanted);

    /// <summary>The error for a file of the other kind.</summary>
    public static EplbException Placement() => new(EplbError.FormatUnknown, "The file holds a placement, not loads: read it with Import-EplbPlacement.");

    private static LoadFormat Container(LoadFormat format) => format switch
    {
        LoadFormat.Vllm => LoadFormat.Json,
        LoadFormat.Megatron => LoadFormat.Npz,
        LoadFormat.OmniInfer => LoadFormat.Csv,
        _ => format,
    };

    private static LoadFormat RecogniseArchive(Stream file)
    {
        using var archive = new CheckedArchive(file, default);
        if (TorchFile.IsTorch(archive)) return LoadFormat.Torch;
        if (MegatronLoads.IsDump(archive)) return LoadFormat.Megatron;
        if (archive.Entries.Any(entry => entry.FullName.EndsWith(".npy", StringComparison.Ordinal))) return LoadFormat.Npz;
        throw new EplbException(EplbError.FormatUnknown, $"The archive holds {archive.Entries.Count} files, but neither a .npy array nor the data of torch.save.");
    }

    private static LoadFormat RecogniseText(ReadOnlySpan<byte> head)
    {
        string text = TextEncodings.Decode(head);
        foreach (char next in text)
        {
            if (next < ' ' && next is not ('\t' or '\r' or '\n'))
                throw new EplbException(EplbError.FormatUnknown, $"The file is binary, but starts like none of the known formats ({Hex(head)}).");
        }

        string trimmed = text.TrimStart();
        if (trimmed.Length == 0) throw new EplbException(EplbError.FileEmpty, "The file holds nothing but white space.");
        bool isJson = trimmed[0] is '{' or '[';
        // TensorRT-LLM's YAML would pass for a table.
        if (!isJson) return trimmed.Contains("initial_global_assignments:") ? throw Placement() : LoadFormat.Csv;
        return trimmed[0] == '{' && trimmed.Contains("\"record_type\"") ? LoadFormat.Vllm : LoadFormat.Json;
    }

    private static string Hex(ReadOnlySpan<byte> head) => BitConverter.ToString(head.Slice(0, Math.Min(8, head.Length)).ToArray());
}
