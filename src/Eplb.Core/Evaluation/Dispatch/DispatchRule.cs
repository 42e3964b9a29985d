using System.Diagnostics.CodeAnalysis;

namespace Eplb;

/// <summary>How a server picks the replica that gets a token, and so how the replicas of an expert share its load. Servers count replicas in the order of their slots.</summary>
/// <remarks>Tokens are taken to be spread evenly over the source GPUs, as data-parallel attention spreads them.</remarks>
public enum DispatchRule
{
    /// <summary>Every replica gets the same share. What planners assume; the expectation under SGLang's dynamic dispatch (a random replica for each token) and vLLM's (replicas in turn by token position).</summary>
    Even,

    /// <summary>SGLang's static dispatch until mid 2026: a source GPU always uses the first replica on itself, else the first on its node, else one dealt out fairly.</summary>
    SGLangStatic,

    /// <summary>SGLang's static dispatch since mid 2026: a source GPU uses the first replica on itself, else those on its node where these are fewer than all, else any, dealt out fairly.</summary>
    [SuppressMessage("Naming", "CA1711", Justification = "The server changed the rule under one name; New says which one is meant.")]
    SGLangStaticNew,

    /// <summary>vllm-ascend: source GPU r, counted without lost ones, uses replica r modulo the number of replicas. That server cannot load a placement with an expert twice on a GPU.</summary>
    VllmAscend,

    /// <summary>The best split there is: no other one has a lower load on the most loaded GPU. A bound for what any dispatch can make of the placement; per-batch balancers such as LPLB approach it.</summary>
    Optimal,
}
