namespace Eplb;

/// <summary>What a plan is to have beyond the reference's; by default nothing.</summary>
public sealed class PlanOptions
{
    /// <summary>True to improve the plan within the constraints of its policy until it is at its bound, or nothing helps any more.</summary>
    /// <remarks>ReplicateOnly constrains nothing and is refined as Global; the plan's policy is then Global.</remarks>
    public bool Refine { get; init; }

    /// <summary>The dispatch of the server that the plan is refined for: the most loaded GPU is that under this rule. Only with <see cref="Refine"/>, and without <see cref="Current"/>, whose changes are for even shares.</summary>
    public DispatchRule Dispatch { get; init; } = DispatchRule.Even;

    /// <summary>The placement in force, to be changed in few slots instead of being planned anew; null for a fresh plan. It has the cluster of the plan and all its layers.</summary>
    public PlacementMap? Current { get; init; }

    /// <summary>Most slots of a layer that may be written, 0 or more; null for as many as it takes. Only with <see cref="Current"/>.</summary>
    public int? MaxMoves { get; init; }

    /// <summary>Balancedness (mean over max) at which a layer is good enough, above 0 and up to 1; null for that of a fresh refined plan, within a thousandth. Only with <see cref="Current"/>.</summary>
    public double? TargetBalance { get; init; }

    /// <summary>True when plans are refined, either because that is asked for or to know what a changed placement can reach.</summary>
    internal bool IsRefined => Refine || Current is not null;

    /// <summary>Checks that the options go together.</summary>
    /// <exception cref="EplbException">A dispatch other than Even for a plan that is not refined, or for changes of a placement in force.</exception>
    internal void Check()
    {
        if (Dispatch == DispatchRule.Even) return;
        if (Current is not null)
        {
            throw new EplbException(EplbError.ParameterConflict,
                $"A placement in force is changed for even shares only: leave Dispatch {Dispatch} or the current placement out.", Dispatch);
        }

        if (!Refine)
        {
            throw new EplbException(EplbError.ParameterMissing,
                $"Only refined plans are made for a dispatch: give Refine with Dispatch {Dispatch}.", Dispatch);
        }
    }
}
