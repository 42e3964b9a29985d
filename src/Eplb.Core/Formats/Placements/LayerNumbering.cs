namespace Eplb;

/// <summary>Which layers a format has, and how it numbers them.</summary>
internal enum LayerNumbering
{
    /// <summary>The layers of the placement under their own ids.</summary>
    AsGiven,

    /// <summary>Every hidden layer by its absolute id; dense layers have rows too.</summary>
    EveryHiddenLayer,

    /// <summary>The MoE layers by their absolute ids.</summary>
    MoeLayers,

    /// <summary>The MoE layers by position.</summary>
    Positions,
}
