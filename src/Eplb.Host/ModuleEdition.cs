namespace Eplb.Hosting;

/// <summary>The manifest to import. The engine here is always of edition Core; the other edition's build is imported through a copy of the module.</summary>
internal sealed class ModuleEdition : IDisposable
{
    private const string FileName = "Eplb.psd1";
    private readonly DirectoryInfo? _copy;

    private ModuleEdition(string manifest, DirectoryInfo? copy = null)
    {
        Manifest = manifest;
        _copy = copy;
    }

    /// <summary>Full path of the manifest.</summary>
    public string Manifest { get; }

    public static ModuleEdition Find(string? manifest, string? edition, string programFolder)
    {
        string path = manifest is null ? FindAbove(programFolder) : Path.GetFullPath(manifest);
        if (!File.Exists(path)) throw new UsageException($"There is no module manifest {path}.");
        return edition?.ToUpperInvariant() switch
        {
            null or "CORE" => new ModuleEdition(path),
            "DESKTOP" => CopyForDesktop(path),
            _ => throw new UsageException($"-Edition is {edition}; it must be Core or Desktop."),
        };
    }

    public void Dispose()
    {
        try
        {
            _copy?.Delete(recursive: true);
        }
        catch (UnauthorizedAccessException)
        {
            // Windows keeps loaded assemblies until the process ends; the temporary folder is its to clean.
        }
    }

    private static string FindAbove(string folder)
    {
        for (DirectoryInfo? at = new(folder); at is not null; at = at.Parent)
        {
            string path = Path.Combine(at.FullName, FileName);
            if (File.Exists(path)) return path;
        }
        throw new UsageException($"No {FileName} in {folder} or above it; name one with -Manifest.");
    }

    // The manifest picks the build by $PSEdition, which is constant: in the copy the name is written out.
    private static ModuleEdition CopyForDesktop(string manifest)
    {
        string source = Path.GetDirectoryName(manifest)!;
        DirectoryInfo copy = Directory.CreateTempSubdirectory("eplb-desktop-");
        string target = Path.Combine(copy.FullName, Path.GetFileNameWithoutExtension(manifest));
        foreach (string folder in new[] { "module", "module/bin/Desktop", "en-US" })
        {
            DirectoryInfo from = new(Path.Combine(source, folder));
            if (!from.Exists) continue;
            DirectoryInfo to = Directory.CreateDirectory(Path.Combine(target, folder));
            foreach (FileInfo file in from.EnumerateFiles()) file.CopyTo(Path.Combine(to.FullName, file.Name));
        }
        string path = Path.Combine(target, Path.GetFileName(manifest));
        File.WriteAllText(path, File.ReadAllText(manifest).Replace("$PSEdition", "Desktop", StringComparison.OrdinalIgnoreCase));
        return new ModuleEdition(path, copy);
    }
}
