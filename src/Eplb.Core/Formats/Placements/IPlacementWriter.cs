namespace Eplb;

/// <summary>Writes placements in one format.</summary>
internal interface IPlacementWriter
{
    /// <summary>Writes a file. All rules of the format are known to hold.</summary>
    /// <param name="map">The placement.</param>
    /// <param name="rows">Its layers as the format numbers them.</param>
    /// <param name="output">Takes the file.</param>
    void Write(PlacementMap map, IReadOnlyList<PlacementRow> rows, Stream output);
}
