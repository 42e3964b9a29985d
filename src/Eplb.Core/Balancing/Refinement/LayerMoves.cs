namespace Eplb;

/// <summary>Changes the placement of one layer in few slots so that it fits new loads; owns the buffers.</summary>
/// <remarks>
/// The aim is the balance of a fresh refined plan, within a thousandth, or the balance asked for. Where the search for few moves ends
/// above it and the budget allows more, the placement that it ended with is refined like any plan, and last the fresh plan is taken.
/// A layer that is at its aim already is left alone. Experts that no GPU in use holds are created again first, whatever the budget.
/// </remarks>
internal sealed class LayerMoves
{
    private const double Tolerance = 1e-3;

    // The beam search takes time with the cube of the slots.
    private const int SlotsWorthABeam = 640;

    private readonly PlacementPolicy _policy;
    private readonly ClusterShape _shape;
    private readonly GpuAssignment _plan;
    private readonly IMoveSearch _search;
    private readonly LocalSearch? _refinement;
    private readonly int[]? _nodeOfExpert;

    /// <summary>Makes the buffers.</summary>
    /// <param name="policy">A resolved policy, not Auto.</param>
    /// <param name="experts">Logical experts of a layer.</param>
    /// <param name="shape">Cluster without excluded GPUs; already checked against the policy.</param>
    public LayerMoves(PlacementPolicy policy, int experts, ClusterShape shape)
    {
        _policy = policy;
        _shape = shape;
        _plan = new GpuAssignment(experts, shape.FirstSlots(), shape.Speeds());
        bool anyNode = policy == PlacementPolicy.Global || shape.NodeCount == 1;
        if (anyNode) _refinement = new LocalSearch(_plan);
        if (policy != PlacementPolicy.IntraNode) _nodeOfExpert = new int[experts];
        int[] nodeOfGpu = [.. Enumerable.Range(0, shape.GpuCount).Select(gpu => anyNode ? 0 : shape.NodeOf(gpu))];
        _search = shape.ReplicaCount <= SlotsWorthABeam ? new MoveSearch(_plan, new ChangeScores(_plan), nodeOfGpu, _nodeOfExpert) : new MoveDescent(_plan, nodeOfGpu, _nodeOfExpert);
    }

    /// <summary>The placement to go to.</summary>
    /// <param name="layer">Layer id.</param>
    /// <param name="load">New load of each logical expert: [experts].</param>
    /// <param name="current">Logical expert in each slot now, -1 in an empty one: [slots].</param>
    /// <param name="fresh">A fresh refined plan for the new loads: [slots].</param>
    /// <param name="options">Budget and aim.</param>
    /// <param name="cancellationToken">Stops between two placements.</param>
    public int[] Plan(int layer, double[] load, int[] current, int[] fresh, PlanOptions options, CancellationToken cancellationToken)
    {
        FindNodes(layer, current);
        load.CopyTo(_plan.Load, 0);
        int[] start = Recreation.Complete(current, load, _shape, _policy == PlacementPolicy.Hierarchical ? _nodeOfExpert : null);
        int maxMoves = Math.Max(Moves(start, current), Math.Min(options.MaxMoves ?? current.Length, current.Length));
        double target = options.TargetBalance is { } balance ? load.Sum() / _shape.TotalSpeed / balance : Slowest(fresh) * (1 + Tolerance);
        int[] best = _search.Search(current, start, maxMoves, target, cancellationToken);
        double slowest = Slowest(best);
        // What is left of the budget is no more than a change takes: neither a refined nor a fresh plan will fit it.
        if (slowest <= target || Moves(best, current) >= maxMoves - 1) return best;

        foreach (int[] further in Further(best, fresh, target, cancellationToken))
        {
            Align(further, current);
            double time = Slowest(further);
            if (time >= slowest * (1 - Tolerance) || Moves(further, current) > maxMoves) continue;
            best = further;
            slowest = time;
            if (slowest <= target) break;
        }

        return best;
    }

    private IEnumerable<int[]> Further(int[] best, int[] fresh, double target, CancellationToken cancellationToken)
    {
        if (_refinement is not null)
        {
            _plan.Assign(best);
            _refinement.Improve(target, cancellationToken);
            yield return (int[])_plan.Expert.Clone();
        }

        yield return (int[])fresh.Clone();
    }

    // Experts that are on the GPU already go back to the slots they were in.
    private void Align(int[] experts, int[] current)
    {
        for (int owner = 0; owner < _shape.GpuCount; owner++)
        {
            int first = _shape.FirstSlotOf(owner);
            Span<int> gpu = experts.AsSpan(first, _shape.SlotsOn(owner));
            for (int slot = 0; slot < gpu.Length; slot++)
            {
                int wanted = current[first + slot], found = gpu.IndexOf(wanted);
                if (gpu[slot] == wanted || found < 0 || current[first + found] == wanted) continue;
                (gpu[slot], gpu[found]) = (gpu[found], gpu[slot]);
            }
        }
    }

    private static int Moves(int[] experts, int[] current) => experts.Where((expert, slot) => expert != current[slot]).Count();

    private double Slowest(int[] experts)
    {
        _plan.Assign(experts);
        return _plan.Time[_plan.HottestGpu()];
    }

    private void FindNodes(int layer, int[] current)
    {
        if (_policy != PlacementPolicy.Hierarchical || _shape.NodeCount == 1) return;
        int groupSize = _nodeOfExpert!.Length / _shape.GroupCount;
        _nodeOfExpert.AsSpan().Fill(-1);
        for (int slot = 0; slot < current.Length; slot++)
        {
            if (current[slot] == LiveSlots.Empty) continue;
            int group = current[slot] / groupSize, node = _shape.NodeOf(_shape.GpuOf(slot)), known = _nodeOfExpert[group * groupSize];
            if (known >= 0 && known != node)
            {
                throw new EplbException(EplbError.PlacementInvalid,
                    $"Layer {layer} of the current placement has experts of group {group} on nodes {known} and {node}, but the Hierarchical policy keeps a group on one node; plan with the Global policy.",
                    layer);
            }

            _nodeOfExpert.AsSpan(group * groupSize, groupSize).Fill(node);
        }

        PlaceLostGroups(groupSize);
    }

    // A group of which nothing is left goes to the node with the fewest groups.
    private void PlaceLostGroups(int groupSize)
    {
        int[] groups = new int[_shape.NodeCount];
        for (int first = 0; first < _nodeOfExpert!.Length; first += groupSize)
        {
            if (_nodeOfExpert[first] >= 0) groups[_nodeOfExpert[first]]++;
        }

        for (int first = 0; first < _nodeOfExpert.Length; first += groupSize)
        {
            if (_nodeOfExpert[first] >= 0) continue;
            int node = Array.IndexOf(groups, groups.Min());
            groups[node]++;
            _nodeOfExpert.AsSpan(first, groupSize).Fill(node);
        }
    }
}
