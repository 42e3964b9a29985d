using System.IO.Compression;
using System.Text;

namespace Eplb.Tests.Formats;

/// <summary>Damages what an archive holds and packs it again, so that lengths and checksums are right and the damage reaches the readers.</summary>
internal static class ZipMutations
{
    /// <summary>A sound archive of damaged entries.</summary>
    /// <param name="archive">A sound archive.</param>
    /// <param name="random">Decides what is done.</param>
    public static byte[] Of(byte[] archive, Random random)
    {
        List<Entry> entries = Unpack(archive);
        for (int times = random.Next(1, 4); times > 0 && entries.Count > 0; times--) Change(entries, random);
        return Pack(entries, random);
    }

    private static void Change(List<Entry> entries, Random random)
    {
        int place = random.Next(entries.Count);
        Entry entry = entries[place];
        switch (random.Next(12))
        {
            case 0:
                entries.RemoveAt(place);
                break;
            case 1:
                entries.Add(entry);
                break;
            case 2:
                entries[place] = entry with { Name = entries[random.Next(entries.Count)].Name };
                break;
            case 3:
                entries[place] = entry with { Name = Encoding.Latin1.GetString(Mutations.OfBytes(Encoding.Latin1.GetBytes(entry.Name), random)) };
                break;
            case 4:
                entries[place] = entry with { Content = entries[random.Next(entries.Count)].Content };
                break;
            case 5:
                entries[place] = entry with { IsPacked = !entry.IsPacked };
                break;
            default:
                entries[place] = entry with { Content = Mutations.OfBytes(entry.Content, random) };
                break;
        }
    }

    private static List<Entry> Unpack(byte[] archive)
    {
        using var packed = new ZipArchive(new MemoryStream(archive));
        return [.. packed.Entries.Select(entry => new Entry(entry.FullName, Read(entry), entry.CompressedLength < entry.Length))];
    }

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    private static byte[] Pack(List<Entry> entries, Random random)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (Entry entry in entries.Where(entry => entry.Name.Length > 0))
            {
                using Stream content = archive.CreateEntry(entry.Name, entry.IsPacked ? CompressionLevel.Fastest : CompressionLevel.NoCompression).Open();
                content.Write(entry.Content);
            }
        }

        // Now and then the archive around the damage is damaged as well.
        return random.Next(16) == 0 ? Mutations.OfBytes(stream.ToArray(), random) : stream.ToArray();
    }

    private sealed record Entry(string Name, byte[] Content, bool IsPacked);
}
