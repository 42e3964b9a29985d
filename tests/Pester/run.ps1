<#
.SYNOPSIS
Runs every spec of this folder with Pester and writes what came out, as NUnit does; the exit code is the number of those that failed.
.PARAMETER Pester
The manifest of Pester.
.PARAMETER Results
The file to write.
#>
param(
    [Parameter(Mandatory)] [string] $Pester,
    [Parameter(Mandatory)] [string] $Results
)

Import-Module $Pester
Invoke-Pester -Configuration @{
    Run = @{ Path = $PSScriptRoot; Exit = $true }
    TestResult = @{ Enabled = $true; OutputFormat = 'NUnit3'; OutputPath = $Results }
}
