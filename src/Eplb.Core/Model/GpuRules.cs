namespace Eplb;

/// <summary>What must hold of the GPUs of a cluster that are lost or slower than others.</summary>
internal static class GpuRules
{
    // With speeds and loads in the float32 range, their sums and quotients are finite.
    private const double MinSpeed = 1e-38;

    /// <summary>The excluded GPUs, ascending and each once.</summary>
    /// <param name="excluded">GPUs that hold nothing.</param>
    /// <param name="gpuCount">GPUs of the cluster.</param>
    /// <exception cref="EplbException">A GPU that does not exist, or none is left.</exception>
    public static int[] CheckExcluded(IReadOnlyCollection<int> excluded, int gpuCount)
    {
        int[] gpus = [.. excluded.Distinct().OrderBy(gpu => gpu)];
        foreach (int gpu in gpus)
        {
            if ((uint)gpu >= (uint)gpuCount)
                throw new EplbException(EplbError.IndexOutOfRange, $"GPU {gpu} cannot be excluded: GPUs are 0 to {gpuCount - 1}.", gpu);
        }

        return gpus.Length < gpuCount
            ? gpus
            : throw new EplbException(EplbError.CountNotPositive, $"All GPUs from 0 to {gpuCount - 1} are excluded; at least one must be left.", gpus);
    }

    /// <summary>The speed of each GPU, 0 for the excluded ones: [GPUs].</summary>
    /// <param name="gpuSpeed">Relative speed of each GPU; null for 1.</param>
    /// <param name="gpuCount">GPUs of the cluster.</param>
    /// <param name="excluded">GPUs that hold nothing, ascending and each once.</param>
    /// <exception cref="EplbException">Another number of speeds than GPUs, or one that is not 1e-38 to 3.4e38.</exception>
    public static double[] CheckSpeeds(IReadOnlyList<double>? gpuSpeed, int gpuCount, IReadOnlyList<int> excluded)
    {
        if (gpuSpeed is not null && gpuSpeed.Count != gpuCount)
            throw new EplbException(EplbError.SpeedInvalid, $"There are {gpuSpeed.Count} speeds for {gpuCount} GPUs; give one for each GPU.", gpuSpeed);
        double[] speeds = new double[gpuCount];
        int passed = 0;
        for (int gpu = 0; gpu < speeds.Length; gpu++)
        {
            if (passed < excluded.Count && excluded[passed] == gpu)
            {
                passed++;
                continue;
            }

            double speed = gpuSpeed?[gpu] ?? 1;
            speeds[gpu] = speed;
            if (speed is >= MinSpeed and <= float.MaxValue) continue;
            throw new EplbException(EplbError.SpeedInvalid,
                FormattableString.Invariant($"The speed of GPU {gpu} is {speed}; it must be a number from 1e-38 to 3.4e38, such as 1 or 0.5, and a GPU that is lost is excluded."), speed);
        }

        return speeds;
    }
}
