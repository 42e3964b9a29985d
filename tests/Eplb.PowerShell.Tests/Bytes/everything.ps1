<#
.SYNOPSIS
Reads, plans, judges and writes everything that the module can write, under a culture.
.PARAMETER Destination
Folder for the files.
.PARAMETER Culture
Name of a culture, the invariant one by default; "By-Hand" for one whose numbers look like no others, which needs no culture data.
#>
param([Parameter(Mandatory)] [string] $Destination, [string] $Culture)
$ErrorActionPreference = 'Stop'

if ($Culture -eq 'By-Hand') {
    $chosen = [cultureinfo]::InvariantCulture.Clone()
    $numbers = $chosen.NumberFormat
    $numbers.NumberDecimalSeparator = $numbers.PercentDecimalSeparator = '_'
    $numbers.NumberGroupSeparator = $numbers.PercentGroupSeparator = '.'
    $numbers.NegativeSign = 'minus'
    $numbers.PositiveSign = 'plus'
    $numbers.NaNSymbol = 'none'
}
else {
    $chosen = [cultureinfo]::new($Culture, $false)
}

# Planning also runs on threads of the pool.
[cultureinfo]::DefaultThreadCurrentCulture = [cultureinfo]::DefaultThreadCurrentUICulture = $chosen
[cultureinfo]::CurrentCulture = [cultureinfo]::CurrentUICulture = $chosen

$data = "$PSScriptRoot/../../data"
$session = $ExecutionContext.SessionState.Path
[void]$session.SetLocation($Destination)
function Write([string] $Name, [string[]] $Lines) { [IO.File]::WriteAllText("$Destination/$Name", ($Lines -join "`n") + "`n") }
# Source is the path of a file in a folder that only this run has.
function Text($Value) { if ($Value -is [IFormattable]) { $Value.ToString('', [cultureinfo]::InvariantCulture) } else { "$Value".Replace($Destination, '') } }
function Rows { process { $row = $_; ($row.PSObject.Properties.Where{ $_.Name -ne 'Load' }.ForEach{ "$($_.Name)=$(Text $_.Value)" }) -join ' ' } }

# Loads as text, with decimal points, group signs of no language, exponents and times.
Write decimals.csv 'window,layer,expert,load', '0,3,0,1.5', '0,3,1,2.25e1', '0,3,2,-0', '0,3,3,1000.125', '1,3,0,0.5', '1,3,1,4', '1,3,2,.5', '1,3,3,7.'
Write times.tsv "time`tlayer`texpert`tload", "2026-08-01T10:00:00Z`t0`t0`t1.5", "2026-08-01 10:05:00`t0`t0`t2.5"
Write seconds.csv "time,layer,expert,load", "1785578700.5,0,0,1.5", "1785578701.25,0,0,2.5"
Write wide.csv 'LAYER,I0,I1,I2', '0,1.5,2.5,3.5', '1,4,5e-1,6'
Write decimals.json '{"logical_count": [[[1.5, 2.25e1], [0.125, 4]], [[-0.0, 1E2], [3, 4]]]}'
$read = foreach ($name in 'decimals.csv', 'times.tsv', 'seconds.csv', 'wide.csv', 'decimals.json') {
    Import-ExpertLoad $name -PerWindow | ForEach-Object { "$($_ | Rows) $($_.Load.ForEach{ Text $_ })" }
}
Write read.txt $read

$loads = Import-ExpertLoad "$data/dsv2lite-esft-law.json"
$other = Import-ExpertLoad "$data/dsv2lite-esft-translation.json"
$windows = Import-ExpertLoad "$data/dsv2lite-esft-law.windows.json" -PerWindow
$mixed = $loads, $other | Merge-ExpertLoad -Weight 0.25, 0.75 -Normalize
$cluster = @{ ReplicaCount = 128; GpuCount = 16; NodeCount = 2; GroupCount = 4 }

$plans = [ordered]@{
    auto = $loads | Get-EplbPlacement @cluster -AsMap
    refined = $mixed | Get-EplbPlacement @cluster -Policy Global -Refine -AsMap
    hierarchical = $mixed | Get-EplbPlacement @cluster -Policy Hierarchical -Refine -AsMap
}
$plans.changed = $other | Get-EplbPlacement @cluster -Policy Global -CurrentPlacement $plans.refined -MaxMove '12.5%' -TargetBalance 0.99 -AsMap
# Empty slots are written as -1, and minus signs differ.
$plans.lost = $other | Get-EplbPlacement @cluster -Policy Global -Refine -ExcludeGpu 5 -AsMap
foreach ($name in $plans.Keys) {
    foreach ($format in 'SGLang', 'TensorRTLLM', 'VllmAscend', 'Vllm', 'VllmArray', 'FastDeploy', 'OmniInfer', 'Csv', 'Json') {
        $model = if ($format -eq 'SGLang') { @{ FirstMoeLayer = 1; HiddenLayerCount = 27 } } else { @{ FirstMoeLayer = 1 } }
        try { $plans[$name] | Export-EplbPlacement "$name.$format" $format @model } catch { Write "$name.$format.refused.txt" $_.Exception.Message }
    }

    Write "$name.prom" ($plans[$name] | ConvertTo-EplbMetric -Load $other -Dispatch SGLangStatic -Label @{ share = 0.5 })
}

# What was written reads back under the same culture.
foreach ($format in 'TensorRTLLM', 'VllmAscend', 'Vllm', 'VllmArray', 'Csv', 'Json') {
    $back = Import-EplbPlacement "refined.$format" -GpuCount 16 -NodeCount 2 -AsMap
    $back | Export-EplbPlacement "back.$format.json" Json -NoSidecar
}

foreach ($format in 'Csv', 'Json') { Import-EplbPlacement "lost.$format" -AsMap | Export-EplbPlacement "lost.back.$format" Csv -NoSidecar }

$steps = @($windows | Invoke-EplbBacktest 80 8 -Policy Global -WindowLength 4 -Interval 2 -Threshold 0.9 -MaxMove '7.5%')
$sizes = @($loads | Find-EplbReplicaCount 0.95 8, 16 -Policy Global -ExpertBytes 44040192)
$drift = @(Compare-ExpertLoad $loads $other -Top 8)
$plan = $plans.changed
foreach ($page in 'page.html', 'page.md') {
    Export-EplbReport $page $plan -ReferencePlacement $plans.refined -Load $other -ExpertBytes 44040192 -Drift $drift -Backtest $steps -Sizing $sizes -Title 'İı 1.5' -Dispatch VllmAscend
}

Write figures.txt @(
    $steps | Rows
    $sizes | Rows
    $drift | Rows
    $plan | Measure-EplbBalance -Load $other -By Gpu | Rows
    $plan | Measure-EplbBalance -Load $other -Summary -Dispatch Optimal | Rows
    $plan | Measure-EplbBalance -Metric SGLang, Vllm, TensorRTLLM, Adrs | Rows
    Compare-EplbPlacement $plans.refined $plan -ExpertBytes 0.5 -IntraNodeBandwidth 4e11 -InterNodeBandwidth 5e10 -Summary | Rows
    $plans.refined | Test-EplbRebalance -Load $other -MinimumGain 0.005 -MaxMove '12.5%' -Detailed | Rows
)

# Messages name the value that is wrong as it stands in the file.
Write negative.csv 'layer,expert,load', '0,0,-1.5'
Write comma.csv 'layer,expert,load', '0,0,"1,5"'
Write fraction.json '{"physical_to_logical_map": [[0, 1.5]]}'
Write below.json '{"physical_to_logical_map": [[0, -1]]}'
Write logical.json '{"logical_count": [[1.5, -2.5]]}'
$messages = foreach ($try in @(
        { Import-ExpertLoad negative.csv }, { Import-ExpertLoad comma.csv }, { Import-ExpertLoad logical.json }
        { Import-EplbPlacement fraction.json -GpuCount 1 }, { Import-EplbPlacement below.json -GpuCount 1 }
        { [Eplb.ExpertLoad]::new(0, (1.5, -2.5)) }, { [Eplb.ExpertLoad]::new(-3, (1.5, 2)) }, { [Eplb.ExpertLoad]::new(0, (1.5, [double]::NaN)) }
        { $loads | Get-EplbPlacement -8 4 }, { $loads | Get-EplbPlacement 81 8 }, { $loads | Merge-ExpertLoad -Weight -0.5 }
        { [pscustomobject]@{ Layer = 0.5; Expert = 0; Load = 1 } | Get-EplbPlacement 8 4 }
        { [pscustomobject]@{ Layer = '0'; Expert = '0'; Load = '1,5' } | Get-EplbPlacement 8 4 }
        { [pscustomobject]@{ Layer = '0'; Load = '1,5', '2' } | Get-EplbPlacement 8 4 }
        { [pscustomobject]@{ Layer = '0'; Expert = '0'; Load = '-1.5' } | Get-EplbPlacement 8 4 }
    )) {
    try { & $try; 'no error' } catch { $_.Exception.GetBaseException().Message.Replace($Destination, '') }
}
$broken = [pscustomobject]@{ Layer = 0; PhysicalExpert = 0; LogicalExpert = -2; Gpu = -7 }, [pscustomobject]@{ Layer = 0; PhysicalExpert = 1; LogicalExpert = 0; Gpu = 0 }
$findings = $broken | Test-EplbPlacement -ExpertCount 1 -Detailed | ForEach-Object Message
Write messages.txt ($messages + $findings)
if ([cultureinfo]::CurrentCulture.NumberFormat.NumberDecimalSeparator -ne $chosen.NumberFormat.NumberDecimalSeparator) { throw 'The culture did not last.' }
"decimal separator $($chosen.NumberFormat.NumberDecimalSeparator)"
