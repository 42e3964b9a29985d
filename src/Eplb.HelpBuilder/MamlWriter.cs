using System.Xml.Linq;

namespace Eplb.HelpBuilder;

/// <summary>Writes the help of all cmdlets as one MAML file, the format that Get-Help reads in every edition.</summary>
internal static class MamlWriter
{
    private static readonly XNamespace Root = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>The MAML document.</summary>
    /// <param name="commands">Help of the cmdlets.</param>
    public static XDocument Write(IEnumerable<CommandHelp> commands) => new(
        new XDeclaration("1.0", "utf-8", null),
        new XElement(Root + "helpItems", new XAttribute("schema", "maml"), commands.Select(Write)));

    private static XElement Write(CommandHelp help)
    {
        string[] name = help.Name.Split('-', 2);
        return new XElement(Command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", Maml), new XAttribute(XNamespace.Xmlns + "command", Command), new XAttribute(XNamespace.Xmlns + "dev", Dev),
            new XElement(Command + "details",
                new XElement(Command + "name", help.Name), new XElement(Command + "verb", name[0]), new XElement(Command + "noun", name[1]),
                Description(help.Synopsis)),
            Description(help.Description),
            new XElement(Command + "syntax", help.Syntax.Select(set =>
                new XElement(Command + "syntaxItem", new XElement(Maml + "name", help.Name), set.Select(parameter => Parameter(parameter, inSyntax: true))))),
            new XElement(Command + "parameters", help.Parameters.Select(parameter => Parameter(parameter, inSyntax: false))),
            new XElement(Command + "inputTypes", help.Inputs.Select(input => TypeItem("inputType", input))),
            new XElement(Command + "returnValues", help.Outputs.Select(output => TypeItem("returnValue", output))),
            new XElement(Maml + "alertSet", new XElement(Maml + "alert", Paragraphs(help.Notes))),
            new XElement(Command + "examples", help.Examples.Select(Example)),
            new XElement(Command + "relatedLinks", help.Links.Select(link =>
                new XElement(Maml + "navigationLink", new XElement(Maml + "linkText", link.Text), new XElement(Maml + "uri", link.Address)))));
    }

    private static XElement Parameter(ParameterHelp parameter, bool inSyntax)
    {
        bool listsValues = inSyntax && parameter.AcceptedValues.Count > 0;
        return new XElement(Command + "parameter",
            new XAttribute("required", parameter.IsMandatory), new XAttribute("variableLength", parameter.Type.EndsWith(']')),
            new XAttribute("globbing", parameter.AcceptsWildcards), new XAttribute("pipelineInput", parameter.PipelineInput),
            new XAttribute("position", parameter.PositionText), new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
            new XElement(Maml + "name", parameter.Name),
            Description(parameter.FullDescription),
            listsValues ? new XElement(Command + "parameterValueGroup", parameter.AcceptedValues.Select(value => Value(value.Name))) : null,
            parameter.IsSwitch && inSyntax ? null : Value(parameter.Type, isRequired: !parameter.IsSwitch),
            new XElement(Dev + "type", new XElement(Maml + "name", parameter.Type), new XElement(Maml + "uri")),
            new XElement(Dev + "defaultValue", parameter.DefaultValue));
    }

    private static XElement Value(string text, bool isRequired = true) =>
        new(Command + "parameterValue", new XAttribute("required", isRequired), new XAttribute("variableLength", text.EndsWith(']')), text);

    private static XElement TypeItem(string element, TypeHelp type) => new(Command + element,
        new XElement(Dev + "type", new XElement(Maml + "name", type.Name), new XElement(Maml + "uri")),
        Description(type.Description));

    private static XElement Example(ExampleHelp example, int index) => new(Command + "example",
        new XElement(Maml + "title", $"-------------------------- Example {index + 1} --------------------------"),
        new XElement(Dev + "code", example.Code),
        // The empty paragraph sets the next example off: Get-Help leaves no line between them.
        new XElement(Dev + "remarks", Paragraphs([.. example.Remarks, ""])));

    private static XElement Description(IEnumerable<string> paragraphs) => new(Maml + "description", Paragraphs(paragraphs));

    private static IEnumerable<XElement> Paragraphs(IEnumerable<string> paragraphs) => paragraphs.Select(paragraph => new XElement(Maml + "para", paragraph));
}
