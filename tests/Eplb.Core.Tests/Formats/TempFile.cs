using System.Text;

namespace Eplb.Tests.Formats;

/// <summary>A file with the given content, gone when the test is.</summary>
internal sealed class TempFile : IDisposable
{
    public TempFile(byte[] content, string name = "loads")
    {
        Folder = Directory.CreateTempSubdirectory("eplb").FullName;
        Path = System.IO.Path.Combine(Folder, name);
        File.WriteAllBytes(Path, content);
    }

    public TempFile(string content, Encoding? encoding = null)
        : this(WithMark(encoding ?? new UTF8Encoding(false), content))
    {
    }

    public string Path { get; }

    private string Folder { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static byte[] WithMark(Encoding encoding, string content) => [.. encoding.GetPreamble(), .. encoding.GetBytes(content)];
}
