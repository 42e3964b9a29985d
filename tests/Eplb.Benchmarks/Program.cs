using BenchmarkDotNet.Running;
using Eplb.Benchmarks;

if (args.Contains("--compare"))
{
    Comparison.Run(Console.Out, args.Contains("--write"));
    return 0;
}

BenchmarkSwitcher.FromAssembly(typeof(PlanBenchmarks).Assembly).Run(args);
return 0;
