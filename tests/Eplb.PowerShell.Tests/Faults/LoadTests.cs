using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Eplb.Tests.Engines;

namespace Eplb.Tests.Faults;

/// <summary>Many files and many plans at once.</summary>
[Collection(EngineTests.Name)]
public sealed class LoadTests(Engine engine)
{
    private const int Plans = 1000;

    [Fact]
    public void Ten_thousand_files_go_through_one_pipeline()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("eplb-load-");
        try
        {
            Parallel.For(0, 10_000, file => File.WriteAllText(Path.Combine(folder.FullName, $"{file:D5}.csv"), $"layer,expert,load\n0,0,{file}\n0,1,1\n"));
            PSObject map = engine.Invoke($"[IO.Directory]::EnumerateFiles('{folder.FullName}') | Import-ExpertLoad | Get-EplbPlacement 4 2 -AsMap").Single();
            double[][] load = (double[][])map.Properties["Load"].Value;
            Assert.Equal([49_995_000.0, 10_000.0], load.Single());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_thousand_plans_in_a_pool_of_runspaces_are_those_of_one_after_the_other()
    {
        const string Script = """
            param($Number)
            $random = [Random]::new($Number)
            $load = [double[]]::new(64)
            for ($i = 0; $i -lt 64; $i++) { $load[$i] = $random.Next(1000) }
            $options = @{ Policy = 'Global'; Refine = ($Number % 4 -eq 0); AsMap = $true }
            ([Eplb.ExpertLoad]::new(0, $load) | Get-EplbPlacement (80 + 8 * ($Number % 3)) 8 @options).PhysicalToLogical[0] -join ' '
            """;
        var state = InitialSessionState.CreateDefault2();
        state.ImportPSModule(Engine.Manifest);
        if (OperatingSystem.IsWindows()) state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        using RunspacePool pool = RunspaceFactory.CreateRunspacePool(state);
        pool.SetMaxRunspaces(8);
        pool.Open();
        List<(PowerShell Shell, IAsyncResult Running)> all = [];
        for (int number = 0; number < Plans; number++)
        {
            PowerShell shell = PowerShell.Create().AddScript(Script).AddArgument(number);
            shell.RunspacePool = pool;
            all.Add((shell, shell.BeginInvoke()));
        }

        string[] parallel = [.. all.Select(one => one.Shell.EndInvoke(one.Running).Single().ToString()!)];
        foreach ((PowerShell shell, _) in all)
        {
            Assert.Empty(shell.Streams.Error);
            shell.Dispose();
        }

        string[] serial = [.. engine.Invoke($"foreach ($number in 0..{Plans - 1}) {{ & {{ {Script} }} $number }}").Select(plan => plan.ToString()!)];
        Assert.Equal(serial, parallel);
    }
}
