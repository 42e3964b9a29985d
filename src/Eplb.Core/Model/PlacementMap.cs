namespace Eplb;

/// <summary>A whole plan: what every slot of every layer holds. Immutable; the arrays must not be written to.</summary>
public sealed class PlacementMap
{
    private readonly Lazy<int[][][]> _logicalToPhysical;

    /// <summary>Puts the layers of one plan together.</summary>
    /// <param name="layers">At least one layer, ascending layer ids, all with the same number of slots and of experts.</param>
    /// <param name="shape">Cluster that the slots belong to.</param>
    /// <param name="policy">Policy that the plan follows.</param>
    /// <param name="sources">Files that the loads came from, or null.</param>
    /// <exception cref="EplbException">No layer, a layer twice, layers that disagree about their numbers of slots, experts or loads, or an empty slot on a GPU that is not excluded.</exception>
    public PlacementMap(IReadOnlyList<LayerPlacement> layers, ClusterShape shape, PlacementPolicy policy, IReadOnlyList<string>? sources = null)
    {
        if (layers is null) throw new ArgumentNullException(nameof(layers));
        Shape = shape ?? throw new ArgumentNullException(nameof(shape));
        if (layers.Count == 0)
            throw new EplbException(EplbError.PlacementInvalid, "A placement needs at least one layer.");
        for (int i = 0; i < layers.Count; i++)
        {
            if (i > 0 && layers[i].Layer <= layers[i - 1].Layer)
                throw new EplbException(EplbError.PlacementInvalid, $"Layer {layers[i].Layer} is there twice or out of order.", layers[i].Layer);
            if (layers[i].PhysicalToLogical.Length != shape.ReplicaCount || layers[i].ExpertCount.Length != layers[0].ExpertCount.Length)
            {
                throw new EplbException(EplbError.PlacementInvalid,
                    $"Layer {layers[i].Layer} has {layers[i].PhysicalToLogical.Length} slots and {layers[i].ExpertCount.Length} experts; the plan has {shape.ReplicaCount} and {layers[0].ExpertCount.Length}.",
                    layers[i].Layer);
            }

            CheckEmpty(layers[i], shape);
        }

        Layers = layers;
        Policy = policy;
        Sources = sources ?? [];
        Layer = [.. layers.Select(layer => layer.Layer)];
        PhysicalToLogical = [.. layers.Select(layer => layer.PhysicalToLogical)];
        ExpertCount = [.. layers.Select(layer => layer.ExpertCount)];
        Load = layers.Any(layer => layer.Load is null) ? null : [.. layers.Select(layer => layer.Load!)];
        _logicalToPhysical = new Lazy<int[][][]>(BuildLogicalToPhysical);
    }

    /// <summary>Layer ids, ascending.</summary>
    public int[] Layer { get; }

    /// <summary>Physical experts (slots) of one layer.</summary>
    public int ReplicaCount => Shape.ReplicaCount;

    /// <summary>GPUs (ranks).</summary>
    public int GpuCount => Shape.GpuCount;

    /// <summary>Nodes.</summary>
    public int NodeCount => Shape.NodeCount;

    /// <summary>GPUs that hold nothing, ascending: their slots are empty.</summary>
    public IReadOnlyList<int> ExcludedGpu => Shape.ExcludedGpus;

    /// <summary>Relative speed of each GPU that the plan was made for, 0 for the excluded ones: [GPUs]; null where all are taken to be equally fast.</summary>
    public IReadOnlyList<double>? GpuSpeed => Shape.GpuSpeed;

    /// <summary>Expert groups of the model's router.</summary>
    public int GroupCount => Shape.GroupCount;

    /// <summary>Policy that made the plan; never Auto, which is one of the others.</summary>
    public PlacementPolicy Policy { get; }

    /// <summary>Logical expert in each slot, -1 in an empty one: [layer position][slot].</summary>
    public int[][] PhysicalToLogical { get; }

    /// <summary>Slots of each logical expert, by replica number: [layer position][expert][replica], padded with -1 to the highest replica count of the plan.</summary>
    /// <remarks>Made when first asked for: it can be far larger than the plan itself.</remarks>
    public int[][][] LogicalToPhysical => _logicalToPhysical.Value;

    /// <summary>Number of replicas of each logical expert: [layer position][expert].</summary>
    public int[][] ExpertCount { get; }

    /// <summary>Load of each logical expert that the plan was made from: [layer position][expert]; null where it is not known.</summary>
    public double[][]? Load { get; }

    /// <summary>Files that the loads came from, in the order in which they came.</summary>
    public IReadOnlyList<string> Sources { get; }

    /// <summary>Layers, in the order of <see cref="Layer"/>.</summary>
    internal IReadOnlyList<LayerPlacement> Layers { get; }

    /// <summary>Cluster that the slots belong to.</summary>
    internal ClusterShape Shape { get; }

    /// <summary>The plan as one object a slot, layer after layer.</summary>
    public IEnumerable<PhysicalExpert> GetPhysicalExperts()
    {
        foreach (LayerPlacement layer in Layers)
        {
            for (int slot = 0; slot < ReplicaCount; slot++)
                yield return new PhysicalExpert(this, layer, slot);
        }
    }

    private static void CheckEmpty(LayerPlacement layer, ClusterShape shape)
    {
        int[] experts = layer.PhysicalToLogical;
        if (shape.ExcludedGpus.Count == 0 && Array.IndexOf(experts, LiveSlots.Empty) < 0) return;
        for (int slot = 0; slot < experts.Length; slot++)
        {
            int gpu = shape.GpuOf(slot);
            bool isExcluded = shape.IsExcluded(gpu);
            if (isExcluded == (experts[slot] == LiveSlots.Empty)) continue;
            throw isExcluded
                ? PlacementFinding.Refuse(layer.Layer, gpu, slot, $" holds expert {experts[slot]}, but its GPU {gpu} is excluded; the slots of an excluded GPU are empty.")
                : PlacementFinding.Refuse(layer.Layer, gpu, slot, $" is empty, but its GPU {gpu} is not excluded; only the slots of a GPU that holds nothing in any layer are empty.");
        }
    }

    private int[][][] BuildLogicalToPhysical()
    {
        int longest = Layers.Max(layer => layer.ExpertCount.Max());
        return [.. Layers.Select(layer => Invert(layer, longest))];
    }

    private static int[][] Invert(LayerPlacement layer, int longest)
    {
        var slots = new int[layer.ExpertCount.Length][];
        for (int expert = 0; expert < slots.Length; expert++)
        {
            slots[expert] = new int[longest];
            slots[expert].AsSpan(layer.ExpertCount[expert]).Fill(-1);
        }

        for (int slot = 0; slot < layer.PhysicalToLogical.Length; slot++)
        {
            int expert = layer.PhysicalToLogical[slot];
            if (expert != LiveSlots.Empty) slots[expert][layer.Replica[slot]] = slot;
        }

        return slots;
    }
}
