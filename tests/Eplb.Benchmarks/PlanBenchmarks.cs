using BenchmarkDotNet.Attributes;

namespace Eplb.Benchmarks;

/// <summary>Planning on one thread, case by case, with allocations: for work on the core itself. The peers are in <see cref="Comparison"/>.</summary>
[MemoryDiagnoser]
public class PlanBenchmarks
{
    private static readonly Dictionary<string, PlanCase> Cases = PlanCase.All().ToDictionary(plan => plan.Name);
    private PlanCase _case = null!;

    public static IEnumerable<string> Names => Cases.Keys;

    [ParamsSource(nameof(Names))]
    public string Case { get; set; } = "";

    [GlobalSetup]
    public void Setup() => _case = Cases[Case];

    [Benchmark]
    public PlacementMap Plan() => Planner.Plan(_case.Loads, _case.Shape, maxThreads: 1);
}
