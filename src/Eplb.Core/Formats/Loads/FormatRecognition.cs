using System.IO.Compression;

namespace Eplb;

/// <summary>Recognises the format of a file of loads by its content; the file's name means nothing.</summary>
internal static class FormatRecognition
{
    /// <summary>Recognises a file.</summary>
    /// <param name="head">First bytes of the file.</param>
    /// <param name="file">The file; its position is lost.</param>
    /// <exception cref="EplbException">The file is empty or in no format that holds loads.</exception>
    public static LoadFormat Recognise(ReadOnlySpan<byte> head, Stream file)
    {
        if (head.IsEmpty) throw new EplbException(EplbError.FileEmpty, "The file is empty.");
        if (NpyHeader.IsNpy(head)) return LoadFormat.Npy;
        return ZipEntries.IsZip(head) ? RecogniseArchive(file) : RecogniseText(head);
    }

    private static LoadFormat RecogniseArchive(Stream file)
    {
        file.Position = 0;
        using var archive = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        if (archive.Entries.Any(entry => entry.FullName.EndsWith(".npy", StringComparison.Ordinal))) return LoadFormat.Npz;
        throw new EplbException(EplbError.FormatUnknown, $"The archive holds {archive.Entries.Count} files, but no .npy array.");
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
        return trimmed[0] is '{' or '[' ? LoadFormat.Json : LoadFormat.Csv;
    }

    private static string Hex(ReadOnlySpan<byte> head) => BitConverter.ToString(head.Slice(0, Math.Min(8, head.Length)).ToArray());
}
