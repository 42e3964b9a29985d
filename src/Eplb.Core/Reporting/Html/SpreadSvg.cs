using static Eplb.ChartFrame;

namespace Eplb;

/// <summary>Draws how the GPU loads of each layer spread: a column a layer, a line from the least to the most loaded GPU, a box for the middle half.</summary>
internal static class SpreadSvg
{
    private const int Top = 10, Bottom = 24, Plot = 260;

    /// <summary>Draws the chart.</summary>
    /// <param name="html">Page to write to.</param>
    /// <param name="block">The layers.</param>
    public static void Write(HtmlWriter html, SpreadBlock block)
    {
        if (block.Spreads.Count == 0) return;
        var axis = new ChartAxis(block.Spreads.Min(spread => Math.Min(spread.After.Min, spread.Before?.Min ?? 1)),
            block.Spreads.Max(spread => Math.Max(spread.After.Max, spread.Before?.Max ?? 1)), Top, Plot);
        int column = Math.Max(16, Math.Min(48, Width / block.Spreads.Count)), width = Left + (block.Spreads.Count * column) + Right;
        Open(html, block.Caption, block.Caption, width, Top + Plot + Bottom);
        WriteGrid(html, axis, width);
        html.Open("g", ("class", "row columns")).Line();
        int labelEvery = column >= 22 ? 1 : 5;
        for (int i = 0; i < block.Spreads.Count; i++) WriteLayer(html, block.Spreads[i], axis, Left + (i * column), column, isLabelled: i % labelEvery == 0);
        html.Close();
        ChartFrame.Close(html);
    }

    private static void WriteLayer(HtmlWriter html, LayerSpread spread, ChartAxis axis, int left, int column, bool isLabelled)
    {
        double middle = left + (column / 2.0), shift = column / 5.0;
        html.Open("g").Element("title", Describe(spread));
        html.Open("rect", ("class", "hit"), ("x", Text(left + 1)), ("y", Text(Top)), ("width", Text(column - 2)), ("height", Text(Plot))).Close();
        html.Open("path", ("class", "bound"), ("d", $"M{Text(left + 2)} {Text(axis.YOf(spread.Bound))}h{Text(column - 4)}")).Close();
        if (spread.Before is { } before) WriteRange(html, before, axis, middle - shift, shift, "before");
        WriteRange(html, spread.After, axis, spread.Before is null ? middle : middle + shift, shift, "after");
        if (isLabelled) WriteLabel(html, middle, Top + Plot + 16, Text(spread.Layer));
        html.Close().Line();
    }

    private static void WriteRange(HtmlWriter html, Quartiles spread, ChartAxis axis, double x, double thick, string role)
    {
        double upper = axis.YOf(spread.Upper);
        html.Open("path", ("class", role), ("d", $"M{Text(x)} {Text(axis.YOf(spread.Max))}V{Text(axis.YOf(spread.Min))}")).Close();
        html.Open("rect", ("class", role), ("x", Text(x - (thick / 2))), ("y", Text(upper)), ("width", Text(thick)), ("height", Text(Math.Max(1, axis.YOf(spread.Lower) - upper)))).Close();
    }

    private static string Describe(LayerSpread spread)
    {
        string now = $"layer {Text(spread.Layer)}: {Range(spread.After)}, bound {Display.Ratio(spread.Bound)}";
        return spread.Before is { } before ? $"{now}; before {Range(before)}" : now;
    }

    private static string Range(Quartiles spread) => $"{Display.Ratio(spread.Min)} to {Display.Ratio(spread.Max)}, median {Display.Ratio(spread.Median)}";
}
