namespace Eplb;

/// <summary>What a refined plan makes as even as it can where the loads carry windows.</summary>
public enum WindowGoal
{
    /// <summary>The mean balancedness over the windows: what the placement gives on average. A window in which the layer is idle does not count.</summary>
    Mean,

    /// <summary>The balancedness of the worst window.</summary>
    Worst,

    /// <summary>The balancedness of the sum of all windows, as for loads that carry none: blind to experts that are hot at different times.</summary>
    Sum,
}
