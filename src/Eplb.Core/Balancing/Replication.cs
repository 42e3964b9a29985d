using System.Runtime.CompilerServices;

namespace Eplb;

/// <summary>Gives every redundant slot to the expert whose replicas carry the most.</summary>
/// <remarks><c>replicate_experts</c> of the reference: arg-max of load / count, the first expert on ties.</remarks>
internal sealed class Replication
{
    // Bits of non-negative doubles ascend with their values; a tournament wants the highest share to have the lowest key.
    private static readonly long Infinity = BitConverter.DoubleToInt64Bits(double.PositiveInfinity);

    private readonly Tournament _hottest = new();

    /// <summary>Replicates the experts of one layer, or of one node's part of it.</summary>
    /// <param name="load">Load of each expert, finite, +0 or higher: [experts].</param>
    /// <param name="physicalToLogical">Out: expert of each replica, in the order they are made: [slots], slots >= experts.</param>
    /// <param name="replica">Out: which replica of its expert each one is: [slots].</param>
    /// <param name="count">Out: replicas of each expert: [experts].</param>
    /// <param name="share">Out: load / count, what each replica of an expert carries: [experts].</param>
    [MethodImpl(Jit.OptimizeAtOnce)]
    public void Replicate(ReadOnlySpan<float> load, Span<int> physicalToLogical, Span<int> replica, Span<int> count, Span<double> share)
    {
        int experts = load.Length;
        Span<long> key = _hottest.Enter(experts);
        for (int expert = 0; expert < load.Length; expert++)
        {
            physicalToLogical[expert] = expert;
            replica[expert] = 0;
            count[expert] = 1;
            share[expert] = load[expert];
            key[expert] = Infinity - BitConverter.DoubleToInt64Bits(load[expert]);
        }

        if (physicalToLogical.Length == experts) return;
        _hottest.Start();
        for (int slot = experts; slot < physicalToLogical.Length; slot++)
        {
            int expert = _hottest.Winner;
            physicalToLogical[slot] = expert;
            replica[slot] = count[expert]++;
            double lower = (double)load[expert] / count[expert];
            share[expert] = lower;
            _hottest.Replace(Infinity - BitConverter.DoubleToInt64Bits(lower));
        }
    }
}
