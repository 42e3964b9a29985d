using System.Reflection;
using System.Text;

namespace Eplb.HelpBuilder;

/// <summary>Fills the about topics: a line <c>{Full.Type.Name}</c> of a source becomes what is documented about that type, <c>{Cmdlets}</c> the list of them, <c>{Others}</c> what else they emit.</summary>
internal sealed class AboutTopic(XmlDocs docs, IReadOnlyList<CommandHelp> commands)
{
    private const int Width = 100;
    private const int Column = 18;
    private const int CmdletColumn = 22;

    /// <summary>The finished topic.</summary>
    /// <param name="source">Text of the topic with its placeholders.</param>
    /// <exception cref="InvalidDataException">A placeholder names no type of the module, or something undocumented.</exception>
    public string Fill(string source)
    {
        IEnumerable<string> lines = source.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        return string.Join('\n', lines.SelectMany(line => line.Trim() is ['{', .. string name, '}'] ? Replace(name, source) : [line])) + "\n";
    }

    private IEnumerable<string> Replace(string name, string source) => name switch
    {
        "Cmdlets" => commands.SelectMany(command => Entry(command.Name, string.Join(' ', command.Synopsis), 4, CmdletColumn)),
        "Others" => commands.SelectMany(command => command.Outputs).Select(output => output.Name).Distinct()
            .Where(type => type.StartsWith("Eplb.", StringComparison.Ordinal) && !source.Contains($"{{{type}}}", StringComparison.Ordinal))
            .SelectMany(type => Document(FindType(type))),
        _ => Document(FindType(name)),
    };

    private IEnumerable<string> Document(Type type)
    {
        if (type.IsEnum) return type.GetFields(BindingFlags.Public | BindingFlags.Static).SelectMany(Member);
        string[] inherits = HasOwnEntry(type.BaseType) ? [$"        As {type.BaseType!.Name}, and:"] : [];
        IEnumerable<string> properties = PropertiesOf(type).SelectMany(property => Entry(property.Name, Summary(property), 8));
        return [$"    {type.FullName}", .. Wrap(Summary(type), 6, 6), .. inherits, .. properties, ""];
    }

    // Errors carry their category and what to do about them; other values only their meaning.
    private IEnumerable<string> Member(FieldInfo member) => ErrorTable.Find(member) is { } error
        ? [$"    {member.Name} ({error.Category})", .. Wrap(Summary(member), 8, 8), .. Wrap(error.Action, 8, 8), ""]
        : Entry(member.Name, Summary(member), 4);

    private static IEnumerable<PropertyInfo> PropertiesOf(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.DeclaringType == type || !HasOwnEntry(property.DeclaringType));

    private static bool HasOwnEntry(Type? baseType) => baseType is { IsAbstract: false } && baseType != typeof(object);

    private string Summary(MemberInfo member)
    {
        IReadOnlyList<string> words = DocText.Paragraphs((member is Type type ? docs.Find(type) : docs.Find(member))?.Element("summary"));
        return words.Count > 0 ? string.Join(' ', words) : throw new InvalidDataException($"{member.Name} has no summary, but an about topic refers to it.");
    }

    private static Type FindType(string name) =>
        AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(name)).FirstOrDefault(type => type is not null)
        ?? throw new InvalidDataException($"An about topic refers to {name}, which is no type of the module.");

    private static IEnumerable<string> Entry(string name, string text, int indent, int column = Column) =>
        Wrap($"{name.PadRight(column)} {text}", indent, indent + column + 1);

    private static IEnumerable<string> Wrap(string text, int indent, int hanging)
    {
        var line = new StringBuilder().Append(' ', indent);
        bool isFresh = true;
        foreach (string word in text.Split(' '))
        {
            if (!isFresh && word.Length > 0 && line.Length + 1 + word.Length > Width)
            {
                yield return line.ToString();
                line.Clear().Append(' ', hanging);
                isFresh = true;
            }

            if (!isFresh) line.Append(' ');
            line.Append(word);
            isFresh = false;
        }

        yield return line.ToString();
    }
}
