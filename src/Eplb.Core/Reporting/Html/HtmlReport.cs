namespace Eplb;

/// <summary>Writes a report as one self-contained page.</summary>
internal static class HtmlReport
{
    public static string Write(PlacementReport report, IReadOnlyList<ReportSection> sections)
    {
        var html = new HtmlWriter();
        html.Open("html", ("lang", "en")).Line();
        WriteHead(html, report);
        html.Open("body").Line();
        html.Element("a", "Skip to the figures", ("class", "skip"), ("href", "#main")).Line();
        html.Open("header").Element("h1", report.Title, ("dir", "auto"));
        html.Element("p", $"{ProvenanceSection.Shape(report.After.Map)}. Placement {report.After.ShortHash}.").Close().Line();
        WriteContents(html, sections);
        html.Open("main", ("id", "main")).Line();
        foreach (ReportSection section in sections) WriteSection(html, section);
        html.Close().Line().Embed("script", PageAssets.Script).Close().Line().Close().Line();
        return html.ToString();
    }

    private static void WriteHead(HtmlWriter html, PlacementReport report)
    {
        html.Open("head").Line();
        html.Open("meta", ("charset", "utf-8")).Line();
        html.Open("meta", ("http-equiv", "Content-Security-Policy"), ("content", PageAssets.Policy)).Line();
        html.Open("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1")).Line();
        html.Open("meta", ("name", "color-scheme"), ("content", "light dark")).Line();
        html.Element("title", report.Title).Line();
        html.Embed("style", PageAssets.Style).Close().Line();
    }

    private static void WriteContents(HtmlWriter html, IReadOnlyList<ReportSection> sections)
    {
        html.Open("nav", ("aria-label", "Contents")).Open("ul");
        foreach (ReportSection section in sections) html.Open("li").Element("a", section.Heading, ("href", "#" + section.Id)).Close();
        html.Close().Close().Line();
    }

    private static void WriteSection(HtmlWriter html, ReportSection section)
    {
        html.Open("section", ("id", section.Id), ("aria-labelledby", section.Id + "-heading")).Line();
        html.Element("h2", section.Heading, ("id", section.Id + "-heading")).Line();
        foreach (ReportBlock block in section.Blocks)
        {
            switch (block)
            {
                case TextBlock text: html.Element("p", text.Text).Line(); break;
                case CodeBlock code: WriteCode(html, code); break;
                case FigureBlock figures: WriteFigures(html, figures); break;
                case TableBlock table: WriteTable(html, table); break;
                case ColourLegendBlock: ColourScale.WriteLegend(html); break;
                case HeatMapBlock heatMap: HeatMapSvg.Write(html, heatMap); break;
                case LineBlock lines: LineSvg.Write(html, lines); break;
                case SpreadBlock spread: SpreadSvg.Write(html, spread); break;
                default: throw new NotSupportedException(block.GetType().Name);
            }
        }

        html.Close().Line();
    }

    private static void WriteCode(HtmlWriter html, CodeBlock code) => html
        .Open("pre", ("tabindex", "0"), ("role", "group"), ("aria-label", "Command")).Open("code").Text(code.Text, lines: true).Close().Close().Line();

    private static void WriteFigures(HtmlWriter html, FigureBlock block)
    {
        html.Open("dl", ("class", "figures")).Line();
        foreach (Figure figure in block.Figures)
        {
            html.Open("div").Element("dt", figure.Name).Element("dd", figure.Value, ("class", "value"))
                .Element("dd", figure.Note).Close().Line();
        }

        html.Close().Line();
    }

    private static void WriteTable(HtmlWriter html, TableBlock table)
    {
        html.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "group"), ("aria-label", table.Caption));
        html.Open("table").Element("caption", table.Caption).Line().Open("thead").Open("tr");
        foreach (TableColumn column in table.Columns) html.Element("th", column.Name, ("scope", "col"), ("class", ClassOf(column)));
        html.Close().Close().Line().Open("tbody").Line();
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            html.Open("tr").Element("th", row[0], ("scope", "row"), ("class", ClassOf(table.Columns[0])));
            for (int i = 1; i < row.Count; i++) html.Element("td", row[i], ("class", ClassOf(table.Columns[i])), ("dir", table.Columns[i].IsText ? "auto" : null));
            html.Close().Line();
        }

        html.Close().Close().Close().Line();
    }

    private static string? ClassOf(TableColumn column) => column.IsText ? "text" : null;
}
