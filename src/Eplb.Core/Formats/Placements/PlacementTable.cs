namespace Eplb;

/// <summary>What a reader found in a file; what the file does not tell is null.</summary>
internal sealed class PlacementTable
{
    private readonly SortedDictionary<int, Layer> _layers = [];

    /// <summary>Number of logical experts, or null for one more than the highest id.</summary>
    public int? ExpertCount { get; init; }

    /// <summary>GPUs.</summary>
    public int? GpuCount { get; init; }

    /// <summary>Nodes.</summary>
    public int? NodeCount { get; init; }

    /// <summary>Expert groups.</summary>
    public int? GroupCount { get; init; }

    /// <summary>Policy that made the plan.</summary>
    public PlacementPolicy? Policy { get; init; }

    /// <summary>Files that the loads came from.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>Relative speed of each GPU.</summary>
    public IReadOnlyList<double>? GpuSpeed { get; init; }

    /// <summary>GPUs that hold nothing, ascending.</summary>
    public IReadOnlyList<int>? ExcludedGpu { get; init; }

    /// <summary>Whether slots may be empty, and GPUs have one slot more than others.</summary>
    public bool AllowsGaps { get; init; }

    /// <summary>How the format numbers layers.</summary>
    public LayerNumbering Numbering { get; init; } = LayerNumbering.Positions;

    /// <summary>What <see cref="ParsePolicy"/> takes, for messages.</summary>
    public static string Policies { get; } = string.Join(", ", typeof(PlacementPolicy).GetEnumNames());

    /// <summary>The policy of a name or a number, or null where there is none.</summary>
    /// <param name="text">Name in any case, or number.</param>
    public static PlacementPolicy? ParsePolicy(string text) =>
        // A number that is none of the members' prints as a number.
        Enum.TryParse(text, ignoreCase: true, out PlacementPolicy policy) && char.IsLetter(policy.ToString()[0]) ? policy : null;

    /// <summary>Takes a layer.</summary>
    /// <param name="layer">Layer id.</param>
    /// <param name="experts">Logical expert in each slot.</param>
    /// <param name="load">Load of each logical expert, or null.</param>
    /// <param name="replica">Replica number of each slot, or null to number them in slot order.</param>
    /// <exception cref="EplbException">The layer is there already, out of range, or of another length than those before it.</exception>
    public void Add(int layer, int[] experts, double[]? load = null, int[]? replica = null)
    {
        if ((uint)layer >= ModelLayers.MaxHiddenLayerCount)
        {
            throw new EplbException(EplbError.IndexOutOfRange,
                $"Layer {layer} is out of range; layer ids are 0 to {ModelLayers.MaxHiddenLayerCount - 1}.", layer);
        }

        if (_layers.ContainsKey(layer))
            throw new EplbException(EplbError.PlacementInvalid, $"Layer {layer} is there twice.", layer);
        if (_layers.Count > 0 && _layers.First() is { } first && first.Value.Experts.Length != experts.Length)
        {
            throw new EplbException(EplbError.RowLengthMismatch,
                $"Layer {layer} has {experts.Length} slots, but layer {first.Key} has {first.Value.Experts.Length}; all layers need the same number.", layer);
        }

        _layers.Add(layer, new Layer(experts, load, replica));
    }

    /// <summary>The placement, with what the file does not tell taken from the caller.</summary>
    /// <param name="options">What the caller knows.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="EplbException">A count is missing, file and caller contradict each other, or the placement breaks a rule.</exception>
    public PlacementMap ToMap(PlacementImportOptions options, CancellationToken cancellation)
    {
        if (_layers.Count == 0) throw new EplbException(EplbError.PlacementInvalid, "The file has no layer.");
        int slots = _layers.First().Value.Experts.Length;
        if (slots == 0) throw new EplbException(EplbError.PlacementInvalid, "The layers have no slots.");
        ClusterShape shape = ShapeOf(slots, options);
        if (AllowsGaps)
            shape = new ClusterShape(slots, shape.GpuCount, shape.NodeCount, shape.GroupCount, FindExcludedGpus(shape), GpuSpeed);
        else
            shape.CheckEven();
        int experts = ExpertCount ?? FindExpertCount(slots);
        (int Id, Layer Layer)[] layers = Number(options.Model, experts);
        return new PlacementMap(
            [.. layers.Select(ToPlacement)], shape, Policy ?? PlacementPolicy.Global, Sources);

        LayerPlacement ToPlacement((int Id, Layer Layer) entry)
        {
            cancellation.ThrowIfCancellationRequested();
            return LayerPlacement.Create(entry.Id, entry.Layer.Experts, experts, entry.Layer.Load, entry.Layer.Replica, AllowsGaps);
        }
    }

    private int[] FindExcludedGpus(ClusterShape shape)
    {
        int[] empty = LiveSlots.FindEmptyGpus([.. _layers.Values.Select(layer => layer.Experts)], shape);
        if (ExcludedGpu is null || ExcludedGpu.SequenceEqual(empty)) return empty;
        throw new EplbException(EplbError.PlacementInvalid,
            $"The file says that the excluded GPUs are [{string.Join(", ", ExcludedGpu)}], but those without experts are [{string.Join(", ", empty)}].", ExcludedGpu);
    }

    private ClusterShape ShapeOf(int slots, PlacementImportOptions options) => new(slots,
        Agree(nameof(GpuCount), GpuCount, options.GpuCount) ?? throw new EplbException(EplbError.ParameterMissing,
            $"The file does not tell how many GPUs its {slots} slots a layer belong to: give GpuCount."),
        Agree(nameof(NodeCount), NodeCount, options.NodeCount) ?? 1,
        Agree(nameof(GroupCount), GroupCount, options.GroupCount) ?? 1);

    private static int? Agree(string name, int? inFile, int? given) => inFile is null || given is null || inFile == given
        ? inFile ?? given
        : throw new EplbException(EplbError.PlacementInvalid, $"{name} {given} was given, but the file says {inFile}; leave it out to take the file's.", given);

    private int FindExpertCount(int slots)
    {
        int highest = 0;
        foreach (KeyValuePair<int, Layer> layer in _layers)
        {
            int slot = Array.FindIndex(layer.Value.Experts, expert => expert >= slots);
            if (slot >= 0)
            {
                throw new EplbException(EplbError.IndexOutOfRange,
                    $"Layer {layer.Key}, slot {slot}: expert {layer.Value.Experts[slot]} cannot be right; {slots} slots a layer hold at most {slots} experts, numbered from 0.",
                    layer.Value.Experts[slot]);
            }

            highest = Math.Max(highest, layer.Value.Experts.Max());
        }

        return highest + 1;
    }

    private (int Id, Layer Layer)[] Number(ModelLayers model, int experts)
    {
        PlacementRow[] rows = [.. _layers.Select(layer => new PlacementRow(layer.Key, layer.Value.Experts, gpus: [], layer.Value.Load))];
        int first = model.FirstMoeLayer ?? 0;
        int offset = Numbering switch
        {
            LayerNumbering.Positions => first,
            LayerNumbering.AsGiven => model.OffsetOf(rows, experts),
            _ => 0,
        };
        if (Numbering == LayerNumbering.MoeLayers && rows[0].Layer < first)
        {
            throw new EplbException(EplbError.IndexOutOfRange,
                $"Layer {rows[0].Layer} of the file comes before the first MoE layer {first}; the file has absolute ids of MoE layers only.", rows[0].Layer);
        }

        CheckRange(model, rows[rows.Length - 1].Layer + offset);
        (int Id, Layer Layer)[] numbered = [.. _layers.Where(layer => layer.Key + offset >= first).Select(layer => (layer.Key + offset, layer.Value))];
        if (numbered.Length == 0)
        {
            throw new EplbException(EplbError.LayerMissing,
                $"The file has no MoE layer: its last layer is {rows[rows.Length - 1].Layer}, but FirstMoeLayer is {first}.", first);
        }

        if ((Numbering == LayerNumbering.Positions ? first : model.FirstMoeLayer) is { } start) CheckWhole(numbered, start, model.HiddenLayerCount);
        return numbered;
    }

    private void CheckRange(ModelLayers model, int last)
    {
        if (model.HiddenLayerCount is not { } count) return;
        if (last >= count)
        {
            throw new EplbException(EplbError.IndexOutOfRange,
                $"Layer {last} of the file does not exist in a model of {count} hidden layers; they are 0 to {count - 1}.", last);
        }

        if (Numbering == LayerNumbering.EveryHiddenLayer && last < count - 1)
        {
            throw new EplbException(EplbError.LayerMissing,
                $"The file has {last + 1} layers, but the model has {count} hidden layers, and this format needs a row for each.", last);
        }

        if (Numbering == LayerNumbering.Positions && model.FirstMoeLayer is null && last < count - 1)
        {
            throw new EplbException(EplbError.ParameterMissing,
                $"The file has {last + 1} layers by position, but the model has {count} hidden layers: say with FirstMoeLayer which of them is the first MoE layer.", last);
        }
    }

    private static void CheckWhole((int Id, Layer Layer)[] layers, int first, int? hiddenLayerCount)
    {
        int end = hiddenLayerCount ?? layers[layers.Length - 1].Id + 1;
        int found = layers.TakeWhile((layer, i) => layer.Id == first + i).Count();
        if (first + found == end) return;
        throw new EplbException(EplbError.LayerMissing, $"The file lacks layer {first + found}; the MoE layers are {first} to {end - 1}.", first + found);
    }

    private sealed record Layer(int[] Experts, double[]? Load, int[]? Replica);
}
