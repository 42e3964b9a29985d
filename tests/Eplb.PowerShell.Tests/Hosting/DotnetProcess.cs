using System.Diagnostics;

namespace Eplb.Tests.Hosting;

/// <summary>One run of a .NET program in a process of its own, in the checkout's root.</summary>
internal sealed record DotnetProcess(int ExitCode, string Output, string Error)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    /// <summary>Runs Eplb.Host: two builds of the module cannot live in one process.</summary>
    public static DotnetProcess RunHost(params string[] arguments) => Run([Path.Combine(AppContext.BaseDirectory, "Eplb.Host.dll"), .. arguments]);

    /// <summary>Runs dotnet.</summary>
    public static DotnetProcess Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Repository.Root,
        };
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
