using System.Text;

namespace Eplb;

/// <summary>Writes HTML that is well formed by construction: tags nest, and every text and attribute value is escaped.</summary>
internal sealed class HtmlWriter
{
    private static readonly HashSet<string> Void = ["meta", "br"];

    private readonly StringBuilder _html = new();
    private readonly Stack<string> _open = new();

    /// <summary>Opens an element.</summary>
    /// <param name="tag">Name of the element; one of ours, never data.</param>
    /// <param name="attributes">Names, which are ours, and values, which may be data; those with a null value are left out.</param>
    public HtmlWriter Open(string tag, params (string Name, string? Value)[] attributes)
    {
        _html.Append('<').Append(tag);
        foreach ((string name, string? value) in attributes)
        {
            if (value is null) continue;
            _html.Append(' ').Append(name).Append("=\"");
            Escape(Display.Visible(value));
            _html.Append('"');
        }

        _html.Append('>');
        if (!Void.Contains(tag)) _open.Push(tag);
        return this;
    }

    /// <summary>Closes the element that was opened last.</summary>
    public HtmlWriter Close()
    {
        _html.Append("</").Append(_open.Pop()).Append('>');
        return this;
    }

    /// <summary>An element with nothing but text in it.</summary>
    /// <param name="tag">Name of the element.</param>
    /// <param name="text">Its text.</param>
    /// <param name="attributes">Names and values.</param>
    public HtmlWriter Element(string tag, string text, params (string Name, string? Value)[] attributes) => Open(tag, attributes).Text(text).Close();

    /// <summary>Text; what cannot be seen is spelt out.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="lines">True to keep line breaks and tabs.</param>
    public HtmlWriter Text(string text, bool lines = false)
    {
        Escape(Display.Visible(text, lines));
        return this;
    }

    /// <summary>Goes to the next line of the source, which readers of the page do not see.</summary>
    public HtmlWriter Line()
    {
        _html.Append('\n');
        return this;
    }

    /// <summary>A style or script of ours as it is, since inside these elements nothing is escaped.</summary>
    /// <param name="tag">style or script.</param>
    /// <param name="content">The module's own text, never data.</param>
    public HtmlWriter Embed(string tag, string content)
    {
        if (content.Contains("</")) throw new ArgumentException("A style or script that closes an element would end itself.", nameof(content));
        _html.Append('<').Append(tag).Append('>').Append(content).Append("</").Append(tag).Append(">\n");
        return this;
    }

    /// <summary>The page.</summary>
    public override string ToString() => _open.Count == 0
        ? "<!DOCTYPE html>\n" + _html
        : throw new InvalidOperationException($"The element {_open.Peek()} is not closed.");

    private void Escape(string text)
    {
        foreach (char character in text)
        {
            _ = character switch
            {
                '&' => _html.Append("&amp;"),
                '<' => _html.Append("&lt;"),
                '>' => _html.Append("&gt;"),
                '"' => _html.Append("&quot;"),
                '\'' => _html.Append("&#39;"),
                _ => _html.Append(character),
            };
        }
    }
}
