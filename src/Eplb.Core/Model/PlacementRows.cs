namespace Eplb;

/// <summary>Puts placements together from rows, one a slot, as they come out of a file, another process or a filter.</summary>
public static class PlacementRows
{
    private const int Missing = int.MinValue;

    /// <summary>The placement that the rows describe. Rows of one live plan keep its loads, policy and cluster; of others, the policy, the groups and the speeds are those that the rows name.</summary>
    /// <param name="rows">Whole layers in any order: each slot of each layer once.</param>
    /// <exception cref="EplbException">No row, a slot missing or twice, or rows that disagree about the cluster, the replicas or the loads.</exception>
    public static PlacementMap ToMap(IReadOnlyList<PhysicalExpert> rows)
    {
        if (rows is null) throw new ArgumentNullException(nameof(rows));
        if (rows.Count == 0) throw new EplbException(EplbError.PlacementInvalid, "There are no slots: a placement needs at least one layer.");
        PlacementMap? live = rows[0].Map;
        if (live is not null && IsWhole(live, rows)) return live;

        ClusterShape shape = live?.Shape ?? InferShape(rows);
        int experts = rows.Max(row => row.LogicalExpert) + 1;
        if (experts > shape.ReplicaCount)
        {
            throw new EplbException(EplbError.IndexOutOfRange,
                $"Expert {experts - 1} cannot be right: {shape.ReplicaCount} slots a layer hold at most {shape.ReplicaCount} experts, numbered from 0.", experts - 1);
        }

        if (experts < 1) throw new EplbException(EplbError.PlacementInvalid, "All slots are empty: a placement holds every expert somewhere.");
        // Where some experts have a load of their own, a layer without any has none that is known; else it is idle.
        bool areExpertsSaid = rows.Any(row => row.ExpertLoad is not null);
        bool hasLoads = !areExpertsSaid && rows.Any(row => row.Load != 0);
        var layers = new List<LayerPlacement>();
        foreach (IGrouping<int, PhysicalExpert> layer in rows.GroupBy(row => row.Layer).OrderBy(layer => layer.Key))
            layers.Add(ToLayer(layer.Key, [.. layer], shape, experts, hasLoads || (areExpertsSaid && layer.Any(row => row.ExpertLoad is not null || row.Load != 0))));
        var map = new PlacementMap(layers, shape, live?.Policy ?? Common(rows, row => row.Policy, nameof(PhysicalExpert.Policy)) ?? PlacementPolicy.Global, live?.Sources);
        RowClaims.Check(map, rows);
        return map;
    }

    private static bool IsWhole(PlacementMap map, IReadOnlyList<PhysicalExpert> rows)
    {
        if (rows.Count != (long)map.Layer.Length * map.ReplicaCount) return false;
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i].Map != map || rows[i].PhysicalExpert != i % map.ReplicaCount || rows[i].Layer != map.Layer[i / map.ReplicaCount]) return false;
        }

        return true;
    }

    private static ClusterShape InferShape(IReadOnlyList<PhysicalExpert> rows)
    {
        // A number that is far off would cost memory for slots and GPUs that no row describes.
        PhysicalExpert last = rows.Aggregate((first, second) => second.PhysicalExpert > first.PhysicalExpert ? second : first);
        if (last.PhysicalExpert >= rows.Count) throw Incomplete([.. rows.Where(row => row.Layer == last.Layer)], last.PhysicalExpert + 1L);
        int slots = last.PhysicalExpert + 1, gpus = rows.Max(row => row.Gpu) + 1, nodes = rows.Max(row => row.Node) + 1;
        int groups = Common(rows, row => row.GroupCount, nameof(PhysicalExpert.GroupCount)) ?? 1;
        var inUse = new HashSet<int>(rows.Where(row => row.LogicalExpert != LiveSlots.Empty).Select(row => row.Gpu));
        var empty = new HashSet<int>(rows.Select(row => row.Gpu).Where(gpu => gpu >= 0 && !inUse.Contains(gpu)));
        var shape = new ClusterShape(slots, gpus, nodes, groups, empty.Count < gpus ? empty : null);
        return SpeedsOf(rows, gpus) is { } speeds ? new ClusterShape(slots, gpus, nodes, groups, shape.ExcludedGpus, speeds) : shape;
    }

    // What all rows that have it say of the plan.
    private static T? Common<T>(IReadOnlyList<PhysicalExpert> rows, Func<PhysicalExpert, T?> read, string name) where T : struct
    {
        T? common = null;
        foreach (PhysicalExpert row in rows)
        {
            if (read(row) is not { } value) continue;
            if (common is { } before && !before.Equals(value))
                throw new EplbException(EplbError.PlacementInvalid, $"Layer {row.Layer}, slot {row.PhysicalExpert}: {name} is {value}, but {before} in the rows before; these are not the slots of one plan.", row);
            common = value;
        }

        return common;
    }

    private static double[]? SpeedsOf(IReadOnlyList<PhysicalExpert> rows, int gpus)
    {
        double?[] speeds = new double?[gpus];
        foreach (PhysicalExpert row in rows)
        {
            if (row.GpuSpeed is not { } speed || row.Gpu < 0) continue;
            if (speeds[row.Gpu] is { } before && before != speed)
            {
                throw new EplbException(EplbError.PlacementInvalid,
                    FormattableString.Invariant($"Layer {row.Layer}, slot {row.PhysicalExpert}: GpuSpeed of GPU {row.Gpu} is {speed}, but {before} in the rows before; these are not the slots of one plan."), row);
            }

            speeds[row.Gpu] = speed;
        }

        return Array.TrueForAll(speeds, speed => speed is null) ? null : [.. speeds.Select(speed => speed ?? 1)];
    }

    private static LayerPlacement ToLayer(int layer, PhysicalExpert[] rows, ClusterShape shape, int experts, bool hasLoads)
    {
        int[] logical = new int[shape.ReplicaCount], replica = new int[shape.ReplicaCount];
        logical.AsSpan().Fill(Missing);
        foreach (PhysicalExpert row in rows)
        {
            int slot = row.PhysicalExpert;
            if ((uint)slot >= (uint)logical.Length || row.Gpu != shape.GpuOf(slot) || row.Node != shape.NodeOf(row.Gpu))
            {
                throw new EplbException(EplbError.PlacementInvalid,
                    $"Layer {layer}, slot {slot}: GPU {row.Gpu} on node {row.Node} does not own it; {shape.ReplicaCount} slots on {shape.GpuCount} GPUs in {shape.NodeCount} nodes are numbered GPU by GPU.",
                    row);
            }

            if (logical[slot] != Missing)
                throw new EplbException(EplbError.PlacementInvalid, $"Layer {layer}, slot {slot} is there twice.", row);
            logical[slot] = row.LogicalExpert;
            replica[slot] = row.Replica;
            ExpertLoad.CheckLoad(row.Load, layer, row.LogicalExpert, row);
        }

        if (rows.Length < logical.Length) throw Incomplete(rows, logical.Length);
        return LayerPlacement.Create(layer, logical, experts, hasLoads ? RowClaims.LoadsOf(rows, experts) : null, replica, allowsEmpty: true);
    }

    private static EplbException Incomplete(PhysicalExpert[] layer, long slots)
    {
        var there = new HashSet<int>(layer.Select(row => row.PhysicalExpert));
        int missing = Enumerable.Range(0, layer.Length + 1).First(slot => !there.Contains(slot)), id = layer[0].Layer;
        return new EplbException(EplbError.PlacementInvalid, $"Layer {id} has {layer.Length} of its {slots} slots (slot {missing} is missing); a placement needs whole layers.", id);
    }
}
