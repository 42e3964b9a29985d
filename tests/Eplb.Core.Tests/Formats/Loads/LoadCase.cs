using System.Text;

namespace Eplb.Tests.Formats.Loads;

/// <summary>Reads texts as loads, and prints loads so that a test can say in one line what it expects.</summary>
internal static class LoadCase
{
    public static IReadOnlyList<ExpertLoad> Read(string text, bool perWindow = false, Encoding? encoding = null)
    {
        using var file = new TempFile(text, encoding);
        return ExpertLoadReader.Read(file.Path, LoadFormat.Auto, perWindow);
    }

    public static IReadOnlyList<ExpertLoad> Read(byte[] content, bool perWindow = false)
    {
        using var file = new TempFile(content);
        return ExpertLoadReader.Read(file.Path, LoadFormat.Auto, perWindow);
    }

    /// <summary>Reads several files together: the parts of one recording are one recording.</summary>
    public static IReadOnlyList<ExpertLoad> ReadTogether(IEnumerable<string> paths, bool perWindow = false)
    {
        var recordings = new List<LoadRecording>();
        foreach (string path in paths)
        {
            LoadRecording next = ExpertLoadReader.ReadRecording(path, LoadFormat.Auto, perWindow);
            if (!recordings.Exists(recording => recording.TryAdd(next))) recordings.Add(next);
        }

        return [.. recordings.SelectMany(recording => recording.ToLoads())];
    }

    /// <summary>Each row as layer:loads, or window/layer:loads.</summary>
    public static string Show(this IEnumerable<ExpertLoad> loads) => string.Join("; ", loads.Select(load =>
        FormattableString.Invariant($"{(load.Window is null ? "" : $"{load.Window}/")}{load.Layer}:{string.Join(",", load.Load)}")));

    /// <summary>Reads a file that must be refused; the message must say where.</summary>
    public static void IsRefused(EplbError error, string where, Func<IReadOnlyList<ExpertLoad>> read)
    {
        EplbException broken = Assert.Throws<EplbException>(() => { read(); });
        Assert.True(broken.Error == error, $"{broken.Error} instead of {error}: {broken.Message}");
        Assert.Contains(where, broken.Message, StringComparison.Ordinal);
    }
}
