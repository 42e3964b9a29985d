namespace Eplb;

/// <summary>Finds few slots to write that make a placement in force fit new loads.</summary>
internal interface IMoveSearch
{
    /// <summary>Finds the placement to go to.</summary>
    /// <param name="current">Expert in each slot now, -1 in an empty one: [slots].</param>
    /// <param name="start">Expert in each slot of the placement to start from, which is <paramref name="current"/> but for what must be written anyway: [slots].</param>
    /// <param name="maxMoves">Most slots that may be written.</param>
    /// <param name="target">Time of the slowest GPU at which to stop.</param>
    /// <param name="cancellationToken">Stops between two changes.</param>
    /// <returns>Expert in each slot: [slots].</returns>
    int[] Search(int[] current, int[] start, int maxMoves, double target, CancellationToken cancellationToken);
}
