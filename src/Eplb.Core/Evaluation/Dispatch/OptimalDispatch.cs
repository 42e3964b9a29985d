namespace Eplb;

/// <summary>The split of each expert's load over its replicas that makes the GPU loads as even as the placement allows: exact.</summary>
/// <remarks>
/// <para>A flow problem: load moves between two GPUs along chains of experts that both ends hold. From the even split, load moves from GPUs
/// above the mean to GPUs below it along shortest chains until none is left. GPUs still above the mean, and all that their load could
/// reach, then share no movable load with the others: the two sets are problems of their own with means of their own.</para>
/// <para>The result is the lexicographic optimum, not only the lowest maximum, so the GPU loads do not depend on the order of the search: an
/// expert has load on a GPU only if none of its other GPUs carries less. Source: the decomposition algorithm for resource allocation
/// under submodular constraints (Fujishige 1980) on the bipartite graph of experts and GPUs.</para>
/// </remarks>
internal sealed class OptimalDispatch(CancellationToken cancellationToken) : IDispatchRule
{
    /// <inheritdoc/>
    public void Share(LayerPlacement placement, ReadOnlySpan<double> load, ClusterShape shape, Span<double> slotLoad)
    {
        new EvenDispatch().Share(placement, load, shape, slotLoad);
        new Search(placement, shape, slotLoad).Level(cancellationToken);
    }

    private readonly ref struct Search
    {
        private const int OutOfUse = -1;

        private readonly int[] _expert;      // [slots]
        private readonly ClusterShape _shape;
        private readonly ReplicaTable _replicas;
        private readonly Span<double> _slotLoad;
        private readonly double[] _gpuLoad;  // [GPUs]
        private readonly int[] _set;         // [GPUs]: the problem that a GPU belongs to, or OutOfUse
        private readonly int[] _from, _to;   // [GPUs]: slots that the chain to a GPU moves load between
        private readonly int[] _queue;       // [GPUs]
        private readonly int[] _gpuSeen, _expertSeen;
        private readonly double _negligible;

        public Search(LayerPlacement placement, ClusterShape shape, Span<double> slotLoad)
        {
            _expert = placement.PhysicalToLogical;
            _shape = shape;
            _replicas = new ReplicaTable(placement);
            _slotLoad = slotLoad;
            _gpuLoad = new double[shape.GpuCount];
            for (int slot = 0; slot < slotLoad.Length; slot++) _gpuLoad[shape.GpuOf(slot)] += slotLoad[slot];
            _set = [.. Enumerable.Range(0, shape.GpuCount).Select(gpu => shape.IsExcluded(gpu) ? OutOfUse : 0)];
            _from = new int[shape.GpuCount];
            _to = new int[shape.GpuCount];
            _queue = new int[shape.GpuCount];
            _gpuSeen = new int[shape.GpuCount];
            _expertSeen = new int[placement.ExpertCount.Length];
            // Rounding must not pass for load that could still be moved.
            double total = 0;
            foreach (double value in _gpuLoad) total += value;
            _negligible = total / shape.GpuCount * 1e-12;
        }

        public void Level(CancellationToken cancellationToken)
        {
            int set = 0, sets = 1, round = 0;
            while (set < sets)
            {
                double mean = Mean(set, out int size);
                int reached;
                while ((reached = FindChain(set, mean, ++round, out int end)) > 0 && end >= 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Move(end, mean);
                }

                if (reached == 0 || reached == size)
                {
                    set++;
                    continue;
                }

                // What was reached is cut off from the rest: both are levelled again, by their own means.
                for (int i = 0; i < reached; i++) _set[_queue[i]] = sets;
                sets++;
            }
        }

        // Breadth first from all GPUs above the mean over load that can move; ends at the first GPU below it.
        private int FindChain(int set, double mean, int round, out int end)
        {
            int tail = 0;
            for (int gpu = 0; gpu < _set.Length; gpu++)
            {
                if (_set[gpu] != set || _gpuLoad[gpu] <= (mean * _shape.SpeedOf(gpu)) + _negligible) continue;
                _gpuSeen[gpu] = round;
                _from[gpu] = -1;
                _queue[tail++] = gpu;
            }

            for (int head = 0; head < tail; head++)
            {
                for (int slot = _shape.FirstSlotOf(_queue[head]); slot < _shape.FirstSlotOf(_queue[head] + 1); slot++)
                {
                    int expert = _expert[slot];
                    if (expert == LiveSlots.Empty || _slotLoad[slot] == 0 || _expertSeen[expert] == round) continue;
                    _expertSeen[expert] = round;
                    foreach (int other in _replicas[expert])
                    {
                        int gpu = _shape.GpuOf(other);
                        if (_set[gpu] != set || _gpuSeen[gpu] == round) continue;
                        _gpuSeen[gpu] = round;
                        _from[gpu] = slot;
                        _to[gpu] = other;
                        _queue[tail++] = gpu;
                        if (_gpuLoad[gpu] >= (mean * _shape.SpeedOf(gpu)) - _negligible) continue;
                        end = gpu;
                        return tail;
                    }
                }
            }

            end = -1;
            return tail;
        }

        private void Move(int end, double mean)
        {
            double amount = (mean * _shape.SpeedOf(end)) - _gpuLoad[end];
            int start = end;
            for (; _from[start] >= 0; start = _shape.GpuOf(_from[start])) amount = Math.Min(amount, _slotLoad[_from[start]]);
            amount = Math.Min(amount, _gpuLoad[start] - (mean * _shape.SpeedOf(start)));
            for (int gpu = end; gpu != start; gpu = _shape.GpuOf(_from[gpu]))
            {
                _slotLoad[_from[gpu]] -= amount;
                _slotLoad[_to[gpu]] += amount;
            }

            _gpuLoad[start] -= amount;
            _gpuLoad[end] += amount;
        }

        private double Mean(int set, out int size)
        {
            double total = 0, speed = 0;
            size = 0;
            for (int gpu = 0; gpu < _set.Length; gpu++)
            {
                if (_set[gpu] != set) continue;
                total += _gpuLoad[gpu];
                speed += _shape.SpeedOf(gpu);
                size++;
            }

            return total / speed;
        }
    }
}
