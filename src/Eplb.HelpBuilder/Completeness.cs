namespace Eplb.HelpBuilder;

/// <summary>What must be there before help is written: the build fails on every gap.</summary>
internal static class Completeness
{
    private const int FewestExamples = 2;

    // Get-Help indents by 4, and a console of 100 columns is to show a line as one.
    private const int LongestLine = 96;

    /// <summary>The gaps in the help of one cmdlet, each as a sentence that says where to write what is missing.</summary>
    /// <param name="help">Help of the cmdlet.</param>
    public static IEnumerable<string> GapsOf(CommandHelp help)
    {
        if (help.Synopsis.Count == 0) yield return $"{help.Name} has no synopsis: write the <summary> of its class.";
        if (help.Description.Count == 0) yield return $"{help.Name} has no description: write the <remarks> of its class.";
        if (help.Links.All(link => link.Address.Length == 0)) yield return $"{help.Name} has no HelpUri: give it in the Cmdlet attribute.";
        if (help.Outputs.Count == 0) yield return $"{help.Name} has no output type: give it an OutputType attribute.";
        if (help.Examples.Count < FewestExamples)
            yield return $"{help.Name} has {help.Examples.Count} examples of at least {FewestExamples}: write <example> elements at its class.";
        for (int i = 0; i < help.Examples.Count; i++)
        {
            if (help.Examples[i].Code.Length == 0) yield return $"Example {i + 1} of {help.Name} has no <code>.";
            if (help.Examples[i].Code.Split('\n').Max(line => line.Length) is > LongestLine and int length)
                yield return $"Example {i + 1} of {help.Name} has a line of {length} characters: break it after a | so that none has more than {LongestLine}.";
            if (help.Examples[i].Remarks.Count == 0) yield return $"Example {i + 1} of {help.Name} does not say in a <para> what it does.";
        }

        foreach (ParameterHelp parameter in help.Parameters)
        {
            if (parameter.Description.Count == 0) yield return $"{help.Name} -{parameter.Name} has no description: write the <summary> of the property.";
        }

        foreach (TypeHelp type in help.Inputs.Where(type => type.Description.Count == 0))
            yield return $"{help.Name} takes {type.Name}, which has no description: write the <summary> of the type.";
        foreach (TypeHelp type in help.Outputs.Where(type => type.Description.Count == 0))
            yield return $"{help.Name} emits {type.Name}, which has no description: write the <summary> of the type, or <returns> at the cmdlet's class.";
    }
}
