BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $root = [IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $readme = [IO.File]::ReadAllText("$root/README.md")
}

Describe 'README' {
    It 'runs its lines for PowerShell, with the balancedness that it claims' {
        # The module is loaded already, in the edition that is under test.
        $code = [regex]::Match($readme, '(?s)```powershell\r?\n(.*?)```').Groups[1].Value -replace '(?m)^Import-Module.*$'
        $location = $ExecutionContext.SessionState.Path.CurrentLocation.Path
        try {
            $null = $ExecutionContext.SessionState.Path.SetLocation($root)
            $summary = & ([scriptblock]::Create($code))
        }
        finally {
            $null = $ExecutionContext.SessionState.Path.SetLocation($location)
        }
        [math]::Round($summary.Balancedness, 5) | Should -Be 0.99997
        [math]::Floor($summary.WorstBalancedness * 100000) / 100000 | Should -BeGreaterOrEqual 0.99995
        $summary.DuplicateCount | Should -Be 0
    }

    It 'names every command of the module, and no other' {
        $named = [Collections.Generic.SortedSet[string]]::new([string[]][regex]::Matches($readme, '\b[A-Z][A-Za-z]+-(Expert|Eplb)[A-Za-z]*[a-z]\b').Value)
        $exported = [Collections.Generic.SortedSet[string]]::new([string[]](Get-Module Eplb).ExportedCmdlets.Keys)
        "$named" | Should -Be "$exported"
    }
}
