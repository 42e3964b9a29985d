namespace Eplb;

/// <summary>The best candidates of each number of moves, as a beam search holds them.</summary>
internal sealed class MoveBeam
{
    private readonly int _width;
    private readonly List<Candidate>?[] _levels;

    /// <summary>Makes a beam without candidates.</summary>
    /// <param name="maxMoves">Highest level.</param>
    /// <param name="width">Most candidates of a level.</param>
    public MoveBeam(int maxMoves, int width)
    {
        _width = width;
        _levels = new List<Candidate>?[maxMoves + 1];
    }

    /// <summary>True when a candidate of this score would be among the best of its level.</summary>
    /// <param name="moves">Level of the candidate.</param>
    /// <param name="score">Its score.</param>
    public bool Wants(int moves, double score) =>
        moves < _levels.Length && (_levels[moves] is not { } level || level.Count < _width || score < level[_width - 1].Score);

    /// <summary>Takes a candidate, if it is among the best of its level and not there yet.</summary>
    /// <param name="moves">Level of the candidate.</param>
    /// <param name="candidate">The candidate.</param>
    public void Offer(int moves, in Candidate candidate)
    {
        if (!Wants(moves, candidate.Score)) return;
        List<Candidate> level = _levels[moves] ??= new List<Candidate>(_width + 1);
        int place = level.Count;
        for (int i = 0; i < level.Count; i++)
        {
            if (level[i].Hash == candidate.Hash) return;
            if (place == level.Count && candidate.Score < level[i].Score) place = i;
        }

        level.Insert(place, candidate);
        if (level.Count > _width) level.RemoveAt(_width);
    }

    /// <summary>The candidates of a level, best first.</summary>
    /// <param name="moves">The level.</param>
    public IReadOnlyList<Candidate> Level(int moves) => _levels[moves] ?? [];

    /// <summary>A placement to be: another one, and what to change in it.</summary>
    /// <param name="Score">Sum of a high power of the GPU times: lower is better.</param>
    /// <param name="Hash">The same for equal placements.</param>
    /// <param name="From">Expert in each slot of the placement to start from: [slots].</param>
    /// <param name="Slot">Slot to change.</param>
    /// <param name="Other">Slot to exchange it with, or -1.</param>
    /// <param name="Expert">Expert to write, where there is no other slot.</param>
    /// <param name="Slot2">Second slot to exchange, or -1.</param>
    /// <param name="Other2">Slot to exchange the second one with.</param>
    public readonly record struct Candidate(double Score, ulong Hash, int[] From, int Slot, int Other, int Expert, int Slot2 = -1, int Other2 = -1);
}
