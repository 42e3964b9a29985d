using System.Text;

namespace Eplb;

/// <summary>Writes a report as Markdown for a ticket or a pull request: figures and tables, no charts.</summary>
internal static class MarkdownReport
{
    // Dots, dashes and parentheses mean nothing inside a line that starts with one of our words.
    private static readonly HashSet<char> Special = [.. "\\`*_{}[]#|<>&~^$@"];

    public static string Write(PlacementReport report, IReadOnlyList<ReportSection> sections)
    {
        var text = new StringBuilder();
        text.Append("# ").Append(Escape(report.Title)).Append("\n\n");
        text.Append(ProvenanceSection.Shape(report.After.Map)).Append(". Placement ").Append(report.After.ShortHash).Append(".\n");
        foreach (ReportSection section in sections.Where(section => section.Blocks.Any(HasText)))
        {
            text.Append("\n## ").Append(Escape(section.Heading)).Append('\n');
            foreach (ReportBlock block in section.Blocks) WriteBlock(text, block);
        }

        return text.ToString();
    }

    // A section whose blocks only explain a chart has nothing to say without it.
    private static bool HasText(ReportBlock block) => block is FigureBlock or TableBlock or CodeBlock;

    private static void WriteBlock(StringBuilder text, ReportBlock block)
    {
        switch (block)
        {
            case TextBlock paragraph:
                text.Append('\n').Append(Escape(paragraph.Text)).Append('\n');
                break;
            case CodeBlock code:
                string fence = FenceFor(code.Text);
                text.Append('\n').Append(fence).Append("powershell\n").Append(Display.Visible(code.Text, lines: true)).Append('\n').Append(fence).Append('\n');
                break;
            case FigureBlock figures:
                WriteRows(text, [new("Figure", IsText: true), new("Value"), new("How to read it", IsText: true)],
                    figures.Figures.Select(figure => (IReadOnlyList<string>)[figure.Name, figure.Value, figure.Note]));
                break;
            case TableBlock table:
                WriteRows(text, table.Columns, table.Rows);
                break;
        }
    }

    private static void WriteRows(StringBuilder text, IReadOnlyList<TableColumn> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        text.Append('\n');
        WriteRow(text, columns.Select(column => Escape(column.Name)));
        WriteRow(text, columns.Select(column => column.IsText ? "---" : "---:"));
        foreach (IReadOnlyList<string> row in rows) WriteRow(text, row.Select(Escape));
    }

    private static void WriteRow(StringBuilder text, IEnumerable<string> cells) => text.Append("| ").Append(string.Join(" | ", cells)).Append(" |\n");

    // Longer than any run of backticks in it.
    private static string FenceFor(string code)
    {
        int longest = 2, run = 0;
        foreach (char character in code)
        {
            run = character == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return new string('`', longest + 1);
    }

    private static string Escape(string data)
    {
        var text = new StringBuilder(data.Length);
        foreach (char character in Display.Visible(data))
        {
            if (Special.Contains(character)) text.Append('\\');
            text.Append(character);
        }

        return text.ToString();
    }
}
