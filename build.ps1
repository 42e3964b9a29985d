<#
.SYNOPSIS
Builds, tests, measures, times and packages the module.
.DESCRIPTION
The steps are MSBuild targets in build.targets, so that they run without PowerShell too. Here Test goes on with the specs in Pester 5,
where it is installed.
.PARAMETER Task
Build, Test, Coverage (of the tests), Bench (against the peers), Package (into out/Eplb/<version>) or Clean.
#>
param(
    [ValidateSet('Build', 'Test', 'Coverage', 'Bench', 'Package', 'Clean')]
    [string] $Task = 'Build'
)

dotnet msbuild "$PSScriptRoot/build.targets" -nologo -target:$Task
if ($LASTEXITCODE) { exit $LASTEXITCODE }

if ($Task -eq 'Test') {
    $pester = Get-Module Pester -ListAvailable | Where-Object { $_.Version.Major -eq 5 } | Sort-Object Version | Select-Object -Last 1
    if (-not $pester) { 'Pester 5 is not installed: the specs ran in the embedded engine only.'; exit }
    # In a process of its own: this session may have another build of the module loaded.
    $run = "Import-Module '$($pester.Path)'; exit [int]((Invoke-Pester -Path '$PSScriptRoot/tests/Pester' -PassThru).Result -ne 'Passed')"
    & (Get-Process -Id $PID).Path -NoProfile -Command $run
    exit $LASTEXITCODE
}
