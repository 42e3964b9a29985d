using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Turns -Path and -LiteralPath into file system paths, through the session's drives and locations.</summary>
internal static class FilePaths
{
    /// <summary>The files that a -Path stands for; wildcards leave out side-cars.</summary>
    /// <param name="cmdlet">The cmdlet that was given the path.</param>
    /// <param name="path">Path with wildcards.</param>
    /// <param name="isWanted">Whether a file or directory that a wildcard found is wanted; null for all files.</param>
    /// <returns>Paths in ordinal order.</returns>
    /// <exception cref="EplbException">Nothing is there, or it is not in the file system.</exception>
    public static IReadOnlyList<string> ResolvePath(this PSCmdlet cmdlet, string path, Func<string, bool>? isWanted = null)
    {
        string[] found;
        try
        {
            found = [.. cmdlet.GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider)];
            CheckProvider(path, provider);
        }
        catch (Exception broken) when (broken is SessionStateException or ProviderInvocationException or NotSupportedException or ArgumentException)
        {
            throw new EplbException(EplbError.FileNotFound, $"{path}: {broken.Message}", path, broken);
        }

        if (WildcardPattern.ContainsWildcardCharacters(path))
            found = [.. found.Where(file => !PlacementProvenance.IsSidecar(file) && (isWanted?.Invoke(file) ?? !Directory.Exists(file)))];
        if (found.Length == 0) throw new EplbException(EplbError.FileNotFound, $"{path}: no file matches.", path);
        Array.Sort(found, StringComparer.Ordinal);
        return found;
    }

    /// <summary>The file that a -LiteralPath, or the path of a file to be written, stands for; it need not exist.</summary>
    /// <param name="cmdlet">The cmdlet that was given the path.</param>
    /// <param name="path">Path that is taken as it is.</param>
    /// <exception cref="EplbException">The path is not in the file system.</exception>
    public static string ResolveLiteralPath(this PSCmdlet cmdlet, string path)
    {
        try
        {
            string file = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            CheckProvider(path, provider);
            return file;
        }
        catch (Exception broken) when (broken is SessionStateException or ProviderInvocationException or NotSupportedException or ArgumentException)
        {
            throw new EplbException(EplbError.FileNotFound, $"{path}: {broken.Message}", path, broken);
        }
    }

    private static void CheckProvider(string path, ProviderInfo provider)
    {
        if (provider.Name == "FileSystem") return;
        throw new EplbException(EplbError.FileUnreadable,
            $"{path}: the path belongs to the provider {provider.Name}; only files of the file system can be used.", path);
    }
}
