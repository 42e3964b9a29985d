BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $data = "$PSScriptRoot/../data"
    $law = Import-ExpertLoad "$data/dsv2lite-esft-law.windows.json" -PerWindow
    $translation = Import-ExpertLoad "$data/dsv2lite-esft-translation.windows.json" -PerWindow
    # The traffic turns from law to translation after window 32.
    $turn = @($law) + $translation.ForEach{ [Eplb.ExpertLoad]::new($_.Layer, $_.Load, 33 + $_.Window, $_.Source) }
}

Describe 'Invoke-EplbBacktest' {
    It 'plans on the past and judges on the next window' {
        $steps = @($law | Invoke-EplbBacktest 80 8 -Policy Global -WindowLength 8)
        $steps | Should -HaveCount 25
        $steps[0] | Should -BeOfType Eplb.BacktestStep
        $steps[1].Window | Should -Be 9
        $steps[1].FirstPlanWindow | Should -Be 1
        $steps[1].LastPlanWindow | Should -Be 8
        $past = $law.Where{ $_.Window -in 1..8 } | Get-EplbPlacement 80 8 -Policy Global
        $now = $law.Where{ $_.Window -eq 9 }
        $steps[1].Balancedness | Should -Be ($past | Measure-EplbBalance -Load $now -Summary).Balancedness
        $steps[1].OracleBalancedness | Should -Be ($now | Get-EplbPlacement 80 8 -Policy Global | Measure-EplbBalance -Summary).Balancedness
        $steps[1].MovedSlotCount | Should -Be 1589
    }

    It 'shows that steady traffic is not worth planning anew for' {
        $summary = $law | Invoke-EplbBacktest 80 8 -Policy Global -WindowLength 8 -Summary
        $summary.StepCount | Should -Be 25
        $summary.ReplanCount | Should -Be 25
        [math]::Round($summary.Balancedness, 4) | Should -Be 0.8853
        [math]::Round($summary.UnchangedBalancedness, 4) | Should -Be 0.8846
        [math]::Round($summary.OracleBalancedness, 4) | Should -Be 0.9899
        $summary.MovedSlotCount | Should -Be 39485
    }

    It 'shows that traffic that turns is worth it, and that a threshold saves most of the moves' {
        $always = $turn | Invoke-EplbBacktest 80 8 -Policy Global -WindowLength 8 -Summary
        $worn = $turn | Invoke-EplbBacktest 80 8 -Policy Global -WindowLength 8 -Threshold 0.85 -Summary
        $always.Gain | Should -BeGreaterThan 0.15
        $worn.Gain | Should -BeGreaterThan ($always.Gain - 0.02)
        $worn.MovedSlotCount | Should -BeLessThan ($always.MovedSlotCount / 2)
    }

    It 'plans at every interval' {
        $steps = $law | Invoke-EplbBacktest 80 8 -Policy Global -Interval 10
        $steps.Where{ $_.IsReplanned }.Window -join ' ' | Should -Be '1 11 21 31'
    }

    It 'judges by the dispatch of the server' {
        $even = $law | Invoke-EplbBacktest 80 8 -Policy Global -Summary
        $static = $law | Invoke-EplbBacktest 80 8 -Policy Global -Dispatch SGLangStatic -Summary
        $static.Balancedness | Should -BeLessThan $even.Balancedness
    }

    It 'refines the plans, the oracle''s too' {
        $summary = $law | Invoke-EplbBacktest 80 8 -Policy Global -WindowLength 8 -Interval 8 -Refine -Summary
        $summary.OracleBalancedness | Should -BeGreaterThan 0.995
        $summary.Balancedness | Should -BeLessThan 0.9
    }

    It 'refines the plans for the dispatch of the server' {
        $summary = $law | Invoke-EplbBacktest 80 8 -Policy Global -WindowLength 8 -Interval 8 -Refine -Dispatch SGLangStatic -Summary
        $summary.OracleBalancedness | Should -BeGreaterThan 0.99
        $summary.Balancedness | Should -BeGreaterThan 0.85
    }

    It 'plans for the windows of the past, or for their sum' {
        $mean = $turn | Invoke-EplbBacktest 80 8 -Policy Global -WindowLength 8 -Interval 8 -Refine -Summary
        $sum = $turn | Invoke-EplbBacktest 80 8 -Policy Global -WindowLength 8 -Interval 8 -Refine -WindowGoal Sum -Summary
        $mean.Balancedness | Should -BeGreaterThan ($sum.Balancedness + 0.005)
        $mean.OracleBalancedness | Should -Be $sum.OracleBalancedness
    }

    It 'keeps to a budget of moves' {
        $steps = @($turn | Invoke-EplbBacktest 80 8 -Policy Global -WindowLength 8 -Interval 8 -MaxMove 10%)
        $steps.Where{ $_.MovedSlotCount -gt 8 * 26 } | Should -BeNullOrEmpty
        $steps.Where{ $_.MovedSlotCount -gt 0 } | Should -Not -BeNullOrEmpty
    }

    It 'refuses loads without windows' {
        $sum = Import-ExpertLoad "$data/dsv2lite-esft-law.json"
        { $sum | Invoke-EplbBacktest 80 8 } | Should -Throw -ErrorId 'WindowMissing,Eplb.Commands.InvokeEplbBacktestCommand'
    }

    It 'refuses a past that is as long as the recording' {
        { $law | Invoke-EplbBacktest 80 8 -WindowLength 33 } | Should -Throw -ErrorId 'WindowMissing,Eplb.Commands.InvokeEplbBacktestCommand'
    }

    It 'warns of windows that are in no order' {
        $ring = Import-ExpertLoad "$data/formats/sglang-stat.pt" -PerWindow
        $ring | Invoke-EplbBacktest 4 2 -WarningVariable warnings -WarningAction SilentlyContinue | Should -Not -BeNullOrEmpty
        $warnings | Should -BeLike '*not in time order*'
        $law | Invoke-EplbBacktest 80 8 -Interval 32 -WarningVariable warnings | Should -Not -BeNullOrEmpty
        $warnings | Should -BeNullOrEmpty
    }
}
