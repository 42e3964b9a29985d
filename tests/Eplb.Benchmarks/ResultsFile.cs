using System.Runtime.InteropServices;

namespace Eplb.Benchmarks;

/// <summary>Keeps a comparison as a page named after the processor it ran on.</summary>
internal static class ResultsFile
{
    /// <summary>Writes results/PROCESSOR.md beside the benchmarks' sources and returns its path.</summary>
    /// <param name="peers">What the peers are and run on; null for one that was skipped.</param>
    /// <param name="tables">Lines of the tables.</param>
    public static string Write(IEnumerable<string?> peers, IEnumerable<string> tables)
    {
        string processor = Processor();
        string[] head =
        [
            $"# {processor}",
            "",
            $"{Environment.ProcessorCount} processors, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSArchitecture}. " +
            "Made by `dotnet run -c Release --project tests/Eplb.Benchmarks -- --compare --write`.",
            .. Others(),
            "",
            .. peers.OfType<string>().Select(peer => $"- {peer}"),
            "- one thread, two threads, heap, NumPy: best of many plans; ratio: the peer's time over ours on one thread; maps: same slots from all",
            "- memory: loads and all that one plan allocates, over loads and results",
            "- Python: numpy.load, pandas (else numpy.loadtxt), json.load; ours also adds the windows up",
            "",
        ];
        string name = string.Join("-", processor.ToLowerInvariant().Split([' ', '/', '(', ')', '@', ','], StringSplitOptions.RemoveEmptyEntries));
        string path = Path.Combine(Folder(), $"{name}.md");
        File.WriteAllText(path, string.Join('\n', [.. head, .. tables]) + "\n");
        return path;
    }

    // Who else used the machine.
    private static string[] Others() => File.Exists("/proc/loadavg")
        ? [$"Load average over the last 15 minutes: {File.ReadAllText("/proc/loadavg").Split(' ')[2]}; above the number of processors, the longer a time, the more it is overstated."]
        : [];

    private static string Processor() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").First(line => line.StartsWith("model name", StringComparison.Ordinal)).Split(':')[1].Trim()
        : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor";

    private static string Folder()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Eplb.psd1")))
            folder = folder.Parent ?? throw new InvalidOperationException("--write needs a checkout to write to.");
        return Directory.CreateDirectory(Path.Combine(folder.FullName, "tests", "Eplb.Benchmarks", "results")).FullName;
    }
}
