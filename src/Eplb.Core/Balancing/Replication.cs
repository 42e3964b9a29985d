namespace Eplb;

/// <summary>Gives every redundant slot to the expert whose replicas carry the most.</summary>
/// <remarks>
/// <c>replicate_experts</c> of the reference: arg-max of load / count, the first expert on ties. The arg-max is the root of a
/// binary heap ordered by (load / count descending, expert ascending), so that a slot costs log(experts) comparisons.
/// </remarks>
internal sealed class Replication
{
    private double[] _key = [];
    private int[] _expert = [];

    /// <summary>Replicates the experts of one layer, or of one node's share of it.</summary>
    /// <param name="load">Load of each expert: [experts].</param>
    /// <param name="physicalToLogical">Out: expert of each replica, in the order they are made: [slots], slots >= experts.</param>
    /// <param name="replica">Out: which replica of its expert each one is: [slots].</param>
    /// <param name="count">Out: replicas of each expert: [experts].</param>
    public void Replicate(ReadOnlySpan<float> load, Span<int> physicalToLogical, Span<int> replica, Span<int> count)
    {
        int experts = load.Length;
        for (int expert = 0; expert < experts; expert++)
        {
            physicalToLogical[expert] = expert;
            replica[expert] = 0;
            count[expert] = 1;
        }

        if (physicalToLogical.Length == experts) return;
        BuildHeap(load);
        for (int slot = experts; slot < physicalToLogical.Length; slot++)
        {
            int expert = _expert[0];
            physicalToLogical[slot] = expert;
            replica[slot] = count[expert]++;
            SiftDown(0, experts, (double)load[expert] / count[expert], expert);
        }
    }

    private void BuildHeap(ReadOnlySpan<float> load)
    {
        if (_key.Length < load.Length)
        {
            _key = new double[load.Length];
            _expert = new int[load.Length];
        }

        for (int expert = 0; expert < load.Length; expert++)
        {
            _key[expert] = load[expert];
            _expert[expert] = expert;
        }

        for (int node = (load.Length / 2) - 1; node >= 0; node--) SiftDown(node, load.Length, _key[node], _expert[node]);
    }

    private void SiftDown(int node, int size, double key, int expert)
    {
        while (true)
        {
            int child = (2 * node) + 1;
            if (child >= size) break;
            if (child + 1 < size && Before(_key[child + 1], _expert[child + 1], _key[child], _expert[child])) child++;
            if (!Before(_key[child], _expert[child], key, expert)) break;
            _key[node] = _key[child];
            _expert[node] = _expert[child];
            node = child;
        }

        _key[node] = key;
        _expert[node] = expert;
    }

    private static bool Before(double key, int expert, double otherKey, int otherExpert) =>
        key > otherKey || (key == otherKey && expert < otherExpert);
}
