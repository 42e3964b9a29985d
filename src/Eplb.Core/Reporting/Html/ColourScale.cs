using System.Globalization;

namespace Eplb;

/// <summary>Colours of the steps of <see cref="LoadScale"/>, as classes of the page's style.</summary>
internal static class ColourScale
{
    private static readonly string[] Classes = [.. Enumerable.Range(0, LoadScale.Count).Select(step => "h" + step.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Class of the style that colours a load.</summary>
    /// <param name="ratio">Load over the mean of its layer.</param>
    public static string ClassOf(double ratio) => Classes[LoadScale.StepOf(ratio)];

    /// <summary>Shows which colour stands for what.</summary>
    /// <param name="html">Page to write to.</param>
    public static void WriteLegend(HtmlWriter html)
    {
        html.Open("ul", ("class", "legend")).Element("li", "Load over the mean:");
        for (int step = 0; step < Classes.Length; step++)
            html.Open("li").Open("span", ("class", Classes[step])).Close().Text(step == 0 ? $"under {Start(1)}" : $"{Start(step)}+").Close();
        html.Close().Line();
    }

    private static string Start(int step) => LoadScale.StartOf(step).ToString("0.##", CultureInfo.InvariantCulture);
}
