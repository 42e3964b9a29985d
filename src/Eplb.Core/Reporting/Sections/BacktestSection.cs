namespace Eplb;

/// <summary>What planning anew delivered in a back-test, where one is given; null where none is.</summary>
internal static class BacktestSection
{
    private const int Shown = 100;

    public static ReportSection? Of(PlacementReport report)
    {
        IReadOnlyList<BacktestStep> steps = report.Backtest;
        if (steps.Count == 0) return null;
        string shown = steps.Count > Shown ? $" The table shows the first {Shown} of {Display.Count(steps.Count)} windows." : "";
        return new ReportSection("backtest", "Back-test",
        [
            new TextBlock("Each plan was made on the windows before and judged on traffic that it had not seen. The oracle planned on the window itself; unchanged is the first plan, kept." + shown),
            new FigureBlock(
            [
                new("Balancedness", Display.Balancedness(steps.Average(step => step.Balancedness)), $"mean of {Display.Count(steps.Count, "window")}, planned on the past"),
                new("Unchanged", Display.Balancedness(steps.Average(step => step.UnchangedBalancedness)), "mean of the first plan, never changed"),
                new("Oracle", Display.Balancedness(steps.Average(step => step.OracleBalancedness)), "mean of plans that knew the window"),
                new("Slots moved", Display.Count(steps.Sum(step => step.MovedSlotCount)), $"for {Display.Count(steps.Count(step => step.IsReplanned), "plan")}"),
            ]),
            new LineBlock("Balancedness by window", [.. steps.Select(step => Display.Count(step.Window))],
            [
                new("planned on the past", [.. steps.Select(step => step.Balancedness)]),
                new("unchanged", [.. steps.Select(step => step.UnchangedBalancedness)]),
                new("oracle", [.. steps.Select(step => step.OracleBalancedness)]),
            ]),
            new TableBlock("Back-test by window", [new("Window"), new("Balancedness"), new("Unchanged"), new("Oracle"), new("New plan", IsText: true), new("Slots moved")], [.. steps.Take(Shown).Select(Row)]),
        ]);
    }

    private static string[] Row(BacktestStep step) =>
    [
        Display.Count(step.Window), Display.Balancedness(step.Balancedness), Display.Balancedness(step.UnchangedBalancedness), Display.Balancedness(step.OracleBalancedness),
        step.IsReplanned ? PlannedOn(step) : "", Display.Count(step.MovedSlotCount),
    ];

    private static string PlannedOn(BacktestStep step) => step.FirstPlanWindow == step.LastPlanWindow
        ? $"on window {step.FirstPlanWindow}"
        : $"on windows {step.FirstPlanWindow} to {step.LastPlanWindow}";
}
