BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $loads = Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-mmlu_test.json"
    $plan = $loads | Get-EplbPlacement 40 8 -Policy Global -AsMap
}

# A variable that is misspelt is null: what it should have held must not be taken for what was not asked for.
Describe 'A parameter that is null' {
    It 'is an error: <Command> -<Name>' -ForEach @(
        @{ Command = 'Measure-EplbBalance'; Name = 'Load'; Run = { $plan | Measure-EplbBalance -Load $null } }
        @{ Command = 'Find-EplbReplicaCount'; Name = 'Load'; Run = { $loads | Find-EplbReplicaCount 0.9 8 -Load $null } }
        @{ Command = 'ConvertTo-EplbMetric'; Name = 'Load'; Run = { $plan | ConvertTo-EplbMetric -Load $null } }
        @{ Command = 'ConvertTo-EplbMetric'; Name = 'Label'; Run = { $plan | ConvertTo-EplbMetric -Label $null } }
        @{ Command = 'Get-EplbPlacement'; Name = 'CurrentPlacement'; Run = { $loads | Get-EplbPlacement 40 8 -CurrentPlacement $null } }
        @{ Command = 'Merge-ExpertLoad'; Name = 'Weight'; Run = { $loads | Merge-ExpertLoad -Weight $null } }
        @{ Command = 'Test-EplbRebalance'; Name = 'Load'; Run = { $plan | Test-EplbRebalance -Load $null } }
        @{ Command = 'Export-EplbReport'; Name = 'Load'; Run = { $plan | Export-EplbReport "$TestDrive/x.md" -Load $null } }
        @{ Command = 'Export-EplbReport'; Name = 'ReferencePlacement'; Run = { $plan | Export-EplbReport "$TestDrive/x.md" -ReferencePlacement $null } }
        @{ Command = 'Export-EplbReport'; Name = 'Drift'; Run = { $plan | Export-EplbReport "$TestDrive/x.md" -Drift $null } }
        @{ Command = 'Export-EplbReport'; Name = 'Backtest'; Run = { $plan | Export-EplbReport "$TestDrive/x.md" -Backtest $null } }
        @{ Command = 'Export-EplbReport'; Name = 'Sizing'; Run = { $plan | Export-EplbReport "$TestDrive/x.md" -Sizing $null } }
    ) {
        $Run | Should -Throw "*'$Name'*"
        "$TestDrive/x.md" | Should -Not -Exist
    }
}
