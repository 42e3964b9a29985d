using System.IO.Compression;

namespace Eplb;

/// <summary>Reads the loads that inference servers record, from any of their formats.</summary>
public static class ExpertLoadReader
{
    private const int HeadLength = 1 << 12;

    /// <summary>Reads one file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="format">Format of the file, or Auto to recognise it by its content.</param>
    /// <param name="perWindow">Whether windows are kept apart; else they are added up while reading.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>One object a layer, or a window and layer, in ascending order of windows, then layers.</returns>
    /// <exception cref="EplbException">The file cannot be read, is of another format, or breaks a rule. The message starts with the path.</exception>
    public static IReadOnlyList<ExpertLoad> Read(string path, LoadFormat format = LoadFormat.Auto, bool perWindow = false, CancellationToken cancellation = default) =>
        Read(path, ref format, perWindow, cancellation);

    /// <summary>Reads one file and says what it was.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="format">Format of the file, or Auto; then the format that was recognised.</param>
    /// <param name="perWindow">Whether windows are kept apart; else they are added up while reading.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>One object a layer, or a window and layer, in ascending order of windows, then layers.</returns>
    /// <exception cref="EplbException">The file cannot be read, is of another format, or breaks a rule. The message starts with the path.</exception>
    public static IReadOnlyList<ExpertLoad> Read(string path, ref LoadFormat format, bool perWindow, CancellationToken cancellation)
    {
        if (path is null) throw new ArgumentNullException(nameof(path));
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1, FileOptions.SequentialScan);
            byte[] head = new byte[(int)Math.Min(HeadLength, file.Length)];
            ReadOnlySpan<byte> start = head.AsSpan(0, file.ReadUpTo(head, head.Length));
            LoadFormat recognised = FormatRecognition.Recognise(start, file);
            if (format == LoadFormat.Auto) format = recognised;
            if (format != recognised)
                throw new EplbException(EplbError.FormatInvalid, $"The content is {recognised}, not {format}.");

            file.Position = 0;
            var table = new LoadTable(perWindow);
            ReadInto(table, file, start, format, cancellation);
            return table.ToLoads(path);
        }
        catch (EplbException broken)
        {
            throw broken.At(path, path);
        }
        catch (InvalidDataException broken)
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

    private static void ReadInto(LoadTable table, FileStream file, ReadOnlySpan<byte> head, LoadFormat format, CancellationToken cancellation)
    {
        switch (format)
        {
            case LoadFormat.Json:
                using (Stream text = TextEncodings.AsUtf8(file, head)) JsonLoads.Read(text, table, cancellation);
                break;
            case LoadFormat.Csv:
                CsvLoads.Read(file, head, table, cancellation);
                break;
            case LoadFormat.Npy:
                NpyLoads.Read(file, file.Length, table, 0, cancellation);
                break;
            default:
                using (var archive = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true)) NpzLoads.Read(archive, file.Length, table, cancellation);
                break;
        }
    }
}
