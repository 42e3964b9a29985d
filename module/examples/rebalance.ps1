<#
.SYNOPSIS
A runbook to schedule: reads the loads of now, changes the placement where that is worth the moves, checks the plan, exports it and logs.
.DESCRIPTION
Emits what Test-EplbRebalance says, with the figures. Nothing is written but the log unless a new plan is worthwhile and can be served.
.PARAMETER LoadPath
Loads of now, in any format that Import-ExpertLoad reads.
.PARAMETER PlacementPath
Placement in force, in this module's JSON; replaced by the new plan.
.PARAMETER ServerPath
File for SGLang's --init-expert-location.
.PARAMETER LogPath
File that one line a run is added to.
.PARAMETER MinimumGain
Least gain in balancedness that is worth a new plan.
.PARAMETER MaxMove
Most slots of a layer that a new plan may write: a number or a share.
.PARAMETER FirstMoeLayer
Absolute id of the model's first MoE layer: 3 for DeepSeek-V3.
.PARAMETER HiddenLayerCount
Hidden layers of the model: 61 for DeepSeek-V3.
.PARAMETER ExpertBytes
Bytes of one expert's weights in one layer: 42 MB for DeepSeek-V3 in FP8.
.PARAMETER Bandwidth
Bytes a second at which one GPU receives weights.
#>
param(
    [Parameter(Mandatory)] [string] $LoadPath,
    [Parameter(Mandatory)] [string] $PlacementPath,
    [Parameter(Mandatory)] [string] $ServerPath,
    [Parameter(Mandatory)] [string] $LogPath,
    [double] $MinimumGain = 0.05,
    [string] $MaxMove = '25%',
    [int] $FirstMoeLayer = 3,
    [int] $HiddenLayerCount = 61,
    [long] $ExpertBytes = 42MB,
    [double] $Bandwidth = 40GB
)
$ErrorActionPreference = 'Stop'

$log = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($LogPath)
# A log that cannot be written ends the run before anything is replaced.
[IO.File]::AppendAllText($log, '')

$loads = Import-ExpertLoad -LiteralPath $LoadPath
$current = Import-EplbPlacement -LiteralPath $PlacementPath -AsMap

$gate = @{ MinimumGain = $MinimumGain; MaxMove = $MaxMove; ExpertBytes = $ExpertBytes; Bandwidth = $Bandwidth }
$advice = $current | Test-EplbRebalance -Load $loads @gate -Detailed
$broken = @()

if ($advice.IsWorthwhile) {
    $cluster = @{ ReplicaCount = $current.ReplicaCount; GpuCount = $current.GpuCount; NodeCount = $current.NodeCount; GroupCount = $current.GroupCount }
    # Lost GPUs stay lost, and slower ones slower.
    $cluster += @{ ExcludeGpu = $current.ExcludedGpu; GpuSpeed = $current.GpuSpeed }
    $plan = $loads | Get-EplbPlacement @cluster -Policy $current.Policy -CurrentPlacement $current -MaxMove $MaxMove -AsMap

    $model = @{ FirstMoeLayer = $FirstMoeLayer; HiddenLayerCount = $HiddenLayerCount }
    $broken = @($plan | Test-EplbPlacement -Target SGLang @model -Detailed)
    if (-not $broken) {
        $plan | Export-EplbPlacement -Path $ServerPath -Format SGLang @model -Force
        $plan | Export-EplbPlacement -Path $PlacementPath -Format Json -Force
    }
}

$outcome = if ($broken) { "; nothing was written, since SGLang could not serve the new plan: $($broken[0].Message)" }
$line = '{0:u} {1} {2:0.0000} -> {3:0.0000}, {4} slots{5}' -f [datetime]::UtcNow, $advice.Reason, $advice.Balancedness, $advice.PlannedBalancedness, $advice.MovedSlotCount, $outcome
[IO.File]::AppendAllText($log, "$line`n")
$advice
if ($broken) { throw "SGLang could not serve the new plan; nothing was written. $($broken[0].Message)" }
