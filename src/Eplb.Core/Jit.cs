using System.Runtime.CompilerServices;

namespace Eplb;

/// <summary>What is asked of the compiler at run time.</summary>
internal static class Jit
{
    /// <summary>
    /// AggressiveOptimization, which netstandard2.0 has no name for and Windows PowerShell ignores: a loop that most of the time goes
    /// into is compiled at its best at once. Unoptimised code of such loops lives for seconds, so for most of an operator's session.
    /// </summary>
    public const MethodImplOptions OptimizeAtOnce = (MethodImplOptions)512;
}
