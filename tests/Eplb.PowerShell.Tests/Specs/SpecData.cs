using System.Collections;
using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>One element of -ForEach: $_ and, where it is a hashtable, a variable a key.</summary>
internal sealed class SpecData
{
    public static readonly SpecData None = new([]);

    private readonly List<(string Name, object? Value)> _values;

    private SpecData(List<(string, object?)> values) => _values = values;

    /// <summary>The variables, made anew for each scope that takes and changes them.</summary>
    public List<PSVariable> Variables => [.. _values.Select(value => new PSVariable(value.Name, value.Value))];

    public static SpecData Of(object? element)
    {
        List<(string, object?)> values = [("_", element)];
        if ((element is PSObject wrapped ? wrapped.BaseObject : element) is IDictionary keys)
        {
            foreach (DictionaryEntry key in keys) values.Add(((string)key.Key, key.Value));
        }
        return new SpecData(values);
    }
}
