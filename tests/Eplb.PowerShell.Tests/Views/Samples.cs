using System.Text.RegularExpressions;
using Eplb.Tests.Engines;

namespace Eplb.Tests.Views;

/// <summary>How to get an object of each type that the cmdlets emit. A new type needs a line here, and a view.</summary>
internal static partial class Samples
{
    // Large loads, so that the columns have to be wide: a day of a busy server.
    private const string Prelude = """
        $loads = 3..5 | ForEach-Object { $layer = $_; [Eplb.ExpertLoad]::new($layer, [double[]](0..255 | ForEach-Object { 1234567890 * (1 + ($_ * 7 + $layer) % 13) })) }
        $idle = [Eplb.ExpertLoad]::new(6, [double[]]::new(256))
        $windows = 1000..1104 | ForEach-Object { [Eplb.ExpertLoad]::new(65535, $loads[$_ % 3].Load, 2000000000 + $_) }
        $plan = $loads + $idle | Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -NodeCount 4 -Policy Global -AsMap
        """;

    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["Eplb.ExpertLoad"] = "$loads + $idle + $windows[0]",
        ["Eplb.PhysicalExpert"] = "$loads | Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -NodeCount 4 -Policy Global",
        ["Eplb.PlacementMap"] = "$plan",
        ["Eplb.PlacementFinding"] = "$layer = [Eplb.LayerPlacement]::Create(57, [int[]]((0..255) + (224..255)), 256); [Eplb.PlacementMap]::new([Eplb.LayerPlacement[]]$layer, [Eplb.ClusterShape]::new(288, 2), 'Global') | Test-EplbPlacement -Target VllmAscend -Detailed",
        ["Eplb.BalanceReport"] = "$plan | Measure-EplbBalance",
        ["Eplb.GpuBalanceReport"] = "$plan | Measure-EplbBalance -By Gpu",
        ["Eplb.NodeBalanceReport"] = "$plan | Measure-EplbBalance -By Node",
        ["Eplb.PlanBalanceReport"] = "$plan | Measure-EplbBalance -Summary",
        ["Eplb.MetricReport"] = "$plan | Measure-EplbBalance -Metric Eplb, SGLang, Vllm, TensorRTLLM",
        ["Eplb.LoadDrift"] = "$loads + $idle | Compare-ExpertLoad ($idle, (Merge-ExpertLoad $loads -Weight 3))",
        ["Eplb.LoadDriftSummary"] = "$loads | Compare-ExpertLoad (Merge-ExpertLoad $loads -Weight 3) -Summary",
        ["Eplb.ExpertMove"] = "$loads + $idle | Get-EplbPlacement 288 32 -NodeCount 4 -Policy Global -Refine | Compare-EplbPlacement $plan -ExpertBytes 42MB",
        ["Eplb.MoveSummary"] = "$loads + $idle | Get-EplbPlacement 288 32 -NodeCount 4 -Policy Global -Refine | Compare-EplbPlacement $plan -Summary -ExpertBytes 42MB -IntraNodeBandwidth 300GB -InterNodeBandwidth 40GB",
        ["Eplb.BacktestStep"] = "$windows | Invoke-EplbBacktest 288 32 -Policy Global -WindowLength 100",
        ["Eplb.BacktestSummary"] = "$windows | Invoke-EplbBacktest 288 32 -Policy Global -Interval 10 -Summary",
        ["Eplb.SizingOption"] = "$loads | Find-EplbReplicaCount 0.9 2, 32 -NodeCount 1, 2 -Policy Global -ExpertBytes 42MB",
        ["Eplb.RebalanceAdvice"] = "$plan | Test-EplbRebalance -Load ([Eplb.ExpertLoad]::new(3, $loads[1].Load), [Eplb.ExpertLoad]::new(4, $loads[2].Load), [Eplb.ExpertLoad]::new(5, $loads[0].Load), $idle) -ExpertBytes 42MB -Bandwidth 40GB -Detailed",
    };

    public static IEnumerable<string> Names => Scripts.Keys;

    public static TheoryData<string> Types => [.. Names];

    /// <summary>A script that emits objects of a type.</summary>
    public static string ScriptOf(string type) => $"{Prelude}\n{Scripts[type]}";

    /// <summary>The module's own types among what the cmdlets emit.</summary>
    public static IEnumerable<string> EmittedTypes(Engine engine) => engine.Cmdlets.SelectMany(cmdlet => cmdlet.OutputType)
        .Select(type => type.Name).Where(name => OwnType().IsMatch(name)).Distinct().Order(StringComparer.Ordinal);

    [GeneratedRegex(@"^Eplb\.")]
    private static partial Regex OwnType();
}
