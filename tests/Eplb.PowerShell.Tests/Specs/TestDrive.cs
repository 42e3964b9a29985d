using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>The folder that a spec may write to, as TestDrive: and $TestDrive. What a block leaves there goes with the block.</summary>
internal sealed class TestDrive : IDisposable
{
    private const string Name = "TestDrive";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("eplb-spec-");
    private readonly Stack<HashSet<string>> _before = new();
    private readonly SessionState _session;

    public TestDrive(SessionState session)
    {
        _session = session;
        ProviderInfo files = session.Provider.GetOne("FileSystem");
        session.Drive.New(new PSDriveInfo(Name, files, _folder.FullName, "Folder of the running spec", credential: null), "global");
        session.PSVariable.Set($"global:{Name}", _folder.FullName);
    }

    public void Enter() => _before.Push([.. Entries()]);

    public void Leave()
    {
        HashSet<string> before = _before.Pop();
        foreach (string path in Entries().Where(path => !before.Contains(path)))
        {
            if (File.Exists(path)) File.Delete(path);
            else if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        }
    }

    public void Dispose()
    {
        _session.Drive.Remove(Name, force: true, "global");
        _session.PSVariable.Remove($"global:{Name}");
        _folder.Delete(recursive: true);
    }

    private List<string> Entries() => [.. Directory.EnumerateFileSystemEntries(_folder.FullName, "*", SearchOption.AllDirectories)];
}
