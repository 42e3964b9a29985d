using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Eplb.HelpBuilder;

/// <summary>Documentation elements as plain paragraphs. A paragraph with line breaks is a list or code and keeps its lines.</summary>
internal sealed partial class DocText
{
    private readonly List<string> _paragraphs = [];
    private string _open = "";

    private DocText()
    {
    }

    /// <summary>The paragraphs inside an element; none where it is missing.</summary>
    /// <param name="element">A summary, remarks or example element.</param>
    public static IReadOnlyList<string> Paragraphs(XElement? element)
    {
        var text = new DocText();
        if (element is not null) text.Add(element);
        text.Close();
        return text._paragraphs;
    }

    /// <summary>The lines of a code element, without the indentation that the element itself has in its file.</summary>
    /// <param name="code">A code element.</param>
    public static string Code(XElement code)
    {
        string before = (code.PreviousNode as XText)?.Value ?? "";
        string indent = before[(before.LastIndexOf('\n') + 1)..];
        IEnumerable<string> lines = code.Value.ReplaceLineEndings("\n").Split('\n');
        return string.Join('\n', lines.Select(line => line.StartsWith(indent, StringComparison.Ordinal) ? line[indent.Length..].TrimEnd() : line.Trim())).Trim('\n');
    }

    private void Add(XElement element)
    {
        foreach (XNode node in element.Nodes())
        {
            if (node is XText words)
                _open += words.Value;
            else if (node is XElement inner)
                AddElement(inner);
        }
    }

    private void AddElement(XElement element)
    {
        switch (element.Name.LocalName)
        {
            case "para":
                Close();
                Add(element);
                Close();
                break;
            case "code":
                Close();
                _paragraphs.Add(Code(element));
                break;
            case "list":
                Close();
                _paragraphs.Add(string.Join('\n', element.Elements("item").Select((item, i) => Item(item, element, i))));
                break;
            case "see" or "seealso" or "paramref" or "typeparamref":
                _open += element.Value.Length > 0 ? element.Value : Reference(element);
                break;
            default:
                Add(element);
                break;
        }
    }

    private void Close()
    {
        string words = WhiteSpace().Replace(_open, " ").Trim();
        if (words.Length > 0) _paragraphs.Add(words);
        _open = "";
    }

    private static string Item(XElement item, XElement list, int index)
    {
        string mark = (string?)list.Attribute("type") == "number" ? $"{index + 1}." : "-";
        string term = string.Join(' ', Paragraphs(item.Element("term")));
        string text = string.Join(' ', Paragraphs(item.Element("description") ?? (term.Length == 0 ? item : null)));
        return term.Length == 0 ? $"{mark} {text}" : $"{mark} {term}: {text}";
    }

    // A cmdlet's class is called by the cmdlet's name, everything else by its last part.
    private static string Reference(XElement element)
    {
        string target = (string?)element.Attribute("cref") ?? (string?)element.Attribute("name") ?? (string?)element.Attribute("langword")
            ?? (string?)element.Attribute("href") ?? "";
        if (element.Attribute("cref") is null) return target;
        string name = target[(target.IndexOf(':') + 1)..].Split('(')[0].Split('.')[^1];
        return CmdletClass().Match(name) is { Success: true } cmdlet ? $"{cmdlet.Groups[1]}-{cmdlet.Groups[2]}" : name;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();

    [GeneratedRegex("^([A-Z][a-z]+To|[A-Z][a-z]+)([A-Z].*)Command$")]
    private static partial Regex CmdletClass();
}
