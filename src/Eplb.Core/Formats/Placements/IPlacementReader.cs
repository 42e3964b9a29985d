namespace Eplb;

/// <summary>Reads placements in one format.</summary>
internal interface IPlacementReader
{
    /// <summary>Whether the file looks like one of this format.</summary>
    /// <param name="source">The file.</param>
    bool Recognises(PlacementSource source);

    /// <summary>Reads the file.</summary>
    /// <param name="source">The file.</param>
    /// <exception cref="EplbException">The file breaks a rule of its format.</exception>
    PlacementTable Read(PlacementSource source);
}
