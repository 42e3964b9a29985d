using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Plans which logical expert lives in which slot of which GPU, so that all GPUs carry about the same load.</summary>
/// <remarks>
/// <para>Hot experts get replicas in the redundant slots, and the replicas are packed onto the GPUs. Loads of the same layer are added up first, so that ranks, windows and files combine.</para>
/// <para>With the default policy, Auto, the plan is that of DeepSeek's EPLB in its NumPy port, to the bit: Hierarchical when GroupCount is a multiple of NodeCount, else replicas are made but not packed onto GPUs. In that case a warning says so, since Global nearly always balances far better there.</para>
/// </remarks>
/// <example>
/// <code>Import-ExpertLoad loads.json |
///     Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -NodeCount 4 -GroupCount 8</code>
/// <para>Plans 288 slots on 32 GPUs in 4 nodes for a model with 8 expert groups, and emits one object a layer and slot.</para>
/// </example>
/// <example>
/// <code>Import-ExpertLoad loads.json |
///     Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -Policy Global |
///     Measure-EplbBalance -Summary</code>
/// <para>Plans without regard to groups and nodes, and says how well balanced the plan is.</para>
/// </example>
/// <example>
/// <code>Import-ExpertLoad loads.json |
///     Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -Policy Global -Refine</code>
/// <para>Plans and refines: on real loads of DeepSeek-V3 the balancedness rises from .9925 to .9999.</para>
/// </example>
/// <example>
/// <code>Import-ExpertLoad loads.json |
///     Get-EplbPlacement 288 32 -NodeCount 4 -Policy Global -Refine -Dispatch SGLangStatic |
///     Measure-EplbBalance -Dispatch SGLangStatic -Summary</code>
/// <para>Plans for a server with SGLang's older static dispatch: on real loads of DeepSeek-V3 it then has a balancedness of .9999, where a plan refined for even shares has .950 and the greedy one .882.</para>
/// </example>
/// <example>
/// <code>Import-ExpertLoad trace.npy -PerWindow |
///     Get-EplbPlacement 288 32 -Policy Global -Refine -WindowGoal Worst</code>
/// <para>Plans for a recording window by window, so that even the worst of them is balanced, not only their sum.</para>
/// </example>
/// <example>
/// <code>$old = Import-ExpertLoad monday.json | Get-EplbPlacement 288 32 -Policy Global -AsMap
/// Import-ExpertLoad tuesday.json |
///     Get-EplbPlacement 288 32 -Policy Global -CurrentPlacement $old -MaxMove 10%</code>
/// <para>Makes the placement of one day fit the loads of the next by writing at most 28 of the 288 slots of each layer.</para>
/// </example>
/// <example>
/// <code>$now = Import-EplbPlacement plan.json -GpuCount 32 -NodeCount 4
/// $change = @{ Policy = 'Global'; CurrentPlacement = $now; MaxMove = 28; ExcludeGpu = 5 }
/// $new = Import-ExpertLoad now.json | Get-EplbPlacement 288 32 -NodeCount 4 @change
/// Compare-EplbPlacement $now $new -Summary</code>
/// <para>GPU 5 is lost: creates the experts again that only it held, balances the others with what is left of 28 slots a layer, and says what that costs.</para>
/// </example>
/// <example>
/// <code>$map = Import-Csv loads.csv | Get-EplbPlacement -ReplicaCount 40 -GpuCount 8 -AsMap
/// $map.PhysicalToLogical[0]</code>
/// <para>Plans from rows with the columns Layer, Expert and Load, and shows what each slot of the first layer holds.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "EplbPlacement", HelpUri = HelpPage)]
[OutputType(typeof(PhysicalExpert), typeof(PlacementMap))]
public sealed class GetEplbPlacementCommand : PlanningCmdlet
{
    private readonly LoadCollector _loads = new();

    /// <summary>Loads to plan for: <see cref="ExpertLoad"/> objects from Import-ExpertLoad, or rows with Layer, Expert and Load such as Import-Csv gives. Loads of the same layer are added up.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSObject InputObject { get; set; } = null!;

    /// <summary>The dispatch of the server that the plan is for: with Refine, the most loaded GPU is then that under this rule, and replicas go where the server finds them. See Measure-EplbBalance for the rules of the servers. Not with CurrentPlacement, whose changes are for even shares.</summary>
    [Parameter]
    public DispatchRule Dispatch { get; set; } = DispatchRule.Even;

    /// <summary>What is made as even as possible where the loads carry windows (Import-ExpertLoad -PerWindow) and the plan is refined: the Mean balancedness over the windows, which is the default, that of the Worst window, or that of their Sum. Beyond 32 windows, neighbours are added up until 32 are left. Plans with CurrentPlacement or for another Dispatch than Even are made for the sum, as those that are not refined are.</summary>
    [Parameter]
    public WindowGoal? WindowGoal { get; set; }

    /// <summary>The placement in force: a <see cref="PlacementMap"/>, or the <see cref="PhysicalExpert"/> objects or rows of one. The plan then changes as few of its slots as reach the balance of a fresh refined plan, within a thousandth; experts that stay keep their slot, and a layer that is that good already is left alone.</summary>
    [Parameter]
    [ValidateNotNull]
    public PSObject[]? CurrentPlacement { get; set; }

    /// <summary>Most slots of a layer that may be written: a number, or a share of the slots such as 10%. With CurrentPlacement.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MaxMove { get; set; }

    /// <summary>Balancedness (mean load over that of the most loaded GPU, 0.001 to 1) at which a layer is good enough: no further slots of it are written. With CurrentPlacement.</summary>
    [Parameter]
    [ValidateRange(0.001, 1.0)]
    public double? TargetBalance { get; set; }

    /// <summary>GPUs (ranks, from 0) that are to hold nothing, such as lost ones: the plan uses the others. Their slots stay empty, with LogicalExpert -1, and keep their numbers. With CurrentPlacement, experts that only they held are created again first, and the slots of a GPU that comes back are filled, both whatever MaxMove says; a warning names GPUs that were lost before and are not named here. The policy Auto ends in Global where the GPUs that are left do not fit the groups.</summary>
    [Parameter]
    public int[]? ExcludeGpu { get; set; }

    /// <summary>Relative speed of each GPU, such as 1,1,0.5,0.5: a GPU of half the speed gets half the load. Implies Refine. The plan as a map, and its JSON and CSV files, keep the speeds; loads of GPUs are then reported over their speed. A plan with CurrentPlacement does not take over its speeds: give them again.</summary>
    [Parameter]
    public double[]? GpuSpeed { get; set; }

    /// <summary>Emit the whole plan as one PlacementMap instead of one PhysicalExpert a layer and slot.</summary>
    [Parameter]
    public SwitchParameter AsMap { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => TakeEach(InputObject, _loads.Add);

    /// <inheritdoc/>
    protected override void EndProcessing() => RunAtEnd(() =>
    {
        IReadOnlyList<ExpertLoad> all = _loads.Complete();
        LoadMatrix loads = LoadMatrix.Combine(all);
        PlanOptions options = Options(FindWindows(all));
        PlacementMap map = Planner.Plan(loads, Shape, Policy, options, cancellationToken: Cancellation);
        WriteVerbose($"Policy {map.Policy}: {loads.Rows.Count} layers, {loads.Rows.Count(row => row.All(load => load == 0))} of them idle, of {loads.ExpertCount} experts on {ReplicaCount} slots, {GpuCount} GPUs, {NodeCount} nodes.");
        if (options.Windows is { } windows) WriteVerbose($"Refined for the {options.WindowGoal} of {windows.Count} windows.");
        if (Policy == PlacementPolicy.Auto) WarnOf(map.Policy);
        if (options.Current is { } current) WarnOfForgotten(current.Shape);
        if (AsMap)
            WriteObject(map);
        else
            WriteEach(map.GetPhysicalExperts());
    });

    /// <inheritdoc/>
    private protected override ClusterShape CreateShape() => new(ReplicaCount, GpuCount, NodeCount, GroupCount, ExcludeGpu, GpuSpeed);

    /// <inheritdoc/>
    private protected override bool IsRefined => Refine || GpuSpeed is not null || CurrentPlacement is not null;

    private void WarnOf(PlacementPolicy policy)
    {
        if (policy == PlacementPolicy.ReplicateOnly)
            WarnOfReplicateOnly(GroupCount, NodeCount);
        else if (policy == PlacementPolicy.Global && GroupCount > 1 && GroupCount % NodeCount == 0)
            WriteWarning($"The GPUs in use do not fit {GroupCount} groups on their nodes: the plan is Global, and groups are spread over nodes.");
    }

    // Left out, they may be over, or forgotten; given in any way, they are meant.
    private void WarnOfForgotten(ClusterShape current)
    {
        if (current.ExcludedGpus.Count > 0 && !MyInvocation.BoundParameters.ContainsKey(nameof(ExcludeGpu)))
            WriteWarning($"The current placement leaves GPU {string.Join(", ", current.ExcludedGpus)} empty, and this plan uses all GPUs. Give -ExcludeGpu {string.Join(",", current.ExcludedGpus)} for those still lost, or @() for none.");
        if (current.GpuSpeed is not null && !MyInvocation.BoundParameters.ContainsKey(nameof(GpuSpeed)))
            WriteWarning("The current placement is for GPUs of different speeds, and this plan takes all to be equally fast. Give -GpuSpeed, or -GpuSpeed $null if they are.");
    }

    // Windows that nobody asked about are only used where they can be; a goal that was given is never dropped silently.
    private LoadWindows? FindWindows(IReadOnlyList<ExpertLoad> loads)
    {
        if (WindowGoal == Eplb.WindowGoal.Sum || (WindowGoal is null && (!IsRefined || CurrentPlacement is not null || Dispatch != DispatchRule.Even))) return null;
        LoadWindows? windows = LoadWindows.Of(loads);
        return windows is null && WindowGoal is { } goal
            ? throw new EplbException(EplbError.WindowMissing, $"WindowGoal {goal} needs loads of two windows or more, and every load with its window.", goal)
            : windows;
    }

    private PlanOptions Options(LoadWindows? windows)
    {
        if (CurrentPlacement is null && (MaxMove is not null || TargetBalance is not null))
            throw new EplbException(EplbError.ParameterMissing, "MaxMove and TargetBalance limit the changes of a placement in force; give it with CurrentPlacement.");
        return new PlanOptions
        {
            Refine = IsRefined,
            Dispatch = Dispatch,
            Windows = windows,
            WindowGoal = WindowGoal ?? Eplb.WindowGoal.Mean,
            Current = CurrentPlacement is null ? null : PlacementCollector.Collect(CurrentPlacement),
            MaxMoves = MaxMove is null ? null : MoveBudget.Parse(MaxMove, ReplicaCount),
            TargetBalance = TargetBalance,
        };
    }
}
