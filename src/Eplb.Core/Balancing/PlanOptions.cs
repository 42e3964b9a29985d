namespace Eplb;

/// <summary>What a plan is to have beyond the reference's; by default nothing.</summary>
public sealed class PlanOptions
{
    /// <summary>True to improve the plan within the constraints of its policy until it is at its bound, or nothing helps any more.</summary>
    /// <remarks>ReplicateOnly constrains nothing and is refined as Global; the plan's policy is then Global.</remarks>
    public bool Refine { get; init; }
}
