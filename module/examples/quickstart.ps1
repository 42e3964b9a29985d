<#
.SYNOPSIS
Plans the experts of DeepSeek-V3 on 32 GPUs from real loads, and shows what the plan is worth.
.PARAMETER Path
Loads to plan for; the bundled DeepSeek-V3 loads where not given.
.PARAMETER Destination
File that the plan is written to, in SGLang's format.
#>
param(
    [string] $Path = "$PSScriptRoot/data/dsv3-0324-mmlu-seqlen4k.json",
    [string] $Destination = './dsv3-placement.json'
)

$loads = Import-ExpertLoad -LiteralPath $Path

'Without a plan: 256 experts in order on 32 GPUs.'
$loads | Get-EplbPlacement -ReplicaCount 256 -GpuCount 32 -Policy ReplicateOnly -AsMap | Measure-EplbBalance -Summary

'With a plan: 288 slots, groups kept on their node (what the reference does on 4 nodes with 8 groups).'
$loads | Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -NodeCount 4 -GroupCount 8 -AsMap | Measure-EplbBalance -Summary

'With a plan: 288 slots, experts free to live on any node. Layer by layer, then in sum.'
$plan = $loads | Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -NodeCount 4 -Policy Global -AsMap
$plan | Measure-EplbBalance
$plan | Measure-EplbBalance -Summary

$plan | Export-EplbPlacement -Path $Destination -Format SGLang -Force
"Written to $Destination."
