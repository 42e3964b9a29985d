using System.Reflection;
using System.Text;

namespace Eplb.HelpBuilder;

/// <summary>Fills the about topics: a line <c>{Full.Type.Name}</c> of a source becomes what is documented about that type, <c>{Cmdlets}</c> the list of them, <c>{Others}</c> what else they emit.</summary>
internal sealed class AboutTopic(XmlDocs docs, IReadOnlyList<CommandHelp> commands)
{
    private const int Width = 100;
    private readonly List<string> _gaps = [];

    /// <summary>What the topics refer to and is not there or not documented, each as a sentence.</summary>
    public IReadOnlyList<string> Gaps => _gaps;

    /// <summary>The finished topic.</summary>
    /// <param name="source">Text of the topic with its placeholders.</param>
    public string Fill(string source)
    {
        IEnumerable<string> lines = source.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        return string.Join('\n', lines.SelectMany(line => line.Trim() is ['{', .. string name, '}'] ? Replace(name, source) : [line])) + "\n";
    }

    private IEnumerable<string> Replace(string name, string source) => name switch
    {
        "Cmdlets" => Table(commands.Select(command => (command.Name, string.Join(' ', command.Synopsis))), 4),
        "Others" => commands.SelectMany(command => command.Outputs).Select(output => output.Name).Distinct()
            .Where(type => type.StartsWith("Eplb.", StringComparison.Ordinal) && !source.Contains($"{{{type}}}", StringComparison.Ordinal))
            .SelectMany(Document),
        "Eplb.EplbError" => Members(name).SelectMany(Error),
        _ => Document(name),
    };

    private IEnumerable<string> Document(string name)
    {
        Type? type = FindType(name);
        if (type is null) return Gap($"An about topic refers to {name}, which is no type of the module.");
        if (type.IsEnum) return Table(Members(name).Select(member => (member.Name, Summary(member))), 4);
        string[] inherits = HasOwnEntry(type.BaseType) ? [$"        As {type.BaseType!.Name}, and:"] : [];
        return [$"    {type.FullName}", .. Wrap(Summary(type), 6, 6), .. inherits, .. Table(PropertiesOf(type).Select(property => (property.Name, Summary(property))), 8), ""];
    }

    private IEnumerable<string> Error(FieldInfo member) => ErrorTable.Find(member) is { } error
        ? [$"    {member.Name} ({error.Category})", .. Wrap(Summary(member), 8, 8), .. Wrap(error.Action, 8, 8), ""]
        : Gap($"{member.Name} is not in the table of Errors.cs.");

    private static FieldInfo[] Members(string name) => FindType(name)?.GetFields(BindingFlags.Public | BindingFlags.Static) ?? [];

    private static IEnumerable<PropertyInfo> PropertiesOf(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.DeclaringType == type || !HasOwnEntry(property.DeclaringType));

    private static bool HasOwnEntry(Type? baseType) => baseType is { IsAbstract: false } && baseType != typeof(object);

    private string Summary(MemberInfo member)
    {
        IReadOnlyList<string> words = DocText.Paragraphs((member is Type type ? docs.Find(type) : docs.Find(member))?.Element("summary"));
        if (words.Count == 0) Gap($"{member.DeclaringType?.Name}.{member.Name} has no <summary>, but an about topic shows it.");
        return string.Join(' ', words);
    }

    private string[] Gap(string problem)
    {
        _gaps.Add(problem);
        return [];
    }

    private static Type? FindType(string name) => AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(name)).FirstOrDefault(type => type is not null);

    private static IEnumerable<string> Table(IEnumerable<(string Name, string Text)> rows, int indent)
    {
        (string Name, string Text)[] all = [.. rows];
        int column = all.Max(row => row.Name.Length) + 2;
        return all.SelectMany(row => Wrap(row.Name.PadRight(column) + row.Text, indent, indent + column));
    }

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
