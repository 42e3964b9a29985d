namespace Eplb.HelpBuilder;

/// <summary>Writes the help of one cmdlet as a Markdown page.</summary>
internal static class MarkdownWriter
{
    /// <summary>The page.</summary>
    /// <param name="help">Help of the cmdlet.</param>
    public static string Write(CommandHelp help) => string.Join('\n', Lines(help));

    private static IEnumerable<string> Lines(CommandHelp help) =>
    [
        $"# {help.Name}", "", .. Paragraphs(help.Synopsis),
        "## Syntax", "", "```", string.Join("\n\n", help.Syntax.Select(set => $"{help.Name} {string.Join(' ', set.Select(Usage))}")), "```", "",
        "## Description", "", .. Paragraphs(help.Description),
        "## Examples", "", .. help.Examples.SelectMany(Example),
        "## Parameters", "", .. help.Parameters.SelectMany(Parameter),
        "## Inputs", "", .. help.Inputs.SelectMany(Type),
        "## Outputs", "", .. help.Outputs.SelectMany(Type),
        "## Notes", "", .. Paragraphs(help.Notes),
        "## Related links", "", .. help.Links.Select(Link), "",
    ];

    private static IEnumerable<string> Example(ExampleHelp example) => ["```powershell", example.Code, "```", "", .. Paragraphs(example.Remarks)];

    private static IEnumerable<string> Parameter(ParameterHelp parameter) =>
    [
        $"### -{parameter.Name}", "", .. Paragraphs(parameter.FullDescription),
        $"| Type | {parameter.Type} |",
        "|---|---|",
        $"| Required | {parameter.IsMandatory} |",
        $"| Position | {parameter.PositionText} |",
        $"| Default | {parameter.DefaultValue} |",
        $"| Pipeline input | {parameter.PipelineInput} |",
        $"| Wildcards | {parameter.AcceptsWildcards} |",
        $"| Aliases | {(parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases))} |",
        "",
    ];

    private static IEnumerable<string> Type(TypeHelp type) => [$"### {type.Name}", "", .. Paragraphs(type.Description)];

    // A list inside a paragraph needs an empty line before it.
    private static IEnumerable<string> Paragraphs(IEnumerable<string> paragraphs) =>
        paragraphs.SelectMany(paragraph => new[] { paragraph.Replace(":\n- ", ":\n\n- ", StringComparison.Ordinal), "" });

    private static string Usage(ParameterHelp parameter)
    {
        string name = parameter.Position is null ? $"-{parameter.Name}" : $"[-{parameter.Name}]";
        string use = parameter.IsSwitch ? name : $"{name} <{parameter.Type}>";
        return parameter.IsMandatory ? use : $"[{use}]";
    }

    private static string Link(LinkHelp link) => link switch
    {
        { Address.Length: > 0 } => $"- {link.Text} <{link.Address}>",
        { Text: ['a', 'b', 'o', 'u', 't', '_', ..] } => $"- `Get-Help {link.Text}`",
        _ => $"- [{link.Text}]({link.Text}.md)",
    };
}
