using System.Management.Automation;
using System.Reflection;
using System.Xml.Linq;

namespace Eplb.HelpBuilder;

/// <summary>Puts the help of a cmdlet together: its metadata from the engine, its words from the documentation of its class.</summary>
internal sealed class CommandReader(XmlDocs docs, IReadOnlyCollection<string> exported)
{
    private static readonly string[] Topics = ["about_Eplb", "about_Eplb_Errors"];

    /// <summary>Reads one cmdlet.</summary>
    /// <param name="command">A cmdlet of the module.</param>
    public CommandHelp Read(CmdletInfo command)
    {
        XElement? documented = docs.Find(command.ImplementingType);
        IReadOnlyDictionary<string, ParameterHelp> parameters = ParameterReader.Read(command, docs);
        return new CommandHelp(
            command.Name,
            DocText.Paragraphs(documented?.Element("summary")),
            DocText.Paragraphs(documented?.Element("remarks")),
            [.. command.ParameterSets.OrderByDescending(set => set.IsDefault).Select(set => ParameterReader.InSet(set, parameters))],
            ParameterReader.InAllSets(command, parameters),
            Inputs(command, parameters),
            [.. command.OutputType.Select(output => Describe(output.Type, documented?.Element("returns"))).DistinctBy(output => output.Name)],
            ["The error ids, what they mean and what to do about them: Get-Help about_Eplb_Errors."],
            [.. (documented?.Elements("example") ?? []).Select(Example)],
            Links(command, documented));
    }

    // What the documentation of a pipeline parameter refers to is what one pipes in; then comes the parameter's own type.
    private IReadOnlyList<TypeHelp> Inputs(CmdletInfo command, IReadOnlyDictionary<string, ParameterHelp> parameters)
    {
        var inputs = new List<TypeHelp>();
        foreach (ParameterMetadata parameter in command.Parameters.Values.Where(parameter => parameter.ParameterSets.Values.Any(set => set.ValueFromPipeline)))
        {
            XElement? summary = docs.Find(command.ImplementingType.GetProperty(parameter.Name)!)?.Element("summary");
            inputs.AddRange((summary?.Descendants("see") ?? []).Select(FindType).OfType<Type>().Select(type => Describe(type)));
            Type own = ParameterReader.ElementType(parameter.ParameterType);
            inputs.Add(new TypeHelp(own.FullName!, parameters[parameter.Name].Description));
        }

        return [.. inputs.DistinctBy(input => input.Name)];
    }

    private static Type? FindType(XElement see) => (string?)see.Attribute("cref") is ['T', ':', .. string name]
        ? AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(name)).FirstOrDefault(type => type is not null)
        : null;

    private TypeHelp Describe(Type type, XElement? otherwise = null) =>
        new(type.FullName!, DocText.Paragraphs(docs.Find(type)?.Element("summary") ?? otherwise));

    private static ExampleHelp Example(XElement example) => new(
        string.Join('\n', example.Elements("code").Select(DocText.Code)),
        [.. example.Elements("para").SelectMany(DocText.Paragraphs)]);

    private IReadOnlyList<LinkHelp> Links(CmdletInfo command, XElement? documented)
    {
        string words = documented?.Value ?? "";
        IEnumerable<string> topics = exported.Where(name => name != command.Name && words.Contains(name, StringComparison.Ordinal)).Concat(Topics);
        LinkHelp[] online = command.ImplementingType.GetCustomAttribute<CmdletAttribute>()?.HelpUri is { Length: > 0 } page ? [new LinkHelp("Online version:", page)] : [];
        return [.. online, .. topics.Select(topic => new LinkHelp(topic, ""))];
    }
}
