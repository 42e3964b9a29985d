namespace Eplb;

/// <summary>What one file or directory holds: a whole recording, or one rank's part of it that others are to be added to.</summary>
public sealed class LoadRecording
{
    private readonly LoadSums _sums;
    private readonly HashSet<(int Rank, int Step)> _parts = [];
    private readonly int? _rankCount;
    private readonly int _layerCount, _slotCount;
    private readonly SortedDictionary<int, LoadSums>? _slotsOfRank;
    private EplbException? _mismatch;

    internal LoadRecording(string source, LoadFormat format, LoadSums sums, RecordingPart? part)
    {
        Source = source;
        Format = format;
        _sums = sums;
        if (part is null) return;
        _parts.Add((part.Rank, part.Step));
        _rankCount = part.RankCount;
        _layerCount = sums.RowCount;
        _slotCount = sums.ExpertCount;
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
    internal bool MayLack(string path) => IsPart && IsBeside(path) && !RecorderFileName.IsBesideLoads(path)
        && string.Equals(Path.GetExtension(path), Path.GetExtension(Source), StringComparison.OrdinalIgnoreCase);

    /// <summary>Adds another part of the same recording: the loads of another rank, which are added up window by window, or of its slots, which are put side by side.</summary>
    /// <param name="other">What another file holds; not to be used any more when it was added.</param>
    /// <returns>False when it belongs to another recording: of another format, shape or number of ranks, with windows kept apart where they are not here, or of a rank that is already there.</returns>
    public bool TryAdd(LoadRecording other)
    {
        if (other is null) throw new ArgumentNullException(nameof(other));
        bool isSame = IsPart && other.IsPart && other.Format == Format && other._rankCount == _rankCount
            && other._sums.PerWindow == _sums.PerWindow && !_parts.Overlaps(other._parts)
            && (_sums.IsSparse || other._slotCount == _slotCount || (_slotsOfRank is not null && IsBeside(other.Source)));
        if (!isSame) return false;
        if (_slotsOfRank is null)
            _sums.Add(other._sums);
        else
            AddSlots(_slotsOfRank, other);
        _parts.UnionWith(other._parts);
        return true;
    }

    /// <summary>The loads in ascending order of windows, then layers.</summary>
    /// <exception cref="EplbException">No load at all, a rank that is missing, or ranks that do not belong together. The message starts with the source.</exception>
    public IReadOnlyList<ExpertLoad> ToLoads()
    {
        try
        {
            CheckRanks();
            return (_slotsOfRank is null ? _sums : JoinSlots(_slotsOfRank)).ToLoads(Source);
        }
        catch (EplbException broken)
        {
            throw broken.At(Source, Source);
        }
    }

    private bool IsBeside(string path) => string.Equals(Path.GetDirectoryName(path), Path.GetDirectoryName(Source), StringComparison.Ordinal);

    private void AddSlots(SortedDictionary<int, LoadSums> slotsOfRank, LoadRecording other)
    {
        _mismatch ??= other._mismatch ?? FindMismatch(other);
        if (_mismatch is not null) return;
        foreach (KeyValuePair<int, LoadSums> rank in other._slotsOfRank!)
        {
            if (slotsOfRank.TryGetValue(rank.Key, out LoadSums? slots))
                slots.Add(rank.Value);
            else
                slotsOfRank.Add(rank.Key, rank.Value);
        }
    }

    private EplbException? FindMismatch(LoadRecording other)
    {
        (int rank, int step) = other._parts.Min();
        if (other._slotCount != _slotCount)
        {
            return new EplbException(EplbError.RowLengthMismatch,
                $"Step {step} of rank {rank} has {other._slotCount} slots, but this one {_slotCount}; all ranks need the same number of slots.", rank);
        }

        return other._layerCount == _layerCount ? null : new EplbException(EplbError.LayerMissing,
            $"Step {step} of rank {rank} has {other._layerCount} layers, but this one {_layerCount}; all ranks and steps need the same layers.", rank);
    }

    private void CheckRanks()
    {
        if (_mismatch is not null) throw _mismatch;
        // Where the files do not say how many there are, the highest rank in their names does.
        bool areNamed = Format is LoadFormat.OmniInfer or LoadFormat.TensorRTLLM;
        int rankCount = _rankCount ?? (areNamed && IsPart ? _parts.Max().Rank + 1 : 0);
        int[] steps = [.. _parts.Select(part => part.Step).Distinct()];
        for (int rank = 0; rank < rankCount; rank++)
        {
            int missing = Array.FindIndex(steps, step => !_parts.Contains((rank, step)));
            if (missing < 0) continue;
            string what = _slotsOfRank is null ? "Rank " : FormattableString.Invariant($"Step {steps[missing]} of rank ");
            throw new EplbException(EplbError.FileNotFound,
                $"{what}{rank} is missing; the recording has {rankCount} ranks, and needs the files of all of them.", rank);
        }
    }

    private LoadSums JoinSlots(SortedDictionary<int, LoadSums> slotsOfRank)
    {
        var joined = new LoadSums(_sums.PerWindow);
        double[] row = new double[slotsOfRank.Count * _slotCount];
        foreach (KeyValuePair<(long Window, int Layer), double[]> first in slotsOfRank[0].Rows)
        {
            foreach (KeyValuePair<int, LoadSums> rank in slotsOfRank)
                rank.Value.Find(first.Key.Window, first.Key.Layer)!.CopyTo(row, rank.Key * _slotCount);
            joined.Add(first.Key.Window, first.Key.Layer, row);
        }

        return joined;
    }
}

/// <summary>Which part of a recording a file is.</summary>
/// <param name="Rank">Rank that wrote it.</param>
/// <param name="Step">Step that it was written for, 0 where one file holds all.</param>
/// <param name="HoldsOwnSlots">Whether it holds the rank's own slots only, instead of the rank's share of all experts.</param>
/// <param name="RankCount">Ranks that the recording has, where it says so.</param>
internal sealed record RecordingPart(int Rank, int Step = 0, bool HoldsOwnSlots = false, int? RankCount = null);
