using static Eplb.ChartFrame;

namespace Eplb;

/// <summary>Draws lines of balancedness over labels, with a legend and one tooltip a label.</summary>
internal static class LineSvg
{
    private const int Top = 10, Bottom = 24, Plot = 220, Styles = 4;

    /// <summary>Draws the chart.</summary>
    /// <param name="html">Page to write to.</param>
    /// <param name="block">The lines.</param>
    public static void Write(HtmlWriter html, LineBlock block)
    {
        double[] values = [.. block.Series.SelectMany(line => line.Values).OfType<double>()];
        if (values.Length == 0) return;
        var axis = new ChartAxis(values.Min(), values.Max(), Top, Plot);
        double column = Math.Max(6, Math.Min(60, (double)Width / block.Labels.Count));
        int width = Left + (int)Math.Ceiling(block.Labels.Count * column) + Right;
        Open(html, block.Caption, $"{block.Caption}: {string.Join(", ", block.Series.Select(line => line.Name))}", width, Top + Plot + Bottom);
        WriteGrid(html, axis, width);
        for (int i = 0; i < block.Series.Count; i++) WriteLine(html, block.Series[i], axis, column, $"line l{i % Styles}");
        WriteColumns(html, block, column);
        ChartFrame.Close(html);
        WriteLegend(html, block.Series);
    }

    private static void WriteLine(HtmlWriter html, LineSeries line, ChartAxis axis, double column, string style)
    {
        var path = new System.Text.StringBuilder();
        bool isDrawing = false;
        for (int i = 0; i < line.Values.Count; i++)
        {
            // Sizes are swept in steps of their own: a line goes on over labels of others.
            if (line.Values[i] is not { } value) continue;
            string x = Text(Left + ((i + 0.5) * column)), y = Text(axis.YOf(value));
            path.Append(isDrawing ? 'L' : 'M').Append(x).Append(' ').Append(y);
            html.Open("circle", ("class", style), ("cx", x), ("cy", y), ("r", "2.5")).Close();
            isDrawing = true;
        }

        html.Open("path", ("class", style), ("d", path.ToString())).Close().Line();
    }

    private static void WriteColumns(HtmlWriter html, LineBlock block, double column)
    {
        int every = (int)Math.Ceiling(40 / column);
        html.Open("g", ("class", "row columns")).Line();
        for (int i = 0; i < block.Labels.Count; i++)
        {
            string[] values = [.. block.Series.Where(line => line.Values[i] is not null).Select(line => $"{line.Name} {Display.Balancedness(line.Values[i])}")];
            html.Open("g").Element("title", $"{block.Labels[i]}: {(values.Length == 0 ? "idle" : string.Join(", ", values))}");
            html.Open("rect", ("class", "hit"), ("x", Text(Left + (i * column))), ("y", Text(Top)), ("width", Text(column)), ("height", Text(Plot))).Close();
            if (i % every == 0) WriteLabel(html, Left + ((i + 0.5) * column), Top + Plot + 16, block.Labels[i]);
            html.Close().Line();
        }

        html.Close();
    }

    private static void WriteLegend(HtmlWriter html, IReadOnlyList<LineSeries> lines)
    {
        html.Open("ul", ("class", "legend"));
        for (int i = 0; i < lines.Count; i++) html.Open("li").Open("span", ("class", $"line l{i % Styles}")).Close().Text(lines[i].Name).Close();
        html.Close().Line();
    }
}
