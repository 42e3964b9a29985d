namespace Eplb;

/// <summary>What the dispatch of each server makes of the placement.</summary>
internal static class DispatchSection
{
    public static ReportSection Of(PlacementReport report)
    {
        TableColumn[] columns = report.Before is null
            ? [new("Dispatch", IsText: true), new("Balancedness"), new("Worst layer")]
            : [new("Dispatch", IsText: true), new("Balancedness before"), new("Balancedness"), new("Worst layer before"), new("Worst layer")];
        return new ReportSection("dispatch", "Under each dispatch",
        [
            new TextBlock($"Which replica gets a token is up to the server, and so the balance is too. This report assumes {Display.Dispatch(report.Dispatch)}."),
            new TableBlock("Balance under each dispatch rule", columns, [.. DispatchRules.All.Select(rule => Row(report, rule))]),
        ]);
    }

    private static string[] Row(PlacementReport report, DispatchRule rule)
    {
        PlanBalanceReport after = report.After.ByDispatch[rule];
        string balance = Display.Balancedness(after.Balancedness), worst = Display.Balancedness(after.WorstBalancedness);
        if (report.Before is null) return [Display.Dispatch(rule), balance, worst];
        PlanBalanceReport before = report.Before.ByDispatch[rule];
        return [Display.Dispatch(rule), Display.Balancedness(before.Balancedness), balance, Display.Balancedness(before.WorstBalancedness), worst];
    }
}
