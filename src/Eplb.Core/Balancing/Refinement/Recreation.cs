namespace Eplb;

/// <summary>Completes a placement that lost GPUs, or got them back: every expert lives somewhere again, and no slot is empty.</summary>
internal static class Recreation
{
    /// <summary>Writes the experts that no slot holds, the most loaded one first, each to where the slowest GPU that is affected stays fastest; then fills what is still empty with further replicas of the experts with the largest ones.</summary>
    /// <param name="current">Expert in each slot, -1 in an empty one: [slots].</param>
    /// <param name="load">Load of each expert: [experts].</param>
    /// <param name="shape">Cluster without excluded GPUs.</param>
    /// <param name="nodeOfExpert">Node that each expert stays on, or null where any will do: [experts].</param>
    /// <returns>The completed placement, or the same array where it is complete.</returns>
    /// <exception cref="EplbException">A node has too few slots for the experts that stay on it.</exception>
    public static int[] Complete(int[] current, double[] load, ClusterShape shape, int[]? nodeOfExpert)
    {
        var plan = new Draft(current, load, shape, nodeOfExpert);
        int[] lost = [.. Enumerable.Range(0, load.Length).Where(expert => plan.CountOf(expert) == 0).OrderByDescending(expert => load[expert])];
        if (lost.Length == 0 && Array.IndexOf(current, LiveSlots.Empty) < 0) return current;
        foreach (int expert in lost) plan.Create(expert);
        for (int slot = 0; slot < current.Length; slot++) plan.Fill(slot);
        return plan.Slots;
    }

    /// <summary>A placement on its way to completeness.</summary>
    private sealed class Draft
    {
        private readonly double[] _load;
        private readonly ClusterShape _shape;
        private readonly int[]? _nodeOfExpert;
        private readonly int[] _count;
        private readonly List<int>[] _slotsOf;  // [experts]

        public Draft(int[] current, double[] load, ClusterShape shape, int[]? nodeOfExpert)
        {
            Slots = (int[])current.Clone();
            _load = load;
            _shape = shape;
            _nodeOfExpert = nodeOfExpert;
            _count = new int[load.Length];
            _slotsOf = [.. load.Select(_ => new List<int>())];
            for (int slot = 0; slot < Slots.Length; slot++)
            {
                if (Slots[slot] == LiveSlots.Empty) continue;
                _count[Slots[slot]]++;
                _slotsOf[Slots[slot]].Add(slot);
            }
        }

        public int[] Slots { get; }

        public int CountOf(int expert) => _count[expert];

        public void Create(int expert)
        {
            double[] gpuLoad = GpuLoads();
            int best = -1;
            double earliest = double.PositiveInfinity;
            bool isEmpty = false;
            for (int slot = 0; slot < Slots.Length; slot++)
            {
                if (!MayHold(slot, expert) || (Slots[slot] != LiveSlots.Empty && (isEmpty || _count[Slots[slot]] < 2))) continue;
                // An empty slot costs no other expert a replica.
                double end = EndOf(slot, expert, gpuLoad);
                if (end >= earliest && (isEmpty || Slots[slot] != LiveSlots.Empty)) continue;
                isEmpty = Slots[slot] == LiveSlots.Empty;
                earliest = end;
                best = slot;
            }

            if (best < 0)
            {
                throw new EplbException(EplbError.TooFewReplicas,
                    $"No slot is left for the lost expert {expert} on node {_nodeOfExpert?[expert]}, where the policy keeps it; plan with the Global policy.", expert);
            }

            Write(best, expert);
        }

        public void Fill(int slot)
        {
            if (Slots[slot] != LiveSlots.Empty) return;
            int first = _shape.FirstSlotOf(_shape.GpuOf(slot)), best = -1;
            Span<int> gpu = Slots.AsSpan(first, _shape.SlotsOn(_shape.GpuOf(slot)));
            for (int pass = 0; pass < 2 && best < 0; pass++)
            {
                // Only where the GPU holds all that it may, a second replica on it is better than nothing.
                for (int expert = 0; expert < _load.Length; expert++)
                {
                    if (!MayHold(slot, expert) || (pass == 0 && gpu.IndexOf(expert) >= 0)) continue;
                    if (best < 0 || _load[expert] / _count[expert] > _load[best] / _count[best]) best = expert;
                }
            }

            Write(slot, best);
        }

        private bool MayHold(int slot, int expert) => _nodeOfExpert is null || _nodeOfExpert[expert] == _shape.NodeOf(_shape.GpuOf(slot));

        // Time of the slowest of the GPUs that get more when the slot gets the expert.
        private double EndOf(int slot, int expert, double[] gpuLoad)
        {
            int old = Slots[slot], gpu = _shape.GpuOf(slot);
            if (old == LiveSlots.Empty) return (gpuLoad[gpu] + _load[expert]) / _shape.SpeedOf(gpu);
            double share = _load[old] / _count[old], raise = (_load[old] / (_count[old] - 1)) - share;
            double end = (gpuLoad[gpu] - share + _load[expert]) / _shape.SpeedOf(gpu);
            foreach (int other in _slotsOf[old])
            {
                int holder = _shape.GpuOf(other);
                if (other != slot) end = Math.Max(end, (gpuLoad[holder] + raise) / _shape.SpeedOf(holder));
            }

            return end;
        }

        private double[] GpuLoads()
        {
            double[] sums = new double[_shape.GpuCount];
            for (int slot = 0; slot < Slots.Length; slot++)
            {
                if (Slots[slot] != LiveSlots.Empty) sums[_shape.GpuOf(slot)] += _load[Slots[slot]] / _count[Slots[slot]];
            }

            return sums;
        }

        private void Write(int slot, int expert)
        {
            int old = Slots[slot];
            if (old != LiveSlots.Empty)
            {
                _count[old]--;
                _slotsOf[old].Remove(slot);
            }

            Slots[slot] = expert;
            _count[expert]++;
            _slotsOf[expert].Add(slot);
        }
    }
}
