namespace Eplb;

/// <summary>The rules by name.</summary>
internal static class DispatchRules
{
    /// <summary>All rules, in the order of their names' numbers.</summary>
    public static IReadOnlyList<DispatchRule> All { get; } =
        [DispatchRule.Even, DispatchRule.SGLangStatic, DispatchRule.SGLangStaticNew, DispatchRule.VllmAscend, DispatchRule.Optimal];

    /// <summary>The rule of a name. Rules have no state: one serves all layers.</summary>
    /// <param name="rule">Name.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static IDispatchRule Create(DispatchRule rule, CancellationToken cancellationToken = default) => rule switch
    {
        DispatchRule.Even => new EvenDispatch(),
        DispatchRule.SGLangStatic => new SGLangDispatch(sharesNode: false),
        DispatchRule.SGLangStaticNew => new SGLangDispatch(sharesNode: true),
        DispatchRule.VllmAscend => new VllmAscendDispatch(),
        DispatchRule.Optimal => new OptimalDispatch(cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "No such rule."),
    };
}
