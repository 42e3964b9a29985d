<#
.SYNOPSIS
Installs the package with PSResourceGet from the folder as a repository, and plans with it from there.
.PARAMETER Folder
The folder with Eplb.<version>.nupkg.
#>
param([Parameter(Mandatory)] [string] $Folder)
$ErrorActionPreference = 'Stop'

$repository = "Eplb-$PID"
$modules = [IO.Directory]::CreateTempSubdirectory('eplb-modules-').FullName
Register-PSResourceRepository -Name $repository -Uri $Folder -Trusted
try {
    Save-PSResource -Name Eplb -Repository $repository -Path $modules
    $env:PSModulePath = $modules + [IO.Path]::PathSeparator + $env:PSModulePath
    $load = Get-ChildItem $modules -Recurse -Filter dsv3-0324-mmlu-seqlen4k.json | Import-ExpertLoad
    $summary = $load | Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -AsMap | Measure-EplbBalance -Summary
    $module = Get-Module Eplb
    if (-not $module.ModuleBase.StartsWith($modules)) { throw "Eplb was loaded from $($module.ModuleBase), not from $modules." }
    "$($module.Name) $($module.Version), installed by PSResourceGet in PowerShell $($PSVersionTable.PSVersion): balancedness $($summary.Balancedness.ToString('0.0000'))"
}
finally {
    Unregister-PSResourceRepository $repository
    Remove-Item $modules -Recurse -ErrorAction SilentlyContinue
}
