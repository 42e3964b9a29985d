<#
.SYNOPSIS
Builds, tests, measures, times and packages the module.
.DESCRIPTION
The steps are MSBuild targets in build.targets, so that they run without PowerShell too.
.PARAMETER Task
Build, Test, Specs (in pwsh with Pester), Coverage (of the tests), Mutation (of the core, for hours), Bench (against the peers), Package (into out/Eplb/<version>) or Clean.
#>
param(
    [ValidateSet('Build', 'Test', 'Specs', 'Coverage', 'Mutation', 'Bench', 'Package', 'Clean')]
    [string] $Task = 'Build'
)

dotnet msbuild "$PSScriptRoot/build.targets" -nologo -target:$Task
exit $LASTEXITCODE
