using Eplb.Tests.Hosting;

namespace Eplb.Tests.Specs;

/// <summary>Runs spec files in a child process with one edition's build of the module.</summary>
internal static class SpecProcess
{
    public static IReadOnlyList<SpecResult> Run(string edition, IEnumerable<string> files)
    {
        string resultPath = Path.GetTempFileName();
        try
        {
            string paths = string.Join(", ", files.Select(Quote));
            DotnetProcess host = DotnetProcess.RunHost("-Edition", edition, "-Command",
                $"Import-Module {Quote(typeof(SpecProcess).Assembly.Location)}; Invoke-Spec -Path {paths} -ResultPath {Quote(resultPath)}");
            List<SpecResult> results = [.. File.ReadLines(resultPath).Select(SpecResult.FromLine)];
            if (host.ExitCode != 0)
            {
                results.Add(new SpecResult($"the run on {edition}", SpecOutcome.Failed, $"Eplb.Host ended with {host.ExitCode}.\n{host.Output}\n{host.Error}"));
            }
            return results;
        }
        finally
        {
            File.Delete(resultPath);
        }
    }

    private static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
