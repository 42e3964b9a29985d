using System.Management.Automation;
using System.Text.RegularExpressions;

namespace Eplb.Tests.Specs;

/// <summary>A name with templates: &lt;key&gt; stands for the variable of that name, &lt;_.Length&gt; for a member of it.</summary>
internal static partial class SpecName
{
    /// <summary>Fills the templates in from the variables of the current scope.</summary>
    public static string Expand(string name)
    {
        if (!name.Contains('<')) return name;
        string text = name.Replace("$", "`$", StringComparison.Ordinal).Replace("\"", "`\"", StringComparison.Ordinal);
        return ScriptBlock.Create($"\"{Template().Replace(text, "$$($$$1)")}\"").InvokeReturnAsIs().ToString()!;
    }

    [GeneratedRegex("(?<!`)<([^>^`]+)>")]
    private static partial Regex Template();
}
