namespace Eplb;

/// <summary>Spreads the replicas of an expert over different nodes where that costs nothing: GPUs exchange all that they hold.</summary>
/// <remarks>A replica on another node survives the loss of a node, and lets tokens of both nodes find one nearby.</remarks>
internal static class NodeSpread
{
    // Every pair of GPUs is looked at; beyond this many that is no longer free.
    private const int MaxGpus = 512;

    /// <summary>Exchanges whole GPUs of equal size and speed between nodes as long as fewer replicas then share a node with another one of their expert.</summary>
    /// <param name="physicalToLogical">Logical expert in each slot; changed in place: [slots].</param>
    /// <param name="shape">Cluster.</param>
    public static void Apply(Span<int> physicalToLogical, ClusterShape shape)
    {
        if (shape.NodeCount == 1 || shape.GpuCount > MaxGpus) return;
        int experts = 0;
        foreach (int expert in physicalToLogical) experts = Math.Max(experts, expert + 1);
        var held = new int[shape.NodeCount * experts];
        for (int slot = 0; slot < physicalToLogical.Length; slot++) held[(shape.NodeOf(shape.GpuOf(slot)) * experts) + physicalToLogical[slot]]++;
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int gpu = 0; gpu < shape.GpuCount; gpu++)
            {
                for (int other = gpu + 1; other < shape.GpuCount; other++)
                    changed |= TryExchange(physicalToLogical, shape, held, experts, gpu, other);
            }
        }
    }

    // Moving a replica from a node that holds m of its expert to one that holds n removes m-1 pairs of neighbours and adds n.
    private static bool TryExchange(Span<int> slots, ClusterShape shape, int[] held, int experts, int gpu, int other)
    {
        int from = shape.NodeOf(gpu) * experts, to = shape.NodeOf(other) * experts;
        if (from == to) return false;
        if (shape.SlotsOn(gpu) != shape.SlotsOn(other) || shape.SpeedOf(gpu) != shape.SpeedOf(other)) return false;
        Span<int> mine = slots.Slice(shape.FirstSlotOf(gpu), shape.SlotsOn(gpu)), theirs = slots.Slice(shape.FirstSlotOf(other), shape.SlotsOn(other));
        int pairs = 0;
        foreach (int expert in mine) pairs += Move(held, from + expert, to + expert);
        foreach (int expert in theirs) pairs += Move(held, to + expert, from + expert);
        if (pairs < 0)
        {
            for (int i = 0; i < mine.Length; i++) (mine[i], theirs[i]) = (theirs[i], mine[i]);
            return true;
        }

        foreach (int expert in mine) Move(held, to + expert, from + expert);
        foreach (int expert in theirs) Move(held, from + expert, to + expert);
        return false;
    }

    private static int Move(int[] held, int from, int to) => held[to]++ - --held[from];
}
