namespace Eplb.Commands;

/// <summary>Loads as heat strips in the table views: blocks to the left of the line for a load under the mean, to the right for one over it.</summary>
public static class HeatText
{
    // Of the 256 colours of terminals, from the coldest step to the hottest.
    private static readonly int[] Colours = [27, 33, 39, 75, 111, 153, 250, 223, 221, 215, 209, 203, 196, 160];

    /// <summary>The strip of one load, 14 characters wide without its colour.</summary>
    /// <param name="ratio">Load over the mean; null where there is none.</param>
    /// <param name="isColoured">Whether to colour it, for a host that shows ANSI escape sequences.</param>
    public static string Of(double? ratio, bool isColoured)
    {
        if (ratio is not { } value) return "";
        int step = LoadScale.StepOf(value), cold = Math.Max(0, LoadScale.Mean - step), hot = Math.Max(0, step - LoadScale.Mean);
        return new string(' ', LoadScale.Mean - cold) + Blocks(cold, step, isColoured) + "│" + Blocks(hot, step, isColoured)
            + new string(' ', LoadScale.Count - 1 - LoadScale.Mean - hot);
    }

    private static string Blocks(int count, int step, bool isColoured)
    {
        string blocks = new('█', count);
        return isColoured && count > 0 ? FormattableString.Invariant($"\u001b[38;5;{Colours[step]}m{blocks}\u001b[0m") : blocks;
    }
}
