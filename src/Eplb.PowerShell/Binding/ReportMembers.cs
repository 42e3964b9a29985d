using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Members that Eplb.Types.ps1xml adds to reports for the table views.</summary>
public static class ReportMembers
{
    private const int Width = 16;

    /// <summary>Balancedness as a bar of 16 characters; empty for an idle layer.</summary>
    /// <param name="report">A BalanceReport, live or deserialized.</param>
    public static string Bar(PSObject report)
    {
        if (report?.Properties["Balancedness"]?.Value is not double balancedness) return "";
        // Full exactly where the four digits beside it read 1.0000.
        int full = (int)Math.Floor(Math.Round(balancedness, 4) * Width);
        return new string('█', full) + new string('·', Width - full);
    }
}
