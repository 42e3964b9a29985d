using System.Globalization;

namespace Eplb.HelpBuilder;

/// <summary>Everything that help says about one cmdlet.</summary>
internal sealed record CommandHelp(
    string Name,
    IReadOnlyList<string> Synopsis,
    IReadOnlyList<string> Description,
    IReadOnlyList<IReadOnlyList<ParameterHelp>> Syntax,
    IReadOnlyList<ParameterHelp> Parameters,
    IReadOnlyList<TypeHelp> Inputs,
    IReadOnlyList<TypeHelp> Outputs,
    IReadOnlyList<string> Notes,
    IReadOnlyList<ExampleHelp> Examples,
    IReadOnlyList<LinkHelp> Links);

/// <summary>A parameter as one parameter set has it, or as all sets together do.</summary>
internal sealed record ParameterHelp(
    string Name,
    string Type,
    IReadOnlyList<string> Description,
    IReadOnlyList<TypeHelp> AcceptedValues,
    IReadOnlyList<string> Aliases,
    string DefaultValue,
    bool AcceptsWildcards)
{
    public bool IsMandatory { get; init; }

    public int? Position { get; init; }

    public bool ByValue { get; init; }

    public bool ByPropertyName { get; init; }

    public bool IsSwitch => Type == "switch";

    /// <summary>Pipeline input in the words of Get-Help.</summary>
    public string PipelineInput => (ByValue, ByPropertyName) switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };

    /// <summary>Position in the words of Get-Help.</summary>
    public string PositionText => Position?.ToString(CultureInfo.InvariantCulture) ?? "named";

    /// <summary>The description with the accepted values as a list.</summary>
    public IReadOnlyList<string> FullDescription => AcceptedValues.Count == 0
        ? Description
        : [.. Description, string.Join('\n', ["Accepted values:", .. AcceptedValues.Select(value => $"- {value}")])];
}

/// <summary>A type that a cmdlet takes or emits, or a member of one, and what it means.</summary>
internal sealed record TypeHelp(string Name, IReadOnlyList<string> Description)
{
    public override string ToString() => Description.Count == 0 ? Name : $"{Name}: {string.Join(' ', Description)}";
}

/// <summary>One example: what to type, and what it does.</summary>
internal sealed record ExampleHelp(string Code, IReadOnlyList<string> Remarks);

/// <summary>Where to read on: a help topic, or a page with an address.</summary>
internal sealed record LinkHelp(string Text, string Address);
