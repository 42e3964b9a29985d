namespace Eplb;

/// <summary>What a plan is to have beyond the reference's; by default nothing.</summary>
public sealed class PlanOptions
{
    /// <summary>True to improve the plan within the constraints of its policy until it is at its bound, or nothing helps any more.</summary>
    /// <remarks>ReplicateOnly constrains nothing and is refined as Global; the plan's policy is then Global.</remarks>
    public bool Refine { get; init; }

    /// <summary>The dispatch of the server that the plan is refined for: the most loaded GPU is that under this rule. Only with <see cref="Refine"/>, and without <see cref="Current"/>, whose changes are for even shares.</summary>
    public DispatchRule Dispatch { get; init; } = DispatchRule.Even;

    /// <summary>Loads window by window, for a plan that suits all of them; null for one that suits their sum. Only with <see cref="Refine"/>, for even shares and without <see cref="Current"/>.</summary>
    public LoadWindows? Windows { get; init; }

    /// <summary>What is made as even as possible over <see cref="Windows"/>.</summary>
    public WindowGoal WindowGoal { get; init; } = WindowGoal.Mean;

    /// <summary>The placement in force, to be changed in few slots instead of being planned anew; null for a fresh plan. It has the cluster of the plan and all its layers.</summary>
    public PlacementMap? Current { get; init; }

    /// <summary>Most slots of a layer that may be written, 0 or more; null for as many as it takes. Only with <see cref="Current"/>.</summary>
    public int? MaxMoves { get; init; }

    /// <summary>Balancedness (mean over max) at which a layer is good enough, above 0 and up to 1; null for that of a fresh refined plan, within a thousandth. Only with <see cref="Current"/>.</summary>
    public double? TargetBalance { get; init; }

    /// <summary>True when plans are refined, either because that is asked for or to know what a changed placement can reach.</summary>
    internal bool IsRefined => Refine || Current is not null;

    /// <summary>Checks that the options go together.</summary>
    /// <exception cref="EplbException">A dispatch or windows for a plan that is not refined, for changes of a placement in force, or both.</exception>
    internal void Check()
    {
        string? special = Dispatch != DispatchRule.Even ? $"Dispatch {Dispatch}" : Windows is not null ? $"WindowGoal {WindowGoal}" : null;
        if (special is null) return;
        if (Current is not null)
        {
            throw new EplbException(EplbError.ParameterConflict,
                $"A placement in force is changed for even shares of the sum of all loads: leave {special} or the current placement out.", special);
        }

        if (Dispatch != DispatchRule.Even && Windows is not null)
        {
            throw new EplbException(EplbError.ParameterConflict,
                $"Plans for windows are made for even shares only: leave {special} or WindowGoal {WindowGoal} out.", special);
        }

        if (Refine) return;
        throw new EplbException(EplbError.ParameterMissing, $"Only refined plans are made for a dispatch or for windows: give Refine with {special}.", special);
    }
}
