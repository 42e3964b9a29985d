using System.Globalization;
using System.Management.Automation;
using System.Reflection;

namespace Eplb.Commands;

/// <summary>Makes reports from objects that only have their properties: from a job, a remote session or Import-Csv.</summary>
internal static class ReportConverter
{
    /// <summary>The balance report that an object is, or null for an object without a balancedness.</summary>
    /// <param name="input">A report, live or not.</param>
    /// <exception cref="EplbException">A property does not convert.</exception>
    public static BalanceReport? FindBalance(PSObject input)
    {
        if (input.BaseObject is BalanceReport live) return live;
        if (!Has(input, nameof(BalanceReport.Balancedness))) return null;
        return Has(input, nameof(PlanBalanceReport.WorstLayer)) ? Fill(new PlanBalanceReport(), input)
            : Has(input, nameof(GpuBalanceReport.Gpu)) ? Fill(new GpuBalanceReport(), input)
            : Has(input, nameof(NodeBalanceReport.Node)) ? Fill(new NodeBalanceReport(), input)
            : Fill(new BalanceReport(), input);
    }

    /// <summary>Reports of one kind.</summary>
    /// <typeparam name="TReport">Kind of report.</typeparam>
    /// <param name="inputs">Reports, live or not; null for none.</param>
    /// <exception cref="EplbException">An object without a property of the report, or one that does not convert.</exception>
    public static IReadOnlyList<TReport> Read<TReport>(IEnumerable<PSObject>? inputs)
        where TReport : class, new() => [.. (inputs ?? []).Select(input => input.BaseObject as TReport ?? Fill(new TReport(), Check<TReport>(input)))];

    private static bool Has(PSObject input, string name) => input.Properties[name] is not null;

    private static PSObject Check<TReport>(PSObject input)
    {
        PropertyInfo? missing = Settable(typeof(TReport)).FirstOrDefault(property => !Has(input, property.Name));
        return missing is null ? input : throw new EplbException(EplbError.FormatInvalid, $"An object came in that is no {typeof(TReport).Name}: it has no {missing.Name}.", input);
    }

    private static TReport Fill<TReport>(TReport report, PSObject input)
        where TReport : class
    {
        foreach (PropertyInfo property in Settable(typeof(TReport)))
        {
            object? value = PropertyReader.Find(input, property.Name);
            if (value is null) continue;
            Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (type.IsPrimitive && value is string text && PropertyReader.IsAmbiguous(text))
                throw new EplbException(EplbError.FormatInvalid, $"{property.Name} '{value}' is not a number with a decimal point.", value);
            try
            {
                property.SetValue(report, type == typeof(bool) ? ToBoolean(value) : LanguagePrimitives.ConvertTo(value, type, CultureInfo.InvariantCulture));
            }
            catch (PSInvalidCastException broken)
            {
                throw new EplbException(EplbError.FormatInvalid, $"{property.Name} '{value}' does not fit a {typeof(TReport).Name}: {broken.Message}", value);
            }
        }

        return report;
    }

    // The engine takes any text for true, "False" too.
    private static bool ToBoolean(object value) => value switch
    {
        bool flag => flag,
        string text when bool.TryParse(text, out bool flag) => flag,
        _ => throw new PSInvalidCastException("It is neither True nor False."),
    };

    private static IEnumerable<PropertyInfo> Settable(Type type) => type.GetProperties().Where(property => property.CanWrite);
}
