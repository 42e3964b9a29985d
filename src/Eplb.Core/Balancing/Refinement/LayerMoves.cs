namespace Eplb;

/// <summary>Changes the placement of one layer in few slots so that it fits new loads; owns the buffers.</summary>
/// <remarks>
/// The aim is the balance of a fresh refined plan, within a thousandth, or the balance asked for. Where the search for few moves ends
/// above it and the budget allows more, the placement that it ended with is refined like any plan, and last the fresh plan is taken;
/// without a budget, what either writes beyond need is taken back.
/// A layer that is at its aim already is left alone. Experts that no GPU in use holds are created again first, whatever the budget.
/// </remarks>
internal sealed class LayerMoves
{
    private const double Tolerance = 1e-3;

    // The beam search takes time with the cube of the slots.
    private const int SlotsWorthABeam = 640;

    // GPUs of this many slots are refined to their bound nearly always, so that it serves as the aim, and a fresh plan is not needed.
    private const int SlotsThatReachTheBound = 8;

    // A budget that is used up is worth a longer look at what it could do.
    private const int EffortForABudget = 10;

    private const int Escapes = 4;
    private const double EscapePart = 0.25;
    private const double NearTarget = 1.005;

    private readonly PlacementPolicy _policy;
    private readonly ClusterShape _shape;
    private readonly GpuAssignment _plan;
    private readonly IMoveSearch _search;
    private readonly MoveSearch? _thorough;
    private readonly MoveReduction? _reduction;
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
        if (shape.ReplicaCount > SlotsWorthABeam)
        {
            _search = new MoveDescent(_plan, nodeOfGpu, _nodeOfExpert);
            return;
        }

        var scores = new ChangeScores(_plan);
        var beam = new MoveSearch(_plan, scores, nodeOfGpu, _nodeOfExpert);
        _search = beam;
        _thorough = new MoveSearch(_plan, scores, nodeOfGpu, _nodeOfExpert, EffortForABudget);
        _reduction = new MoveReduction(_plan, scores, beam, nodeOfGpu, _nodeOfExpert);
    }

    /// <summary>The placement to go to.</summary>
    /// <param name="layer">Layer id.</param>
    /// <param name="load">New load of each logical expert: [experts].</param>
    /// <param name="current">Logical expert in each slot now, -1 in an empty one: [slots].</param>
    /// <param name="fresh">Makes a fresh refined plan for the new loads: [slots].</param>
    /// <param name="options">Budget and aim.</param>
    /// <param name="cancellationToken">Stops between two placements.</param>
    public int[] Plan(int layer, double[] load, int[] current, Func<int[]> fresh, PlanOptions options, CancellationToken cancellationToken)
    {
        FindNodes(layer, current);
        load.CopyTo(_plan.Load, 0);
        int[] start = Recreation.Complete(current, load, _shape, _policy == PlacementPolicy.Hierarchical ? _nodeOfExpert : null);
        int maxMoves = Math.Max(Moves(start, current), Math.Min(options.MaxMoves ?? current.Length, current.Length));
        int[]? plan = null;
        double target = options.TargetBalance is { } balance ? load.Sum() / _shape.TotalSpeed / balance
            : (_shape.SlotsPerGpu >= SlotsThatReachTheBound ? LoadBound.Of(load, _shape, _policy).Value : Slowest(plan = fresh())) * (1 + Tolerance);
        int[] best = _search.Search(current, start, maxMoves, target, cancellationToken);
        double slowest = Slowest(best);
        if (slowest <= target) return best;
        // What is left of the budget may be no more than a change takes: neither a refined nor a fresh plan will fit it.
        if (Moves(best, current) >= maxMoves - 1)
            return _thorough is null ? best : Better(best, _thorough.Search(current, start, maxMoves, target, cancellationToken), current, maxMoves, target);

        plan ??= fresh();
        double reachable = Slowest(plan) * (1 + Tolerance);
        if (options.TargetBalance is null && reachable > target)
        {
            target = reachable;
            if (slowest <= target) return _search.Search(current, start, maxMoves, target, cancellationToken);
        }

        // What is so near is not worth a move.
        if (Moves(best, current) == 0 && slowest <= target * (1 + MoveSearch.Worth)) return best;
        best = GoOn(best, current, maxMoves, target, options, cancellationToken);
        return Slowest(best) <= target ? best : Better(best, FewerMoves(layer, plan, current, target, options, cancellationToken), current, maxMoves, target);
    }

    // Where the search is stuck, a local search finds the way on: nearly there, the whole of it, and else to where it can start anew.
    private int[] GoOn(int[] best, int[] current, int maxMoves, double target, PlanOptions options, CancellationToken cancellationToken)
    {
        for (int i = 0; i < Escapes && _refinement is not null; i++)
        {
            double slowest = Slowest(best);  // makes it the plan that is refined
            if (slowest <= target) break;
            _refinement.ImproveTo(slowest <= target * NearTarget ? target : slowest - (EscapePart * (slowest - target)), cancellationToken);
            int[] next = (int[])_plan.Expert.Clone();
            Align(next, current);
            if (Slowest(next) >= slowest || Moves(next, current) > maxMoves) break;
            if (Slowest(next) > target) next = _search.Search(current, next, maxMoves, target, cancellationToken);
            if (options.MaxMoves is null) _reduction?.Reduce(next, current, Math.Max(target, Slowest(next)), cancellationToken);
            best = next;
        }

        return best;
    }

    // The fresh plan, but for what need not be written.
    private int[] FewerMoves(int layer, int[] fresh, int[] current, double target, PlanOptions options, CancellationToken cancellationToken)
    {
        int[] plan = (int[])fresh.Clone();
        if (_reduction is not null) GpuMatching.Apply(plan, current, _shape, keepsNodes: _refinement is null);
        Align(plan, current);
        if (_reduction is null || options.MaxMoves is not null) return plan;
        FindNodes(layer, plan);
        _reduction.Reduce(plan, current, Math.Max(target, Slowest(plan)), cancellationToken);
        return plan;
    }

    private int[] Better(int[] best, int[] other, int[] current, int maxMoves, double target)
    {
        double slowest = Slowest(best), time = Slowest(other);
        return Moves(other, current) <= maxMoves && time < slowest && (time <= target || time < slowest * (1 - Tolerance)) ? other : best;
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
