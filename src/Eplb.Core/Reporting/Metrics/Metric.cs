namespace Eplb;

/// <summary>One metric of a kind of report: its name, what it means and where its value comes from. All of them are gauges.</summary>
/// <typeparam name="TReport">Kind of report.</typeparam>
/// <param name="Name">Name with the unit at its end, as Prometheus wants it.</param>
/// <param name="Help">What it means, in one line.</param>
/// <param name="Value">Its value; null where it does not apply, as the balancedness of an idle layer.</param>
internal sealed record Metric<TReport>(string Name, string Help, Func<TReport, double?> Value)
    where TReport : BalanceReport;
