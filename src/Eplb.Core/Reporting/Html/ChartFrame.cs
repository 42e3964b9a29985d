using System.Globalization;

namespace Eplb;

/// <summary>What all charts have around them: a figure with a caption, a place that scrolls and takes the keyboard, and the drawing with a grid.</summary>
internal static class ChartFrame
{
    /// <summary>Widest drawing that a page shows without shrinking it.</summary>
    public const int Width = 1080;

    /// <summary>Space left of the plot, for the labels of the vertical axis.</summary>
    public const int Left = 44;

    /// <summary>Space right of the plot.</summary>
    public const int Right = 8;

    // Below this a drawing is readable on a phone; wider ones scroll there.
    private const int Narrow = 560;

    /// <summary>Opens the figure and the drawing.</summary>
    /// <param name="html">Page to write to.</param>
    /// <param name="caption">Caption.</param>
    /// <param name="label">What the drawing shows, in words.</param>
    /// <param name="width">Width of the drawing.</param>
    /// <param name="height">Height of the drawing.</param>
    public static void Open(HtmlWriter html, string caption, string label, int width, int height)
    {
        html.Open("figure", ("class", "chart")).Element("figcaption", caption);
        html.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "group"), ("aria-label", label), ("data-cells", ""));
        html.Open("svg", ("viewBox", $"0 0 {Text(width)} {Text(height)}"), ("width", Text(width)), ("height", Text(height)),
            ("class", width > Narrow ? "wide" : null), ("role", "img"), ("aria-label", label)).Line();
    }

    /// <summary>Closes what <see cref="Open"/> opened.</summary>
    /// <param name="html">Page to write to.</param>
    public static void Close(HtmlWriter html) => html.Close().Close().Close().Line();

    /// <summary>Draws the lines of an axis across the plot.</summary>
    /// <param name="html">Page to write to.</param>
    /// <param name="axis">Axis.</param>
    /// <param name="width">Width of the drawing.</param>
    public static void WriteGrid(HtmlWriter html, ChartAxis axis, int width)
    {
        html.Open("g", ("class", "axis"), ("aria-hidden", "true"));
        foreach (double value in axis.Ticks)
        {
            html.Open("path", ("d", $"M{Left} {Text(axis.YOf(value))}H{Text(width - Right)}"), ("class", value == 1 ? "mean" : null)).Close();
            WriteLabel(html, Left - 6, axis.YOf(value) + 4, value.ToString("0.###", CultureInfo.InvariantCulture), anchor: "end");
        }

        html.Close().Line();
    }

    /// <summary>Writes a label; a screen reader gets its text elsewhere.</summary>
    /// <param name="html">Page to write to.</param>
    /// <param name="x">Position.</param>
    /// <param name="y">Position.</param>
    /// <param name="text">The label.</param>
    /// <param name="anchor">end to let it end at the position; null to centre it there.</param>
    public static void WriteLabel(HtmlWriter html, double x, double y, string text, string? anchor = null) =>
        html.Element("text", text, ("x", Text(x)), ("y", Text(y)), ("text-anchor", anchor), ("aria-hidden", "true"));

    /// <summary>A coordinate.</summary>
    /// <param name="number">Its value.</param>
    public static string Text(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);
}
