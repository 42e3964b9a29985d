using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>-Be: arrays element by element, elements by -eq with the expected value on the left.</summary>
public static class SpecEquality
{
    private static readonly ScriptBlock IgnoreCase = ScriptBlock.Create("param($actual, $expected) $expected -eq $actual");
    private static readonly ScriptBlock MatchCase = ScriptBlock.Create("param($actual, $expected) $expected -ceq $actual");

    public static bool Equal(object? actual, object? expected, bool matchCase)
    {
        object?[] first = AsArray(actual);
        object?[] second = AsArray(expected);
        if (IsNothing(first) || IsNothing(second)) return IsNothing(first) && IsNothing(second);
        if (first.Length != second.Length) return false;
        for (int i = 0; i < first.Length; i++)
        {
            bool equal = Unwrap(first[i]) is Array || Unwrap(second[i]) is Array
                ? Equal(first[i], second[i], matchCase)
                : LanguagePrimitives.IsTrue((matchCase ? MatchCase : IgnoreCase).InvokeReturnAsIs(first[i], second[i]));
            if (!equal) return false;
        }
        return true;
    }

    // As a parameter of type [object[]] takes a value: collections become arrays, a single value an array of one.
    private static object?[] AsArray(object? value) => value is null ? [] : LanguagePrimitives.ConvertTo<object?[]>(value);

    private static bool IsNothing(object?[] array) => array.Length == 0 || (array.Length == 1 && Unwrap(array[0]) is null);

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
