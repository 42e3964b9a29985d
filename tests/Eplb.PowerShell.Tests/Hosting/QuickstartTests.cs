using System.Text.Json;

namespace Eplb.Tests.Hosting;

/// <summary>The README's main command.</summary>
public sealed class QuickstartTests
{
    [Fact]
    public void It_shows_the_balance_without_a_plan_and_with_one_and_writes_the_plan()
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "plan.json");
        try
        {
            DotnetProcess host = DotnetProcess.RunHost("module/examples/quickstart.ps1", "-Destination", file);
            Assert.Equal((0, ""), (host.ExitCode, host.Error));
            foreach (string balancedness in (string[])["0.4728", "0.8835", "1.0000"]) Assert.Contains(balancedness, host.Output, StringComparison.Ordinal);
            using JsonDocument plan = JsonDocument.Parse(File.ReadAllBytes(file));
            JsonElement rows = plan.RootElement.GetProperty("physical_to_logical_map");
            Assert.Equal((61, 288), (rows.GetArrayLength(), rows[0].GetArrayLength()));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }
}
