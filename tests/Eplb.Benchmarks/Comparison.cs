using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Eplb.Benchmarks;

/// <summary>Times our planner and its peers on the same loads in one run, and checks that they make the same map.</summary>
/// <remarks>Rounds of ours and the peers take turns, and the best of all rounds counts, so that the ratios survive a machine that others use too.</remarks>
internal static class Comparison
{
    private const int Rounds = 5;

    public static void Run(TextWriter output, bool write)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("eplb-compare");
        try
        {
            Peer? heap = Peer.HeapBaseline(folder.FullName);
            Peer? numpy = Peer.Python("time_reference.py");
            output.WriteLine(heap?.Name ?? "heap baseline skipped: there is no g++");
            output.WriteLine(numpy?.Name ?? "NumPy skipped: there is no Python with NumPy");
            var lines = new List<string>();
            foreach (string line in PlanTable(heap, numpy, folder.FullName).Concat(RefineTable.Lines()).Concat(ReadingComparison.Table(folder.FullName)))
            {
                lines.Add(line);
                output.WriteLine(line);
            }

            if (write) output.WriteLine($"written: {ResultsFile.Write([heap?.Name, numpy?.Name], lines)}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> PlanTable(Peer? heap, Peer? numpy, string folder)
    {
        yield return "| plan | one thread ms | two threads ms | speed-up | heap ms | ratio | NumPy ms | ratio | memory | maps |";
        yield return "|---|---|---|---|---|---|---|---|---|---|";
        foreach (PlanCase plan in PlanCase.All()) yield return Row(plan, heap, plan.IsLarge ? null : numpy, Path.Combine(folder, "loads.json"));
    }

    private static string Row(PlanCase plan, Peer? heap, Peer? numpy, string file)
    {
        File.WriteAllText(file, JsonSerializer.Serialize(new { logical_count = plan.Loads.Rows }));
        Timing one = OfOurs(plan, threads: 1), two = OfOurs(plan, threads: 2);
        Timing? heapTime = null, numpyTime = null;
        for (int round = 0; round < (plan.IsLarge ? 2 : Rounds); round++)
        {
            one = one.Better(OfOurs(plan, threads: 1));
            two = two.Better(OfOurs(plan, threads: 2));
            if (heap is not null) heapTime = heap.TimePlan(file, plan.Shape, plan.IsLarge ? 2 : 101).Better(heapTime);
            if (numpy is not null) numpyTime = numpy.TimePlan(file, plan.Shape, runs: 3).Better(numpyTime);
        }

        bool equal = new[] { two, heapTime ?? one, numpyTime ?? one }.All(timing => timing.Checksum == one.Checksum);
        string[] cells =
        [
            plan.Name, one.ToString(), two.ToString(), one.Over(two), heapTime?.ToString() ?? "-", heapTime?.Over(one) ?? "-",
            numpyTime?.ToString() ?? "-", numpyTime?.Over(one) ?? "-",
            FormattableString.Invariant($"{(double)Memory(plan) / plan.NeededBytes:F2}"), equal ? "equal" : "DIFFERENT",
        ];
        return $"| {string.Join(" | ", cells)} |";
    }

    // Half a second is enough for the JIT to settle and for the best of many to be free of others' work.
    private static Timing OfOurs(PlanCase plan, int threads)
    {
        double best = double.PositiveInfinity;
        PlacementMap map;
        var total = Stopwatch.StartNew();
        do
        {
            long start = Stopwatch.GetTimestamp();
            map = Planner.Plan(plan.Loads, plan.Shape, maxThreads: threads);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        while (total.ElapsedMilliseconds < 500);

        ulong checksum = 1469598103934665603;
        foreach (int expert in map.PhysicalToLogical.SelectMany(slots => slots)) checksum = (checksum ^ (ulong)expert) * 1099511628211;
        return new Timing(best, checksum.ToString("x16", CultureInfo.InvariantCulture));
    }

    // All that a plan allocates, garbage or not, and its loads: the peak cannot be higher.
    private static long Memory(PlanCase plan)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Planner.Plan(plan.Loads, plan.Shape, maxThreads: 1);
        return GC.GetAllocatedBytesForCurrentThread() - before + (plan.Loads.Rows.Count * (long)plan.Loads.ExpertCount * sizeof(double));
    }
}
