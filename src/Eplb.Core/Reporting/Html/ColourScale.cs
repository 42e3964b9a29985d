using System.Globalization;

namespace Eplb;

/// <summary>The one colour scale of all heat maps: fixed steps of load over mean, so that two maps and two reports can be compared.</summary>
internal static class ColourScale
{
    // Narrow around 1, where good plans differ, and wide far from it.
    private static readonly double[] Steps = [0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.02, 1.05, 1.1, 1.2, 1.4, 1.7, 2];
    private static readonly string[] Classes = [.. Enumerable.Range(0, Steps.Length + 1).Select(step => "h" + step.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Class of the style that colours a load.</summary>
    /// <param name="ratio">Load over the mean of its layer.</param>
    public static string ClassOf(double ratio)
    {
        int step = 0;
        while (step < Steps.Length && ratio >= Steps[step]) step++;
        return Classes[step];
    }

    /// <summary>Shows which colour stands for what.</summary>
    /// <param name="html">Page to write to.</param>
    public static void WriteLegend(HtmlWriter html)
    {
        html.Open("ul", ("class", "legend")).Element("li", "Load over the mean:");
        for (int step = 0; step < Classes.Length; step++)
            html.Open("li").Open("span", ("class", Classes[step])).Close().Text(step == 0 ? $"under {Number(0)}" : $"{Number(step - 1)}+").Close();
        html.Close().Line();
    }

    private static string Number(int step) => Steps[step].ToString("0.##", CultureInfo.InvariantCulture);
}
