using System.Diagnostics;
using System.Globalization;

namespace Eplb.Tests.Hosting;

/// <summary>One run of a .NET program in a process of its own, in the checkout's root.</summary>
internal sealed record DotnetProcess(int ExitCode, string Output, string Error)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    /// <summary>Runs Eplb.Host: two builds of the module cannot live in one process.</summary>
    public static DotnetProcess RunHost(params string[] arguments) => Run([Path.Combine(AppContext.BaseDirectory, "Eplb.Host.dll"), .. arguments]);

    /// <summary>Runs Eplb.Host on a machine that seems to have that many processors.</summary>
    public static DotnetProcess RunHostOn(int processors, params string[] arguments) =>
        Run([Path.Combine(AppContext.BaseDirectory, "Eplb.Host.dll"), .. arguments], processors);

    /// <summary>Runs dotnet.</summary>
    public static DotnetProcess Run(params string[] arguments) => Run(arguments, processors: null);

    private static DotnetProcess Run(string[] arguments, int? processors)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Repository.Root,
        };
        if (processors is { } count) start.Environment["DOTNET_PROCESSOR_COUNT"] = count.ToString("X", CultureInfo.InvariantCulture);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"dotnet {string.Join(' ', arguments)} ran for more than {Limit}.");
        }
        return new DotnetProcess(process.ExitCode, output.Result, error.Result);
    }
}
