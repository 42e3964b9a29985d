namespace Eplb;

/// <summary>The fingerprint of a placement: equal for equal placements, whatever made them, on every machine.</summary>
public static class PlacementHash
{
    /// <summary>Digits of the short form, enough to tell the placements of one deployment apart.</summary>
    internal const int ShortLength = 12;

    /// <summary>SHA-256 of what every slot holds, as 64 lower case hexadecimal digits.</summary>
    /// <remarks>
    /// The hash is that of ASCII text: one line <c>gpus nodes</c>, then one line a layer <c>layer:expert,expert,...</c> with the logical
    /// expert in each slot, each line ended by a line feed. Loads, policy and groups do not enter: they say how a placement was made.
    /// </remarks>
    /// <param name="map">The placement.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static string Of(PlacementMap map, CancellationToken cancellationToken = default)
    {
        if (map is null) throw new ArgumentNullException(nameof(map));
        using var hash = new HashingStream(Stream.Null, cancellationToken);
        using (var text = new InvariantWriter(hash))
        {
            text.WriteLine($"{map.GpuCount} {map.NodeCount}");
            foreach (LayerPlacement layer in map.Layers)
            {
                text.Write($"{layer.Layer}:");
                text.WriteList(layer.PhysicalToLogical);
                text.WriteLine();
            }
        }

        return hash.TakeHash();
    }

    /// <summary>The first twelve digits of the hash, for labels and headings.</summary>
    /// <param name="map">The placement.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    internal static string ShortOf(PlacementMap map, CancellationToken cancellationToken) => Of(map, cancellationToken).Substring(0, ShortLength);
}
