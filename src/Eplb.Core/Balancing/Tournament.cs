using System.Runtime.CompilerServices;

namespace Eplb;

/// <summary>Keeps the contender with the lowest key at hand, the lowest index on ties, while the winner's key changes again and again.</summary>
/// <remarks>
/// A winner tree: the contenders are the leaves of a full binary tree, and each inner node holds the better of its two children.
/// A new key of the winner is replayed against one sibling a level, log2(contenders) steps without a branch to mispredict: the
/// siblings are known beforehand, so the processor loads them ahead, whereas a heap's way down depends on every comparison.
/// Keys are integers, so that they compare to the bit and a contender that is out differs from one whose key is infinite.
/// </remarks>
internal sealed class Tournament
{
    /// <summary>Key of a contender that cannot win while others can.</summary>
    public const long Out = long.MaxValue;

    private int _leaves;
    private long[] _key = [];     // [node]: the root is 1, the children of n are 2n and 2n+1, the leaves come last
    private int[] _contender = [];

    /// <summary>The contender with the lowest key.</summary>
    public int Winner => _contender[1];

    /// <summary>Key of <see cref="Winner"/>.</summary>
    public long WinnerKey => _key[1];

    /// <summary>Takes new contenders; their keys are to be set before <see cref="Start"/>.</summary>
    /// <param name="contenders">Number of contenders, 1 or more.</param>
    /// <returns>Key of each contender, 0 or higher: [contenders].</returns>
    public Span<long> Enter(int contenders)
    {
        int leaves = 2;
        while (leaves < contenders) leaves *= 2;
        if (leaves != _leaves)
        {
            _leaves = leaves;
            _key = new long[2 * leaves];
            _contender = new int[2 * leaves];
            for (int leaf = 0; leaf < leaves; leaf++) _contender[leaves + leaf] = leaf;
        }

        _key.AsSpan(leaves + contenders).Fill(Out);
        return _key.AsSpan(leaves, contenders);
    }

    /// <summary>Plays all matches.</summary>
    [MethodImpl(Jit.OptimizeAtOnce)]
    public void Start()
    {
        long[] keys = _key;
        int[] contenders = _contender;
        for (int node = _leaves - 1; node > 0; node--)
        {
            int left = 2 * node, right = left + 1;
            long mask = (keys[right] - keys[left]) >> 63;
            keys[node] = keys[left] ^ ((keys[left] ^ keys[right]) & mask);
            contenders[node] = contenders[left] ^ ((contenders[left] ^ contenders[right]) & (int)mask);
        }
    }

    /// <summary>Gives the winner a new key and replays its matches.</summary>
    /// <param name="key">New key, 0 or higher.</param>
    [MethodImpl(Jit.OptimizeAtOnce)]
    public void Replace(long key)
    {
        long[] keys = _key;
        int[] contenders = _contender;
        int contender = contenders[1];
        int node = _leaves + contender;
        keys[node] = key;
        while (node > 1)
        {
            int sibling = node ^ 1;
            // On ties the left one wins, so a right node (odd) loses to an equal key, and a left one only to a lower one.
            long mask = (keys[sibling] - (node & 1) - key) >> 63;
            key ^= (key ^ keys[sibling]) & mask;
            contender ^= (contender ^ contenders[sibling]) & (int)mask;
            node >>= 1;
            keys[node] = key;
            contenders[node] = contender;
        }
    }
}
