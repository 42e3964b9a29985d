using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Reads typed values from the properties of any object: live, deserialized, or a row of strings from Import-Csv.</summary>
internal static class PropertyReader
{
    // Properties of an object that a message names.
    private const int Shown = 8;

    /// <summary>Finds the first of several names that the object has, in any case.</summary>
    /// <param name="row">Object to look at.</param>
    /// <param name="names">Names in order of preference.</param>
    public static object? Find(PSObject row, params string[] names)
    {
        foreach (string name in names)
        {
            object? value = row.Properties[name]?.Value;
            if (value is PSObject wrapped) value = wrapped.BaseObject;
            // Empty text is how Export-Csv writes null.
            if (value is not (null or "")) return value;
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
        if (!TryConvert(value, out double wide) || wide != Math.Floor(wide))
            throw Unreadable(row, names[0], value, "a whole number");
        return Math.Abs(wide) <= int.MaxValue
            ? (int)wide
            : throw new EplbException(EplbError.IndexOutOfRange, $"{names[0]} {wide:R} is out of range: it is beyond {int.MaxValue}.", row);
    }

    /// <summary>A number.</summary>
    /// <param name="row">Object to look at.</param>
    /// <param name="names">Names in order of preference; the first names the value in errors.</param>
    /// <exception cref="EplbException">The property is missing or is no number.</exception>
    public static double Double(PSObject row, params string[] names)
    {
        object value = Require(row, names);
        return TryConvert(value, out double number)
            ? number
            : throw Unreadable(row, names[0], value, "a number with a decimal point");
    }

    /// <summary>A value of an enumeration, from itself, its name or its number.</summary>
    /// <typeparam name="T">The enumeration.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="name">Name of the property, for errors.</param>
    /// <exception cref="EplbException">There is no such value.</exception>
    public static T Enum<T>(object? value, string name) where T : struct, Enum
    {
        try
        {
            return (T)LanguagePrimitives.ConvertTo(value, typeof(T), CultureInfo.InvariantCulture);
        }
        catch (PSInvalidCastException broken)
        {
            throw new EplbException(EplbError.FormatInvalid, $"{name} '{value}' is none; it is one of {string.Join(", ", typeof(T).GetEnumNames())}.", value, broken);
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
        if ((value as IEnumerable)?.OfType<string>().FirstOrDefault(IsAmbiguous) is { } text)
            throw new EplbException(EplbError.FormatInvalid, $"{name} holds '{text}', not a number with a decimal point.", value);
        try
        {
            return (T[])LanguagePrimitives.ConvertTo(value, typeof(T[]), CultureInfo.InvariantCulture);
        }
        catch (PSInvalidCastException)
        {
            throw new EplbException(EplbError.FormatInvalid, $"{name} holds something else than numbers, or lists of other depth than {typeof(T).Name}[]; ConvertTo-Json needs -Depth 4 to write them all.", value);
        }
    }

    /// <summary>Whether the engine would take text for another number than its author: "1,5" for 15, with a comma between thousands.</summary>
    /// <param name="text">Text that is to be a number.</param>
    internal static bool IsAmbiguous(string text) => text.Contains(',');

    private static bool TryConvert(object value, out double number)
    {
        if (value is string text) return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
        try
        {
            number = value is double given ? given : (double)LanguagePrimitives.ConvertTo(value, typeof(double), CultureInfo.InvariantCulture);
            return true;
        }
        catch (PSInvalidCastException)
        {
            number = 0;
            return false;
        }
    }

    private static object Require(PSObject row, string[] names) => Find(row, names)
        ?? throw new EplbException(EplbError.FormatInvalid, row.BaseObject is string or FileSystemInfo
            ? $"A path or text came in, '{row.BaseObject}', where objects are wanted: read files with Import-ExpertLoad or Import-EplbPlacement."
            : System.Array.Exists(names, name => row.Properties[name] is not null)
                ? $"{names[0]} is empty in the object with {Values(row)}."
                : $"An object without the property {names[0]} came in: {Describe(row)}.", row);

    private static EplbException Unreadable(PSObject row, string name, object value, string wanted) => value is IEnumerable and not string
        ? new EplbException(EplbError.FormatInvalid, $"{name} is a list, not {wanted}, in an object that came in: {Describe(row)}.", row)
        : new EplbException(EplbError.FormatInvalid, $"{name} '{value}' is not {wanted}.", row);

    private static string Describe(PSObject row)
    {
        string[] names = [.. row.Properties.Take(Shown).Select(property => property.Name)];
        return $"{row.TypeNames.FirstOrDefault()} with {(names.Length == 0 ? "no properties" : string.Join(", ", names))}";
    }

    private static string Values(PSObject row) => string.Join(", ", row.Properties.Take(Shown)
        .Where(property => Find(row, property.Name) is not (null or IEnumerable and not string))
        .Select(property => $"{property.Name} {Convert.ToString(property.Value, CultureInfo.InvariantCulture)}"));
}
