using System.Globalization;
using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Reads typed values from the properties of any object: live, deserialized, or a row of strings from Import-Csv.</summary>
internal static class PropertyReader
{
    /// <summary>Finds the first of several names that the object has, in any case.</summary>
    /// <param name="row">Object to look at.</param>
    /// <param name="names">Names in order of preference.</param>
    public static object? Find(PSObject row, params string[] names)
    {
        foreach (string name in names)
        {
            object? value = row.Properties[name]?.Value;
            if (value is not null) return value is PSObject wrapped ? wrapped.BaseObject : value;
        }

        return null;
    }

    /// <summary>An integer property.</summary>
    /// <param name="row">Object to look at.</param>
    /// <param name="names">Names in order of preference; the first names the value in errors.</param>
    /// <exception cref="EplbException">The property is missing or is no integer.</exception>
    public static int Int32(PSObject row, params string[] names)
    {
        object value = Require(row, names);
        if (value is int number) return number;
        try
        {
            double wide = (double)LanguagePrimitives.ConvertTo(value, typeof(double), CultureInfo.InvariantCulture);
            if (wide == Math.Floor(wide) && Math.Abs(wide) <= int.MaxValue) return (int)wide;
        }
        catch (PSInvalidCastException)
        {
            // Reported below with the rule.
        }

        throw new EplbException(EplbError.FormatInvalid, $"{names[0]} '{value}' is not a whole number.", row);
    }

    /// <summary>A number.</summary>
    /// <param name="row">Object to look at.</param>
    /// <param name="names">Names in order of preference; the first names the value in errors.</param>
    /// <exception cref="EplbException">The property is missing or is no number.</exception>
    public static double Double(PSObject row, params string[] names)
    {
        object value = Require(row, names);
        if (value is double number) return number;
        try
        {
            return (double)LanguagePrimitives.ConvertTo(value, typeof(double), CultureInfo.InvariantCulture);
        }
        catch (PSInvalidCastException)
        {
            throw new EplbException(EplbError.FormatInvalid, $"{names[0]} '{value}' is not a number.", row);
        }
    }

    /// <summary>An array, converted element by element.</summary>
    /// <typeparam name="T">Element type; nested arrays convert too.</typeparam>
    /// <param name="value">A live array, or the list that a deserialized object has in its place.</param>
    /// <param name="name">Name of the property, for errors.</param>
    /// <exception cref="EplbException">An element does not convert.</exception>
    public static T[] Array<T>(object value, string name)
    {
        if (value is T[] live) return live;
        try
        {
            return (T[])LanguagePrimitives.ConvertTo(value, typeof(T[]), CultureInfo.InvariantCulture);
        }
        catch (PSInvalidCastException broken)
        {
            throw new EplbException(EplbError.FormatInvalid, $"{name} is not an array of {typeof(T).Name}: {broken.Message}", value);
        }
    }

    private static object Require(PSObject row, string[] names) => Find(row, names)
        ?? throw new EplbException(EplbError.FormatInvalid,
            $"An object without the property {names[0]} came in: {Describe(row)}.", row);

    private static string Describe(PSObject row)
    {
        string[] names = [.. row.Properties.Take(8).Select(property => property.Name)];
        return $"{row.TypeNames.FirstOrDefault()} with {(names.Length == 0 ? "no properties" : string.Join(", ", names))}";
    }
}
