BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $data = "$PSScriptRoot/../data"
    $law = Import-ExpertLoad "$data/dsv2lite-esft-law.json"
    $translation = Import-ExpertLoad "$data/dsv2lite-esft-translation.json"
    $current = $law | Get-EplbPlacement 80 8 -Policy Global -AsMap
}

Describe 'Test-EplbRebalance' {
    It 'is true where a new plan gains enough, and false where it does not' {
        $current | Test-EplbRebalance -Load $translation | Should -BeTrue
        $current | Test-EplbRebalance -Load $translation -MinimumGain 0.6 | Should -BeFalse
        Test-EplbRebalance $current $law | Should -BeFalse
        Test-EplbRebalance $current $law | Should -BeOfType bool
    }

    It 'counts the slots that Compare-EplbPlacement takes from other GPUs' {
        $shape = @{ ReplicaCount = 80; GpuCount = 8; NodeCount = 2; GroupCount = 8; Policy = 'Hierarchical' }
        $before = $law | Get-EplbPlacement @shape -AsMap
        $cost = Compare-EplbPlacement $before ($translation | Get-EplbPlacement @shape -AsMap) -Summary -ExpertBytes 1MB
        $advice = Test-EplbRebalance $before $translation -ExpertBytes 1MB -Detailed
        $advice.MovedSlotCount | Should -Be ($cost.IntraNodeCount + $cost.InterNodeCount)
        $advice.MovedBytes | Should -Be ($cost.IntraNodeBytes + $cost.InterNodeBytes)
    }

    It 'refines for GPUs of other speeds, as their placement was' {
        $slower = $law | Get-EplbPlacement 80 8 -Policy Global -GpuSpeed 1, 1, 1, 1, 1, 1, 0.5, 0.5 -AsMap
        $advice = Test-EplbRebalance $slower $translation -Detailed
        $planned = $translation | Get-EplbPlacement 80 8 -Policy Global -GpuSpeed $slower.GpuSpeed -AsMap | Measure-EplbBalance -Summary
        $advice.PlannedBalancedness | Should -Be $planned.Balancedness
    }

    It 'gives the figures with -Detailed' {
        $advice = $current | Test-EplbRebalance -Load $translation -Refine -ExpertBytes 10MB -Bandwidth 1GB -Detailed
        $advice | Should -BeOfType Eplb.RebalanceAdvice
        [math]::Round($advice.Balancedness, 3) | Should -Be 0.647
        $advice.PlannedBalancedness | Should -BeGreaterThan 0.99
        $advice.Gain | Should -Be ($advice.PlannedBalancedness / $advice.Balancedness - 1)
        [math]::Round($advice.JensenShannon, 3) | Should -Be 0.188
        $advice.MovedBytes | Should -Be ($advice.MovedSlotCount * 10MB)
        $advice.PaybackSeconds | Should -Be ($advice.TransferSeconds / $advice.Gain)
        $advice.Reason | Should -BeLike 'A new plan gains 5*'
    }

    It 'asks for the bytes that the time of a transfer follows from' {
        { $current | Test-EplbRebalance -Load $translation -Bandwidth 1GB -Detailed } | Should -Throw '*ExpertBytes*' -ErrorId 'ParameterMissing,*'
    }

    It 'weighs a change within a budget of moves' {
        $free = $current | Test-EplbRebalance -Load $translation -Refine -Detailed
        $budget = $current | Test-EplbRebalance -Load $translation -MaxMove 10% -Detailed
        $budget.MovedSlotCount | Should -BeLessOrEqual (8 * 26)
        $budget.Gain | Should -BeGreaterThan 0.1
        $budget.Gain | Should -BeLessThan $free.Gain
    }

    It 'knows neither drift nor cost of a placement from a file without them' {
        $current | Export-EplbPlacement "$TestDrive/served.json" SGLang -HiddenLayerCount 26 -FirstMoeLayer 0
        $file = Import-EplbPlacement "$TestDrive/served.json" -GpuCount 8 -AsMap
        $advice = $file | Test-EplbRebalance -Load $translation -Detailed
        $advice.JensenShannon | Should -BeNullOrEmpty
        $advice.TransferSeconds | Should -BeNullOrEmpty
        [math]::Round($advice.Balancedness, 3) | Should -Be 0.647
    }

    It 'goes on after a placement of another model, and takes uneven slots for refined ones' {
        $uneven = $law | Get-EplbPlacement 77 8 -Policy Global -Refine -AsMap
        $other = [Eplb.ExpertLoad]::new(0, [double[]](1..32)) | Get-EplbPlacement 40 8 -Policy Global -AsMap
        $two = $uneven, $other, $current | Test-EplbRebalance -Load $translation -ErrorVariable refused -ErrorAction SilentlyContinue
        $two | Should -HaveCount 2
        $two[0] | Should -BeTrue
        $refused | Should -HaveCount 1
    }

    It 'refuses loads that lack a layer' {
        { $current | Test-EplbRebalance -Load $translation[0..3] } | Should -Throw -ErrorId 'LayerMissing,Eplb.Commands.TestEplbRebalanceCommand'
    }
}

Describe 'The example rebalance.ps1' {
    BeforeAll {
        $runbook = "$PSScriptRoot/../../module/examples/rebalance.ps1"
        $files = @{ PlacementPath = "$TestDrive/current.json"; ServerPath = "$TestDrive/server.json"; LogPath = "$TestDrive/run.log" }
        $model = @{ FirstMoeLayer = 1; HiddenLayerCount = 27 }
    }

    BeforeEach {
        foreach ($path in $files.Values) { [IO.File]::Delete($path) }
        $law | Get-EplbPlacement 80 8 -Policy Global -Refine -AsMap | Export-EplbPlacement $files.PlacementPath Json
    }

    It 'leaves a placement alone that still serves its loads' {
        $before = [IO.File]::ReadAllText($files.PlacementPath)
        (& $runbook -LoadPath "$data/dsv2lite-esft-law.json" @files @model).IsWorthwhile | Should -BeFalse
        [IO.File]::Exists($files.ServerPath) | Should -BeFalse
        [IO.File]::ReadAllText($files.PlacementPath) | Should -BeExactly $before
        @([IO.File]::ReadAllLines($files.LogPath)) | Should -HaveCount 1
    }

    It 'plans, exports and logs where the loads have drifted, and is content afterwards' {
        (& $runbook -LoadPath "$data/dsv2lite-esft-translation.json" @files @model).IsWorthwhile | Should -BeTrue
        $served = Import-EplbPlacement $files.ServerPath -GpuCount 8 -FirstMoeLayer 1
        ($served | Test-EplbPlacement -Target SGLang @model) | Should -BeTrue
        (& $runbook -LoadPath "$data/dsv2lite-esft-translation.json" @files @model).IsWorthwhile | Should -BeFalse
        @([IO.File]::ReadAllLines($files.LogPath)) | Should -HaveCount 2
    }

    It 'replaces nothing where it cannot log' {
        $before = [IO.File]::ReadAllText($files.PlacementPath)
        $elsewhere = $files.Clone()
        $elsewhere.LogPath = "$TestDrive/none/run.log"
        { & $runbook -LoadPath "$data/dsv2lite-esft-translation.json" @elsewhere @model } | Should -Throw
        [IO.File]::Exists($files.ServerPath) | Should -BeFalse
        [IO.File]::ReadAllText($files.PlacementPath) | Should -BeExactly $before
    }

    It 'leaves slower GPUs slower' {
        $law | Get-EplbPlacement 80 8 -Policy Global -GpuSpeed 1, 1, 1, 0.5, 1, 1, 1, 1 -AsMap | Export-EplbPlacement $files.PlacementPath Json -Force
        (& $runbook -LoadPath "$data/dsv2lite-esft-translation.json" @files @model -MaxMove 20%).IsWorthwhile | Should -BeTrue
        (Import-EplbPlacement $files.PlacementPath -AsMap).GpuSpeed -join ' ' | Should -Be '1 1 1 0.5 1 1 1 1'
    }

    It 'puts no expert on a lost GPU, and writes nothing, since SGLang serves no empty slots' {
        $law | Get-EplbPlacement 80 8 -Policy Global -ExcludeGpu 5 -AsMap | Export-EplbPlacement $files.PlacementPath Json -Force
        $before = [IO.File]::ReadAllText($files.PlacementPath)
        { & $runbook -LoadPath "$data/dsv2lite-esft-translation.json" @files @model -MaxMove 20% } | Should -Throw '*nothing was written*empty*'
        [IO.File]::ReadAllText($files.LogPath) | Should -BeLike '*nothing was written*empty*'
        [IO.File]::Exists($files.ServerPath) | Should -BeFalse
        [IO.File]::ReadAllText($files.PlacementPath) | Should -BeExactly $before
    }
}
