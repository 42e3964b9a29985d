using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Eplb.Benchmarks;

/// <summary>A planner or reader that runs in a process of its own and prints its timing as one line of JSON.</summary>
internal sealed class Peer
{
    private readonly string _command;
    private readonly string[] _arguments;

    private Peer(string name, string command, params string[] arguments)
    {
        Name = name;
        _command = command;
        _arguments = arguments;
    }

    /// <summary>What the peer is and runs on.</summary>
    public string Name { get; }

    /// <summary>Compiles the heap baseline; null without a C++ compiler.</summary>
    /// <param name="folder">Where the program goes.</param>
    public static Peer? HeapBaseline(string folder)
    {
        string program = Path.Combine(folder, "heap_baseline");
        string source = Path.Combine(AppContext.BaseDirectory, "peers", "heap_baseline.cpp");
        string? version = Output("g++", "--version");
        if (version is null || Output("g++", "-std=c++17", "-O3", "-march=native", "-o", program, source) is null) return null;
        return new Peer($"heap baseline in C++ -O3 ({version.Split('\n')[0]})", program);
    }

    /// <summary>Takes the first Python on the machine that has NumPy; null without one.</summary>
    /// <param name="script">Script beside the benchmarks that it runs.</param>
    public static Peer? Python(string script)
    {
        const string Probe = "import numpy, platform; print('NumPy', numpy.__version__, 'on Python', platform.python_version())";
        foreach (string python in (string[])["python3", "python", "/usr/bin/python3", "/usr/local/bin/python3"])
        {
            string? version = Output(python, "-c", Probe);
            if (version is not null) return new Peer($"{script} ({version.Trim()})", python, Path.Combine(AppContext.BaseDirectory, "peers", script));
        }

        return null;
    }

    /// <summary>Plans a case several times in a fresh process.</summary>
    /// <param name="loads">File with the loads, as {"logical_count": [[...]]}.</param>
    /// <param name="shape">Cluster to fill.</param>
    /// <param name="runs">Plans to make; the best one counts.</param>
    public Timing TimePlan(string loads, ClusterShape shape, int runs)
    {
        int[] numbers = [shape.ReplicaCount, shape.GroupCount, shape.NodeCount, shape.GpuCount, runs];
        return Time("map_fnv1a", [loads, .. numbers.Select(number => number.ToString(CultureInfo.InvariantCulture))]);
    }

    /// <summary>Reads a file several times in a fresh process.</summary>
    /// <param name="file">File with loads.</param>
    public Timing TimeReading(string file) => Time("total", [file]);

    private Timing Time(string checksum, string[] arguments)
    {
        string output = Output(_command, [.. _arguments, .. arguments]) ?? throw new InvalidOperationException($"The {Name} failed.");
        using JsonDocument json = JsonDocument.Parse(output);
        return new Timing(json.RootElement.GetProperty("best_ms").GetDouble(), json.RootElement.GetProperty(checksum).GetString()!);
    }

    // Null where the command is not there or fails.
    private static string? Output(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
