<#
.SYNOPSIS
Plans the experts of DeepSeek-V3 on 32 GPUs from real loads, and shows what the plan is worth.
.PARAMETER Path
Loads to plan for; the bundled DeepSeek-V3 loads where not given.
.PARAMETER Destination
File that the plan is written to, for SGLang's --init-expert-location.
#>
param(
    [string] $Path = "$PSScriptRoot/data/dsv3-0324-mmlu-seqlen4k.json",
    [string] $Destination = './dsv3-placement.json'
)

$loads = Import-ExpertLoad -LiteralPath $Path

'Without a plan: 256 experts in order on 32 GPUs.'
$loads | Get-EplbPlacement -ReplicaCount 256 -GpuCount 32 -Policy ReplicateOnly -AsMap |
    Measure-EplbBalance -Summary | Out-Default

'The plan of the reference on 4 nodes: 288 slots, each of the 8 groups kept on its node.'
$loads | Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -NodeCount 4 -GroupCount 8 -AsMap |
    Measure-EplbBalance -Summary | Out-Default

'The same slots, experts free to live on any node, refined beyond the greedy plan: layer by layer, then in sum.'
$plan = $loads | Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -NodeCount 4 -Policy Global -Refine -AsMap
$plan | Measure-EplbBalance | Out-Default
$plan | Measure-EplbBalance -Summary | Out-Default

# The recording starts at the first MoE layer; SGLang wants a row for each of the 61 hidden layers, the first 3 of them dense.
$plan | Export-EplbPlacement -Path $Destination -Format SGLang -FirstMoeLayer 3 -HiddenLayerCount 61 -Force
"Written to $Destination."
