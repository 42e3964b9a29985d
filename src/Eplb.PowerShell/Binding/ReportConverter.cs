using System.Management.Automation;
using System.Reflection;

namespace Eplb.Commands;

/// <summary>Makes balance reports from objects that only have their properties: from a job, a remote session or Import-Csv.</summary>
internal static class ReportConverter
{
    /// <summary>The report that an object is, or null for an object without a balancedness.</summary>
    /// <param name="input">A report, live or not.</param>
    /// <exception cref="EplbException">A property does not convert.</exception>
    public static BalanceReport? Find(PSObject input)
    {
        if (input.BaseObject is BalanceReport live) return live;
        if (!Has(input, nameof(BalanceReport.Balancedness))) return null;
        Type kind = Has(input, nameof(PlanBalanceReport.WorstLayer)) ? typeof(PlanBalanceReport)
            : Has(input, nameof(GpuBalanceReport.Gpu)) ? typeof(GpuBalanceReport)
            : Has(input, nameof(NodeBalanceReport.Node)) ? typeof(NodeBalanceReport)
            : typeof(BalanceReport);
        var report = (BalanceReport)Activator.CreateInstance(kind)!;
        foreach (PropertyInfo property in kind.GetProperties().Where(property => property.CanWrite))
            Fill(report, property, PropertyReader.Find(input, property.Name));
        return report;
    }

    private static bool Has(PSObject input, string name) => input.Properties[name] is not null;

    private static void Fill(BalanceReport report, PropertyInfo property, object? value)
    {
        // Empty text is how Export-Csv writes null.
        if (value is null or "") return;
        try
        {
            Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            property.SetValue(report, LanguagePrimitives.ConvertTo(value, type, System.Globalization.CultureInfo.InvariantCulture));
        }
        catch (PSInvalidCastException broken)
        {
            throw new EplbException(EplbError.FormatInvalid, $"{property.Name} '{value}' does not fit a balance report: {broken.Message}", value);
        }
    }
}
