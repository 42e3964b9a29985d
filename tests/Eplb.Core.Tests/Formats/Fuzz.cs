using System.Globalization;

namespace Eplb.Tests.Formats;

/// <summary>Feeds damaged files to a reader, which reads or refuses them: one clear error, in little time and memory.</summary>
/// <remarks>
/// The suite tries a few; the environment variable EPLB_FUZZ_ROUNDS sets how many each file gets, and EPLB_FUZZ_SEED which, so that a run can be
/// repeated and another one sees others. A failure names the seed of its file, to be tried alone.
/// </remarks>
internal static class Fuzz
{
    /// <summary>Most that reading a small file may allocate, in bytes: a few rows of the most slots that a layer can have.</summary>
    public const long MemoryLimit = 64 << 20;

    private const int MessageLimit = 10_000;

    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(1);
    private static readonly int Rounds = Setting("EPLB_FUZZ_ROUNDS", 60), FirstSeed = Setting("EPLB_FUZZ_SEED", 0);

    /// <summary>Reads seeded mutations of a file.</summary>
    /// <param name="content">A file that can be read.</param>
    /// <param name="name">Name of the file.</param>
    /// <param name="read">Reads a path.</param>
    public static void Mutated(byte[] content, string name, Action<string> read)
    {
        using var file = new TempFile(content, Path.GetFileName(name));
        Mutated(file.Path, name, read);
    }

    /// <summary>Reads seeded mutations of a file in its place.</summary>
    /// <param name="path">A file that can be read; it is overwritten.</param>
    /// <param name="name">Name of the file.</param>
    /// <param name="read">Reads a path.</param>
    public static void Mutated(string path, string name, Action<string> read)
    {
        byte[] content = File.ReadAllBytes(path);
        read(path);
        for (int seed = FirstSeed; seed < FirstSeed + Rounds; seed++)
            ReadOrRefuse(path, Mutations.Of(content, new Random(seed)), read, $"EPLB_FUZZ_SEED={seed} EPLB_FUZZ_ROUNDS=1 repeats it: {name}");
    }

    /// <summary>Reads a file cut off at many places.</summary>
    /// <param name="content">A file that can be read.</param>
    /// <param name="name">Name of the file.</param>
    /// <param name="read">Reads a path.</param>
    public static void CutOff(byte[] content, string name, Action<string> read)
    {
        using var file = new TempFile(content, Path.GetFileName(name));
        int step = Math.Max(1, content.Length / 400);
        for (int length = 0; length < content.Length; length += step) ReadOrRefuse(file.Path, content[..length], read, $"{name} cut off at {length}");
    }

    /// <summary>Reads one damaged file.</summary>
    /// <param name="path">Where it is written to.</param>
    /// <param name="content">The file.</param>
    /// <param name="read">Reads a path.</param>
    /// <param name="how">How it was damaged.</param>
    public static void ReadOrRefuse(string path, byte[] content, Action<string> read, string how)
    {
        File.WriteAllBytes(path, content);
        var reading = Task.Run(() => ReadOrRefuse(path, read));
        if (!reading.Wait(TimeLimit)) Assert.Fail($"{how}: it is still being read after {TimeLimit}.");
        (Exception? broken, long allocated) = reading.Result;
        if (broken is EplbException { Message.Length: > MessageLimit } or not (null or EplbException)) Assert.Fail($"{how}: {broken}");
        Assert.True(allocated < MemoryLimit, $"{how}: {allocated} bytes were allocated for a file of {content.Length}.");
    }

    private static (Exception? Broken, long Allocated) ReadOrRefuse(string path, Action<string> read)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exception? broken = null;
        try
        {
            read(path);
        }
        catch (Exception thrown)
        {
            broken = thrown;
        }

        return (broken, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static int Setting(string name, int usual) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
}
