namespace Eplb;

/// <summary>Replays a recording: plans on the past as a server would have, and judges each plan on the windows that came after it.</summary>
public sealed class Backtest
{
    private readonly ClusterShape _shape;
    private readonly PlacementPolicy _policy;
    private readonly List<IGrouping<int, ExpertLoad>> _windows;
    private readonly int _windowLength;

    /// <summary>Takes the recording.</summary>
    /// <param name="loads">Loads that carry windows, in any order; loads of the same window and layer (ranks, files) are added up.</param>
    /// <param name="shape">Cluster to plan for.</param>
    /// <param name="policy">How experts are replicated and packed.</param>
    /// <param name="windowLength">Windows of the past that each plan is made on, 1 or more.</param>
    /// <exception cref="EplbException">Loads without a window, windows that differ in their layers or experts, or not more windows than one plan is made on.</exception>
    public Backtest(IEnumerable<ExpertLoad> loads, ClusterShape shape, PlacementPolicy policy = PlacementPolicy.Auto, int windowLength = 1)
    {
        if (loads is null) throw new ArgumentNullException(nameof(loads));
        _shape = shape ?? throw new ArgumentNullException(nameof(shape));
        _policy = policy;
        CountRules.CheckPositive(windowLength, "WindowLength");
        _windowLength = windowLength;
        _windows = [.. loads.GroupBy(WindowOf).OrderBy(window => window.Key)];
        CheckAlike(_windows);
        if (_windows.Count > windowLength) return;
        throw new EplbException(EplbError.WindowMissing,
            $"The loads have {_windows.Count} windows; a back-test that plans on {windowLength} needs at least {windowLength + 1}.", _windows.Count);
    }

    /// <summary>Windows from one chance to plan anew to the next, 1 or more.</summary>
    public int Interval { get; init; } = 1;

    /// <summary>Plan anew only when the placement in force reached less than this balancedness in the last window; null to plan at every chance.</summary>
    public double? Threshold { get; init; }

    /// <summary>True to refine the plans, the oracle's too.</summary>
    public bool Refine { get; init; }

    /// <summary>Most slots of a layer that a new plan may write, 0 or more: it then changes the placement in force. Null to plan from scratch.</summary>
    public int? MaxMoves { get; init; }

    /// <summary>How the server's dispatch shares the load of an expert over its replicas. Refined plans are made for it, unless they change the placement in force.</summary>
    public DispatchRule Dispatch { get; init; } = DispatchRule.Even;

    /// <summary>What refined plans on several windows make as even as possible. Those for a dispatch, and changes of the placement in force, are made for the sum.</summary>
    public WindowGoal WindowGoal { get; init; } = WindowGoal.Mean;

    /// <summary>Number of steps: windows that have enough past to plan on.</summary>
    public int StepCount => _windows.Count - _windowLength;

    /// <summary>Runs the steps one by one, as they are asked for.</summary>
    /// <param name="cancellationToken">Stops between layers.</param>
    /// <exception cref="EplbException">Counts that do not fit the policy.</exception>
    public IEnumerable<BacktestStep> Run(CancellationToken cancellationToken = default)
    {
        CountRules.CheckPositive(Interval, nameof(Interval));
        PlacementMap first = Plan(0, _windowLength, cancellationToken), current = first;
        int plannedAt = _windowLength;
        for (int now = _windowLength; now < _windows.Count; now++)
        {
            long moved = 0;
            if (now > _windowLength && (now - _windowLength) % Interval == 0 && IsBusy(now - _windowLength, now) && IsWorn(current, now, cancellationToken))
            {
                PlacementMap next = Plan(now - _windowLength, now, cancellationToken, MaxMoves is null ? null : current);
                moved = SlotWrites.Count(current, next, cancellationToken);
                (current, plannedAt) = (next, now);
            }

            LoadMatrix present = LoadMatrix.Combine(_windows[now]);
            yield return new BacktestStep
            {
                Window = _windows[now].Key,
                FirstPlanWindow = _windows[plannedAt - _windowLength].Key,
                LastPlanWindow = _windows[plannedAt - 1].Key,
                IsReplanned = plannedAt == now,
                Balancedness = Judge(current, present, cancellationToken),
                UnchangedBalancedness = Judge(first, present, cancellationToken),
                OracleBalancedness = Judge(Plan(now, now + 1, cancellationToken), present, cancellationToken),
                MovedSlotCount = moved,
            };
        }
    }

    private static void CheckAlike(List<IGrouping<int, ExpertLoad>> windows)
    {
        ExpertLoad[] first = [.. windows.Take(1).SelectMany(window => window)];
        int[] expected = LayersOf(first);
        foreach (IGrouping<int, ExpertLoad> window in windows)
        {
            if (window.FirstOrDefault(load => load.ExpertCount != first[0].ExpertCount) is { } other)
            {
                throw new EplbException(EplbError.RowLengthMismatch,
                    $"Window {window.Key}: layer {other.Layer} has {other.ExpertCount} experts, but window {windows[0].Key} has {first[0].ExpertCount}; every window needs the same model.", other);
            }

            int[] layers = LayersOf(window);
            if (LayerIds.FindLeftOut(expected, layers) is { } missing)
                throw new EplbException(EplbError.LayerMissing, $"Window {window.Key} has no layer {missing}, which window {windows[0].Key} has; every window needs the same layers.", missing);
            if (LayerIds.FindLeftOut(layers, expected) is { } added)
                throw new EplbException(EplbError.LayerMissing, $"Window {windows[0].Key} has no layer {added}, which window {window.Key} has; every window needs the same layers.", added);
        }
    }

    private static int[] LayersOf(IEnumerable<ExpertLoad> loads) => [.. loads.Select(load => load.Layer).Distinct().OrderBy(layer => layer)];

    // What was idle tells nothing: the placement in force stays.
    private bool IsBusy(int start, int end) => _windows.Skip(start).Take(end - start).Any(window => window.Any(load => !load.IsIdle));

    private bool IsWorn(PlacementMap map, int now, CancellationToken cancellationToken) =>
        Threshold is null || Judge(map, LoadMatrix.Combine(_windows[now - 1]), cancellationToken) < Threshold;

    private PlacementMap Plan(int start, int end, CancellationToken cancellationToken, PlacementMap? current = null)
    {
        ExpertLoad[] loads = [.. _windows.Skip(start).Take(end - start).SelectMany(window => window)];
        bool isFresh = Refine && current is null;
        var options = new PlanOptions
        {
            Refine = Refine,
            Dispatch = isFresh ? Dispatch : DispatchRule.Even,
            Windows = isFresh && Dispatch == DispatchRule.Even ? LoadWindows.Of(loads) : null,
            WindowGoal = WindowGoal,
            Current = current,
            MaxMoves = current is null ? null : MaxMoves,
        };
        return Planner.Plan(LoadMatrix.Combine(loads), _shape, _policy, options, cancellationToken: cancellationToken);
    }

    private double? Judge(PlacementMap map, LoadMatrix loads, CancellationToken cancellationToken) =>
        new BalanceEvaluator(map, loads, Dispatch, cancellationToken).Measure(BalanceMetric.Eplb).Value;

    private static int WindowOf(ExpertLoad load) => load.Window ?? throw new EplbException(EplbError.WindowMissing,
        $"Layer {load.Layer} carries no window, so that its place in time is not known; import the recording with -PerWindow.", load);
}
