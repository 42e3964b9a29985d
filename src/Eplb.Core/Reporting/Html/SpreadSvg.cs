using System.Globalization;

namespace Eplb;

/// <summary>Draws how the GPU loads of each layer spread: a column a layer, a line from the least to the most loaded GPU, a box for the middle half.</summary>
internal static class SpreadSvg
{
    private const int Left = 44, Top = 10, Right = 8, Bottom = 24, Plot = 260;

    /// <summary>Draws the chart.</summary>
    /// <param name="html">Page to write to.</param>
    /// <param name="block">The layers.</param>
    public static void Write(HtmlWriter html, SpreadBlock block)
    {
        if (block.Spreads.Count == 0) return;
        var axis = new Axis(block.Spreads);
        int column = Math.Max(16, Math.Min(48, 1080 / block.Spreads.Count)), width = Left + (block.Spreads.Count * column) + Right;
        html.Open("figure", ("class", "chart")).Element("figcaption", block.Caption);
        html.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "group"), ("aria-label", block.Caption), ("data-cells", ""));
        html.Open("svg", ("viewBox", $"0 0 {Text(width)} {Text(Top + Plot + Bottom)}"), ("width", Text(width)), ("height", Text(Top + Plot + Bottom)),
            ("class", width > 560 ? "wide" : null), ("role", "img"), ("aria-label", block.Caption)).Line();
        WriteGrid(html, axis, width);
        html.Open("g", ("class", "row spread")).Line();
        int labelEvery = column >= 22 ? 1 : 5;
        for (int i = 0; i < block.Spreads.Count; i++) WriteLayer(html, block.Spreads[i], axis, Left + (i * column), column, isLabelled: i % labelEvery == 0);
        html.Close().Close().Close().Close().Line();
    }

    private static void WriteGrid(HtmlWriter html, Axis axis, int width)
    {
        html.Open("g", ("class", "axis"), ("aria-hidden", "true"));
        foreach (double value in axis.Ticks)
        {
            string y = Text(axis.YOf(value));
            html.Open("path", ("d", $"M{Left} {y}H{Text(width - Right)}"), ("class", value == 1 ? "mean" : null)).Close();
            html.Element("text", Text(value, "0.##"), ("x", Text(Left - 6)), ("y", Text(axis.YOf(value) + 4)), ("text-anchor", "end"));
        }

        html.Close().Line();
    }

    private static void WriteLayer(HtmlWriter html, LayerSpread spread, Axis axis, int left, int column, bool isLabelled)
    {
        double middle = left + (column / 2.0), shift = column / 5.0;
        html.Open("g").Element("title", Describe(spread));
        html.Open("rect", ("class", "hit"), ("x", Text(left + 1)), ("y", Text(Top)), ("width", Text(column - 2)), ("height", Text(Plot))).Close();
        html.Open("path", ("class", "bound"), ("d", $"M{Text(left + 2)} {Text(axis.YOf(spread.Bound))}h{Text(column - 4)}")).Close();
        if (spread.Before is { } before) WriteRange(html, before, axis, middle - shift, shift, "before");
        WriteRange(html, spread.After, axis, spread.Before is null ? middle : middle + shift, shift, "after");
        if (isLabelled) html.Element("text", Text(spread.Layer), ("x", Text(middle)), ("y", Text(Top + Plot + 16)), ("aria-hidden", "true"));
        html.Close().Line();
    }

    private static void WriteRange(HtmlWriter html, Quartiles spread, Axis axis, double x, double thick, string role)
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

    private static string Text(double number, string format = "0.#") => number.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>The vertical axis: round numbers around all spreads, the mean always among them.</summary>
    private sealed class Axis
    {
        private readonly double _bottom, _scale;

        public Axis(IReadOnlyList<LayerSpread> spreads)
        {
            double low = Math.Min(1, spreads.Min(spread => Math.Min(spread.After.Min, spread.Before?.Min ?? 1)));
            double high = spreads.Max(spread => Math.Max(spread.After.Max, spread.Before?.Max ?? 1));
            double step = StepFor(high - low);
            int first = (int)Math.Floor((low - 1) / step), last = Math.Max(first + 1, (int)Math.Ceiling((high - 1) / step));
            Ticks = [.. Enumerable.Range(first, last - first + 1).Select(i => 1 + (i * step))];
            _bottom = Ticks[0];
            _scale = Plot / (Ticks[Ticks.Count - 1] - _bottom);
        }

        public IReadOnlyList<double> Ticks { get; }

        public double YOf(double value) => Top + Plot - ((value - _bottom) * _scale);

        // Four to eight steps over the range, each a round number.
        private static double StepFor(double range)
        {
            double[] round = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2];
            return round.FirstOrDefault(step => range / step <= 7) is var step and > 0 ? step : Math.Ceiling(range / 7);
        }
    }
}
