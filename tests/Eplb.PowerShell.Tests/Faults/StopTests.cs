using Eplb.Tests.Engines;
using Xunit.Abstractions;

namespace Eplb.Tests.Faults;

/// <summary>Ctrl+C at any moment of the largest case: 128 layers of 4,096 experts in 65,536 slots on 8,192 GPUs.</summary>
/// <remarks>On a quiet machine a stop takes less than 200 ms; the tests allow for machines that are not.</remarks>
public sealed class StopTests(StopTests.LargestCase large, ITestOutputHelper output) : IClassFixture<StopTests.LargestCase>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly int[] Moments = [100, 900];

    private static readonly string[] All =
    [
        "$loads | Get-EplbPlacement @cluster -Policy Global",
        "$loads | Get-EplbPlacement @cluster -Policy Hierarchical -GroupCount 1024 -NodeCount 64 -Refine -AsMap",
        "$loads | Get-EplbPlacement @cluster -Policy Global -Refine -AsMap",
        "$loads | Get-EplbPlacement @cluster -Policy Global -Refine -Dispatch SGLangStatic -AsMap",
        "$loads | Get-EplbPlacement @cluster -Policy Global -Refine -Dispatch Optimal -AsMap",
        "$windows | Get-EplbPlacement @cluster -Policy Global -Refine -AsMap",
        "$loads | Get-EplbPlacement 65536 8192 -Policy Global -Refine -ExcludeGpu 1, 2, 77 -AsMap",
        "$loads | Get-EplbPlacement 8192 4096 -Policy Global -Refine -AsMap",
        "$loads | Get-EplbPlacement @cluster -Policy Global -CurrentPlacement $other -MaxMove 5% -AsMap",
        "$windows | Invoke-EplbBacktest @cluster -Policy Global",
        "$windows | Invoke-EplbBacktest @cluster -Policy Global -Refine -MaxMove 5% -Dispatch Optimal",
        "$loads | Find-EplbReplicaCount 0.99 4096, 8192 -Policy Global",
        "$map | Test-EplbRebalance -Load $loads",
        "Measure-EplbBalance $map -Dispatch Optimal",
        "Measure-EplbBalance $map -By Gpu",
        "$map | ConvertTo-EplbMetric",
        "$map | Test-EplbPlacement -Target VllmAscend -Detailed",
        "Compare-EplbPlacement $other $map -Summary",
        "$windows | Merge-ExpertLoad -Normalize",
        "Compare-ExpertLoad $windows $windows",
        "$map | Export-EplbPlacement \"$folder/plan.out\" Csv",
        "$map | Export-EplbPlacement \"$folder/plan.out\" TensorRTLLM -FirstMoeLayer 0",
        "Export-EplbReport \"$folder/page.html\" $map -ReferencePlacement $other -Load $loads",
        "Import-EplbPlacement \"$folder/plan.yaml\" -GpuCount 8192 -AsMap",
        "Import-EplbPlacement \"$folder/plan.json\" -GpuCount 8192 -AsMap",
        "Import-ExpertLoad \"$folder/loads.csv\"",
        "Import-ExpertLoad \"$folder/loads.json\"",
    ];

    public static TheoryData<string> Scripts => [.. All];

    [Fact]
    public void Every_cmdlet_is_stopped() =>
        Assert.All(large.Engine.Cmdlets, cmdlet => Assert.Contains(All, script => script.Contains(cmdlet.Name, StringComparison.Ordinal)));

    [Theory, MemberData(nameof(Scripts))]
    public void A_stop_takes_effect_at_once_and_leaves_the_files_as_they_were(string script)
    {
        string files = large.DescribeFiles();
        foreach (int moment in Moments)
        {
            TimeSpan? took = large.Engine.Stop(script, TimeSpan.FromMilliseconds(moment));
            output.WriteLine(took is { } time ? $"Stopped after {moment} ms, in {time.TotalMilliseconds:0.0} ms." : $"Ended before {moment} ms.");
            if (took is null) break;
            Assert.InRange(took.Value, TimeSpan.Zero, Limit);
            Assert.Equal(files, large.DescribeFiles());
        }
    }

    public sealed class LargestCase : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("eplb-stop-");

        public LargestCase()
        {
            Engine.Invoke($$"""
                $folder = '{{_folder.FullName}}'
                $cluster = @{ ReplicaCount = 65536; GpuCount = 8192 }
                $random = [Random]::new(7)
                function Loads($Layers, $Window) {
                    foreach ($layer in 0..($Layers - 1)) {
                        $load = [double[]]::new(4096)
                        for ($i = 0; $i -lt 4096; $i++) { $load[$i] = [Math]::Floor(1e6 * [Math]::Pow($random.NextDouble(), 6)) }
                        [Eplb.ExpertLoad]::new($layer, $load, $Window)
                    }
                }
                $loads = @(Loads 128 $null)
                $windows = @(foreach ($window in 0..7) { Loads 32 $window })
                $map = $loads | Get-EplbPlacement @cluster -Policy Global -AsMap
                $other = Loads 128 $null | Get-EplbPlacement @cluster -Policy Global -AsMap
                $map | Export-EplbPlacement "$folder/plan.json" VllmArray -NoSidecar
                $map | Export-EplbPlacement "$folder/plan.yaml" TensorRTLLM -FirstMoeLayer 0 -NoSidecar
                """);
            foreach (string name in (string[])["plan.out", "page.html"]) File.WriteAllText(Path.Combine(_folder.FullName, name), "earlier");
            WriteLoads();
        }

        public Engine Engine { get; } = new();

        public void Dispose()
        {
            Engine.Dispose();
            _folder.Delete(recursive: true);
        }

        /// <summary>Names and lengths of all files that are there.</summary>
        public string DescribeFiles() => string.Join('\n', _folder.EnumerateFiles().Select(file => $"{file.Name} {file.Length}").Order(StringComparer.Ordinal));

        private void WriteLoads()
        {
            const int Windows = 8, Layers = 64, Experts = 4096;
            string row = string.Join(',', Enumerable.Range(1, Experts));
            string layers = string.Join("],[", Enumerable.Repeat(row, Layers));
            using (var json = new StreamWriter(Path.Combine(_folder.FullName, "loads.json")))
                json.Write($"{{\"logical_count\":[{string.Join(',', Enumerable.Repeat($"[[{layers}]]", Windows))}]}}");
            using var csv = new StreamWriter(Path.Combine(_folder.FullName, "loads.csv"));
            csv.WriteLine("window,layer,expert,load");
            for (int i = 0; i < Windows * Layers * Experts; i++) csv.WriteLine($"{i / Experts / Layers},{i / Experts % Layers},{i % Experts},{i % 97}");
        }
    }
}
