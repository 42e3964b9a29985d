using System.Text;

namespace Eplb;

/// <summary>Writes files that are whole or not there: each is written beside its place and renamed, so that a reader or a failure never meets half of one.</summary>
internal static class AtomicFile
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    /// <param name="path">Full path of the file; its directory must exist.</param>
    /// <param name="text">All of the file's text.</param>
    /// <param name="existing">What becomes of a file that is there already.</param>
    /// <exception cref="EplbException">The file is there and is to be kept, or it cannot be written.</exception>
    public static void WriteText(string path, string text, ExistingFile existing = ExistingFile.Replace)
    {
        byte[] bytes = Utf8.GetBytes(text ?? throw new ArgumentNullException(nameof(text)));
        Write(path, stream => stream.Write(bytes, 0, bytes.Length), existing);
    }

    /// <summary>Writes whatever a callback puts into the stream. When the callback throws, the path is left as it was.</summary>
    /// <param name="path">Full path of the file; its directory must exist. A symbolic link is followed.</param>
    /// <param name="write">Writes the whole file into the stream that it is given.</param>
    /// <param name="existing">What becomes of a file that is there already.</param>
    /// <exception cref="EplbException">The file is there and is to be kept, or it cannot be written.</exception>
    public static void Write(string path, Action<Stream> write, ExistingFile existing = ExistingFile.Replace)
    {
        if (path is null) throw new ArgumentNullException(nameof(path));
        if (write is null) throw new ArgumentNullException(nameof(write));
        try
        {
            string target = Check(path, existing);
            if (IsDevice(target))
                WriteTo(target, FileMode.Open, write);
            else
                WriteBeside(target, write, existing);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            // Another process may have made the file since the check.
            if (existing == ExistingFile.Keep && File.Exists(path)) throw AlreadyThere(path);
            throw Unwritable(path, broken.Message, broken);
        }
    }

    /// <summary>Finds what would keep a file from being written, without writing anything.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="existing">What is to become of a file that is there already.</param>
    /// <returns>The file that would be written: where a symbolic link ends, else the path.</returns>
    /// <exception cref="EplbException">The directory does not exist, or the file is there and is to be kept, read-only or a directory.</exception>
    public static string Check(string path, ExistingFile existing)
    {
        string target = IsDevice(path) ? path : FollowLink(path);
        string? directory = Path.GetDirectoryName(target);
        if (Directory.Exists(target)) throw Unwritable(path, "it is a directory; give the path of a file in it.");
        if (!Directory.Exists(directory)) throw Unwritable(path, $"the directory '{directory}' does not exist; create it first.");
        if (!File.Exists(target)) return target;
        if (existing == ExistingFile.Keep) throw AlreadyThere(path);
        if (existing == ExistingFile.Replace && IsReadOnly(target)) throw Unwritable(path, "it is read-only; -Force replaces it all the same.");
        return target;
    }

    /// <summary>Deletes a file if it is there.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <exception cref="EplbException">It cannot be deleted.</exception>
    public static void Delete(string path)
    {
        try
        {
            if (File.Exists(path)) File.Delete(path);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            throw new EplbException(EplbError.FileUnwritable, $"The file '{path}' cannot be deleted: {broken.Message}", path, broken);
        }
    }

    private static void WriteBeside(string target, Action<Stream> write, ExistingFile existing)
    {
        // In the same directory, since only there a rename is one step; a dot in front keeps it out of listings and collectors.
        string beside = Path.Combine(Path.GetDirectoryName(target)!, "." + Path.GetRandomFileName());
        try
        {
            WriteTo(beside, FileMode.CreateNew, write);
            if (existing == ExistingFile.Keep || !File.Exists(target))
            {
                File.Move(beside, target);
                return;
            }

            KeepMode(target, beside);
            if (IsReadOnly(target)) File.SetAttributes(target, File.GetAttributes(target) & ~FileAttributes.ReadOnly);
            File.Replace(beside, target, destinationBackupFileName: null);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }

    private static void WriteTo(string file, FileMode mode, Action<Stream> write)
    {
        using var stream = new FileStream(file, mode, FileAccess.Write, FileShare.None, 1 << 16);
        write(stream);
        if (mode == FileMode.CreateNew) stream.Flush(flushToDisk: true);
    }

    /// <summary>Whether a path is a device such as /dev/stdout or /dev/null, which is written to: renaming a file over it would break the machine.</summary>
    /// <param name="target">The path.</param>
    internal static bool IsDevice(string target) => target.StartsWith("/dev/", StringComparison.Ordinal) && File.Exists(target);

    private static bool IsReadOnly(string file) => (File.GetAttributes(file) & FileAttributes.ReadOnly) != 0;

    private static string FollowLink(string path)
    {
#if NET
        return new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
#else
        return path;
#endif
    }

    private static void KeepMode(string target, string beside)
    {
#if NET
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(beside, File.GetUnixFileMode(target));
#endif
    }

    private static EplbException AlreadyThere(string path) =>
        new(EplbError.FileExists, $"The file '{path}' is there already, and -NoClobber keeps it.", path);

    private static EplbException Unwritable(string path, string reason, Exception? inner = null) =>
        new(EplbError.FileUnwritable, $"The file '{path}' cannot be written: {reason}", path, inner);
}
