namespace Eplb;

/// <summary>The one scale of load over mean, for all heat maps of pages and consoles: fixed steps, so that any two can be compared.</summary>
internal static class LoadScale
{
    // Narrow around 1, where good plans differ, and wide far from it.
    private static readonly double[] Steps = [0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.02, 1.05, 1.1, 1.2, 1.4, 1.7, 2];

    /// <summary>Number of the step around 1, in which a GPU carries about the mean; those before it are cold, those after it hot.</summary>
    public const int Mean = 6;

    /// <summary>How many steps there are.</summary>
    public static int Count => Steps.Length + 1;

    /// <summary>Step of a load, 0 for the coldest.</summary>
    /// <param name="ratio">Load over the mean.</param>
    public static int StepOf(double ratio)
    {
        int step = 0;
        while (step < Steps.Length && ratio >= Steps[step]) step++;
        return step;
    }

    /// <summary>Least load over the mean of a step; 0 for the coldest.</summary>
    /// <param name="step">Step.</param>
    public static double StartOf(int step) => step == 0 ? 0 : Steps[step - 1];
}
