namespace Eplb;

/// <summary>Finds windows that lack a layer: added up, they would make that layer look idle.</summary>
internal static class WindowLayers
{
    /// <summary>Throws unless every window has the same layers.</summary>
    /// <param name="keys">The windows and layers that are there.</param>
    /// <param name="nameOf">What a window is called.</param>
    public static void Check(HashSet<(long Window, int Layer)> keys, Func<long, string> nameOf)
    {
        int[] layers = [.. keys.Select(key => key.Layer).Distinct()];
        long[] windows = [.. keys.Select(key => key.Window).Distinct()];
        if (keys.Count == (long)layers.Length * windows.Length) return;
        foreach (long window in windows)
        {
            int missing = Array.FindIndex(layers, layer => !keys.Contains((window, layer)));
            if (missing < 0) continue;
            throw new EplbException(EplbError.LayerMissing,
                $"Window {nameOf(window)} has no layer {layers[missing]}, which other windows have; every window needs the same layers.", layers[missing]);
        }
    }
}
