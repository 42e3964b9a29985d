using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>How a value reads in the message of a failed assertion.</summary>
internal static class SpecValue
{
    private const int MostShown = 20;

    public static string Show(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        null => "$null",
        string text => $"'{text}'",
        bool truth => truth ? "$true" : "$false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        Array { Length: 1 } one => Show(one.GetValue(0)),
        IList list => $"@({string.Join(", ", list.Cast<object?>().Take(MostShown).Select(Show))}{(list.Count > MostShown ? $", ... {list.Count} in all" : "")})",
        var other => $"{other} [{other.GetType()}]",
    };
}
