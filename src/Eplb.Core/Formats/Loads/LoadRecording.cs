namespace Eplb;

/// <summary>What one file or directory holds: a whole recording, or one rank's part of it that others are to be added to.</summary>
public sealed class LoadRecording
{
    private readonly LoadSums _sums;
    private readonly HashSet<(int Rank, int Step)> _parts = [];
    private readonly SortedDictionary<int, LoadSums>? _slotsOfRank;

    internal LoadRecording(string source, LoadFormat format, LoadSums sums, RecordingPart? part)
    {
        Source = source;
        Format = format;
        _sums = sums;
        if (part is null) return;
        _parts.Add((part.Rank, part.Step));
        if (part.HoldsOwnSlots) _slotsOfRank = new SortedDictionary<int, LoadSums> { [part.Rank] = sums };
    }

    /// <summary>File or directory that was read; the first one where parts were added.</summary>
    public string Source { get; }

    /// <summary>Format that the file has.</summary>
    public LoadFormat Format { get; }

    /// <summary>Whether this is the part of one rank, or a sum of such parts.</summary>
    public bool IsPart => _parts.Count > 0;

    /// <summary>Whether a file that could not be read may have been a part of this recording: one of the same kind beside it.</summary>
    /// <param name="path">Path of the file.</param>
    internal bool MayLack(string path) => IsPart && string.Equals(Path.GetDirectoryName(path), Path.GetDirectoryName(Source), StringComparison.Ordinal)
        && string.Equals(Path.GetExtension(path), Path.GetExtension(Source), StringComparison.OrdinalIgnoreCase);

    /// <summary>Adds another part of the same recording: the loads of another rank, which are added up window by window, or of its slots, which are put side by side.</summary>
    /// <param name="other">What another file holds; not to be used any more when it was added.</param>
    /// <returns>False when it belongs to another recording: another format or shape, or a rank that is already there.</returns>
    public bool TryAdd(LoadRecording other)
    {
        if (other is null) throw new ArgumentNullException(nameof(other));
        bool isSame = IsPart && other.IsPart && other.Format == Format && !_parts.Overlaps(other._parts)
            && (_sums.IsSparse || other._sums.ExpertCount == _sums.ExpertCount);
        if (!isSame) return false;
        _parts.UnionWith(other._parts);
        if (_slotsOfRank is null)
        {
            _sums.Add(other._sums);
            return true;
        }

        foreach (KeyValuePair<int, LoadSums> rank in other._slotsOfRank!)
        {
            if (_slotsOfRank.TryGetValue(rank.Key, out LoadSums? slots))
                slots.Add(rank.Value);
            else
                _slotsOfRank.Add(rank.Key, rank.Value);
        }

        return true;
    }

    /// <summary>The loads in ascending order of windows, then layers.</summary>
    /// <exception cref="EplbException">No load at all, or a rank that is missing. The message starts with the source.</exception>
    public IReadOnlyList<ExpertLoad> ToLoads()
    {
        try
        {
            return (_slotsOfRank is null ? _sums : JoinSlots(_slotsOfRank)).ToLoads(Source);
        }
        catch (EplbException broken)
        {
            throw broken.At(Source, Source);
        }
    }

    private LoadSums JoinSlots(SortedDictionary<int, LoadSums> slotsOfRank)
    {
        int rankCount = slotsOfRank.Keys.Max() + 1;
        int[] steps = [.. _parts.Select(part => part.Step).Distinct()];
        for (int rank = 0; rank < rankCount; rank++)
        {
            int missing = Array.FindIndex(steps, step => !_parts.Contains((rank, step)));
            if (missing < 0) continue;
            throw new EplbException(EplbError.FileNotFound,
                $"Step {steps[missing]} of rank {rank} is missing; the recording has {rankCount} ranks, and their slots are read side by side.", rank);
        }

        var joined = new LoadSums(_sums.PerWindow);
        int slots = _sums.ExpertCount;
        double[] row = new double[rankCount * slots];
        foreach (KeyValuePair<(long Window, int Layer), double[]> first in slotsOfRank[0].Rows)
        {
            for (int rank = 0; rank < rankCount; rank++)
            {
                double[]? own = slotsOfRank[rank].Find(first.Key.Window, first.Key.Layer);
                if (own is null || slotsOfRank[rank].RowCount != slotsOfRank[0].RowCount)
                    throw new EplbException(EplbError.LayerMissing, $"Rank {rank} has other layers than rank 0; all ranks need the same.", rank);
                own.CopyTo(row, rank * slots);
            }

            joined.Add(first.Key.Window, first.Key.Layer, row);
        }

        return joined;
    }
}

/// <summary>Which part of a recording a file is.</summary>
/// <param name="Rank">Rank that wrote it.</param>
/// <param name="Step">Step that it was written for, 0 where one file holds all.</param>
/// <param name="HoldsOwnSlots">Whether it holds the rank's own slots only, instead of the rank's share of all experts.</param>
internal sealed record RecordingPart(int Rank, int Step = 0, bool HoldsOwnSlots = false);
