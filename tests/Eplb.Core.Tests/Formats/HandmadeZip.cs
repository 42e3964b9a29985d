using System.IO.Compression;

namespace Eplb.Tests.Formats;

/// <summary>Archives of a few small entries.</summary>
internal static class HandmadeZip
{
    /// <summary>An archive of these entries, in this order.</summary>
    public static byte[] Of(CompressionLevel compression, params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create))
        {
            foreach ((string name, byte[] content) in entries) Write(archive, name, content, compression);
        }

        return stream.ToArray();
    }

    /// <summary>Adds an entry.</summary>
    public static void Write(ZipArchive archive, string name, byte[] content, CompressionLevel compression)
    {
        using Stream entry = archive.CreateEntry(name, compression).Open();
        entry.Write(content);
    }
}
