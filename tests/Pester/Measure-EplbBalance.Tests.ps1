BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    . "$PSScriptRoot/ConvertTo-Text.ps1"
    $deepSeek = Import-ExpertLoad "$PSScriptRoot/../../module/examples/data/dsv3-0324-mmlu-seqlen4k.json"
    $law = Import-ExpertLoad "$PSScriptRoot/../data/dsv2lite-esft-law.json"
    $translation = Import-ExpertLoad "$PSScriptRoot/../data/dsv2lite-esft-translation.json"
    $plan = $deepSeek | Get-EplbPlacement 288 32 -NodeCount 4 -GroupCount 8 -AsMap
}

Describe 'Measure-EplbBalance' {
    It 'reports on each layer by default' {
        $reports = @($plan | Measure-EplbBalance)
        $reports | Should -HaveCount 58
        $reports[0] | Should -BeOfType Eplb.BalanceReport
        $reports[0].Layer | Should -Be 0
        $reports[0].MaxLoad | Should -Be 447667
        $reports[0].MeanLoad | Should -Be 401310
        $reports[0].Balancedness | Should -Be (401310 / 447667)
        $reports[0].ImbalanceRatio | Should -Be (447667 / 401310)
        $reports[0].LimitedBy | Should -Be 'NodePacking'
    }

    It 'sums a plan up' {
        $summary = $plan | Measure-EplbBalance -Summary
        $summary | Should -BeOfType Eplb.PlanBalanceReport
        $summary.LayerCount | Should -Be 58
        [math]::Round($summary.Balancedness, 4) | Should -Be 0.8835
        $summary.WorstLayer | Should -Be 1
        $summary.DuplicateCount | Should -Be 86
    }

    It 'reports on each GPU and each node' {
        $gpus = @($plan | Measure-EplbBalance -By Gpu)
        $nodes = @($plan | Measure-EplbBalance -By Node)
        $gpus | Should -HaveCount 32
        $nodes | Should -HaveCount 4
        $gpus[31].Node | Should -Be 3
        [math]::Round($nodes[0].Load) | Should -Be ([math]::Round([Linq.Enumerable]::Sum([double[]]$gpus[0..7].Load)))
    }

    It 'counts the load of a node that lost a GPU, or has slower ones, as it is' {
        $load = [Eplb.ExpertLoad]::new(0, [double[]](10, 20, 30, 40, 50, 60, 70, 80))
        $lost = @($load | Get-EplbPlacement 16 4 -NodeCount 2 -Policy Global -Refine -ExcludeGpu 1 -AsMap | Measure-EplbBalance -By Node)
        $lost.Load | Should -Be 120, 240
        $lost.Balancedness | Should -Be 1, 1
        $slower = @($load | Get-EplbPlacement 16 4 -NodeCount 2 -Policy Global -Refine -GpuSpeed 1, 0.5, 1, 1 -AsMap | Measure-EplbBalance -By Node)
        [math]::Round([Linq.Enumerable]::Sum([double[]]$slower.Load), 9) | Should -Be 360
    }

    It 'judges a plan by other loads' {
        $old = $law | Get-EplbPlacement 80 8 -Policy Global
        ($old | Measure-EplbBalance -Summary).Balancedness | Should -BeGreaterThan 0.99
        [math]::Round(($old | Measure-EplbBalance -Load $translation -Summary).Balancedness, 3) | Should -Be 0.647
    }

    It 'says the same of a map, of its slots and of rows that were text' {
        $expected = ($plan | Measure-EplbBalance -Summary).Balancedness
        $slots = @($deepSeek | Get-EplbPlacement 288 32 -NodeCount 4 -GroupCount 8)
        ($slots | Measure-EplbBalance -Summary).Balancedness | Should -Be $expected
        $rows = foreach ($slot in $slots) {
            [pscustomobject]@{
                Layer = "$($slot.Layer)"; PhysicalExpert = "$($slot.PhysicalExpert)"; LogicalExpert = "$($slot.LogicalExpert)"; Replica = "$($slot.Replica)"
                ReplicaCount = "$($slot.ReplicaCount)"; Node = "$($slot.Node)"; Gpu = "$($slot.Gpu)"; Slot = "$($slot.Slot)"
                Load = $slot.Load.ToString('R', [cultureinfo]::InvariantCulture)
            }
        }
        [math]::Abs(($rows | Measure-EplbBalance -Summary).Balancedness - $expected) | Should -BeLessThan 1e-12
    }

    It 'takes slots that were text or another process''s objects for the plan that they are of: <Name>' -ForEach @(
        @{ Name = 'groups'; Options = @{ NodeCount = 4; GroupCount = 8 } }
        @{ Name = 'speeds'; Options = @{ GpuSpeed = 1, 1, 0.5, 1, 1, 1, 1, 2 } }
        @{ Name = 'a lost GPU'; Options = @{ ExcludeGpu = 3; Policy = 'Global' } }
    ) {
        $load = [Eplb.ExpertLoad]::new(3, [double[]](1..32).ForEach{ [math]::Floor(1000 / $_) })
        $slots = @($load | Get-EplbPlacement 40 8 @Options)
        $live = $slots | Measure-EplbBalance
        foreach ($rows in (ConvertTo-Text $slots), [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($slots))) {
            $same = $rows | Measure-EplbBalance
            foreach ($property in 'Balancedness', 'NodeBalancedness', 'Bound', 'MaxLoad') { $same.$property | Should -Be $live.$property }
            $same.LimitedBy | Should -Be $live.LimitedBy
            ($rows | Measure-EplbBalance -Summary).Policy | Should -Be ($slots | Measure-EplbBalance -Summary).Policy
        }
    }

    It 'refuses slots that are not of one plan, by <Property>' -ForEach @(
        @{ Property = 'GroupCount'; Value = '4'; Id = 'PlacementInvalid' }
        @{ Property = 'Policy'; Value = 'IntraNode'; Id = 'PlacementInvalid' }
        @{ Property = 'GpuSpeed'; Value = '0.25'; Id = 'PlacementInvalid' }
        @{ Property = 'Policy'; Value = 'Round'; Id = 'FormatInvalid' }
    ) {
        $slots = ConvertTo-Text ([Eplb.ExpertLoad]::new(3, (4, 3, 2, 1)) | Get-EplbPlacement 8 4 -GroupCount 2 -GpuSpeed 1, 1, 0.5, 1)
        $slots[-1].$Property = $Value
        { $slots | Measure-EplbBalance -ErrorAction Stop } | Should -Throw "*$Property*" -ErrorId "$Id,*"
    }

    It 'takes some layers of a plan' {
        $slots = $deepSeek | Get-EplbPlacement 288 32 -NodeCount 4 -GroupCount 8
        $reports = @($slots.Where{ $_.Layer -in 4, 7 } | Measure-EplbBalance)
        $reports.Layer -join ' ' | Should -Be '4 7'
    }

    It 'measures several plans one after the other' {
        $other = $deepSeek | Get-EplbPlacement 288 32 -Policy Global -AsMap
        $both = @($plan, $other | Measure-EplbBalance -Summary)
        $both.Policy -join ' ' | Should -Be 'Hierarchical Global'
    }

    It 'leaves idle layers out of the summary' {
        $idle = [Eplb.ExpertLoad]::new(100, [double[]]::new(256))
        $summary = @($deepSeek) + $idle | Get-EplbPlacement 288 32 -AsMap | Measure-EplbBalance -Summary
        $summary.LayerCount | Should -Be 58
        $summary.IdleLayerCount | Should -Be 1
        [math]::Round($summary.Balancedness, 4) | Should -Be 0.9925
    }

    It 'shares the load of an expert as the dispatch <Rule> does' -ForEach @(
        @{ Rule = 'Even'; Balancedness = 0.9925 }
        @{ Rule = 'SGLangStatic'; Balancedness = 0.8816 }
        @{ Rule = 'SGLangStaticNew'; Balancedness = 0.9385 }
        @{ Rule = 'VllmAscend'; Balancedness = 0.981 }
        @{ Rule = 'Optimal'; Balancedness = 0.9945 }
    ) {
        $global = $deepSeek | Get-EplbPlacement 288 32 -NodeCount 4 -Policy Global -AsMap
        [math]::Round(($global | Measure-EplbBalance -Dispatch $Rule -Summary).Balancedness, 4) | Should -Be $Balancedness
    }

    It 'names the dispatch as the limit where it ignores a replica' {
        # Four GPUs of one slot in one node: expert 0 lives on the last two, and three sources of four take the first of these.
        $rows = 0..3 | ForEach-Object { [Eplb.PhysicalExpert]::new(0, $_, (1, 2, 0, 0)[$_], (0, 0, 0, 1)[$_], (1, 1, 2, 2)[$_], 0, $_, 0, 4) }
        $report = $rows | Measure-EplbBalance -Dispatch SGLangStatic
        $report.MaxLoad | Should -Be 6
        # With one spare slot the rule forces that on every plan; a dispatch that shared evenly would reach 4.
        $report.Bound | Should -Be 6
        ($rows | Measure-EplbBalance).Bound | Should -Be 4
        $report.LimitedBy | Should -Be 'Dispatch'
        ($rows | Measure-EplbBalance).LimitedBy | Should -Be 'None'
    }

    It 'gives the figures of servers, one object each' {
        $figures = @($plan | Measure-EplbBalance -Metric Eplb, SGLang, Vllm, VllmFixed, TensorRTLLM, Adrs)
        $figures[0] | Should -BeOfType Eplb.MetricReport
        $figures.Metric -join ' ' | Should -Be 'Eplb SGLang Vllm VllmFixed TensorRTLLM Adrs'
        $figures.ForEach{ [math]::Round($_.Value, 4) } -join ' ' | Should -Be '0.8835 0.8835 0.831 0.8734 0.145 0.4109'
        $figures.Perfect -join ' ' | Should -Be '1 1 1 1 0 1'
    }

    It 'refuses -Metric together with -Summary' {
        { $plan | Measure-EplbBalance -Metric Eplb -Summary } | Should -Throw -ErrorId 'AmbiguousParameterSet,Eplb.Commands.MeasureEplbBalanceCommand'
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'loads that lack a layer'; Load = { $deepSeek[0..3] }; Id = 'LayerMissing' }
        @{ Name = 'loads of another model'; Load = { $law }; Id = 'RowLengthMismatch' }
    ) {
        { $plan | Measure-EplbBalance -Load (& $Load) } | Should -Throw -ErrorId "$Id,Eplb.Commands.MeasureEplbBalanceCommand"
    }

    It 'warns of busy layers that the placement lacks, not of idle ones' {
        $idle = [Eplb.ExpertLoad]::new(70, [double[]]::new(256))
        $plan | Measure-EplbBalance -Summary -Load ($deepSeek + $idle) -WarningVariable warnings | Out-Null
        $warnings | Should -HaveCount 0
        $busy = 71, 72 | ForEach-Object { [Eplb.ExpertLoad]::new($_, $deepSeek[0].Load) }
        $plan | Measure-EplbBalance -Summary -Load ($deepSeek + $busy) -WarningVariable warnings -WarningAction SilentlyContinue | Out-Null
        $warnings | Should -HaveCount 1
        $warnings[0].Message | Should -BeLike '*2 layers that carry load, the first of them 71*'
    }

    It 'refuses slots whose load is <Load>' -ForEach @(@{ Load = -1e9 }, @{ Load = [double]::NaN }, @{ Load = [double]::PositiveInfinity }, @{ Load = 1e300 }) {
        $slots = @($law[0] | Get-EplbPlacement 80 8 -Policy Global).ForEach{
            [pscustomobject]@{ Layer = $_.Layer; PhysicalExpert = $_.PhysicalExpert; LogicalExpert = $_.LogicalExpert; Replica = $_.Replica; ReplicaCount = $_.ReplicaCount; Node = $_.Node; Gpu = $_.Gpu; Slot = $_.Slot; Load = $_.Load }
        }
        $slots[0].Load = $Load
        { $slots | Measure-EplbBalance } | Should -Throw "Layer 0, expert $($slots[0].LogicalExpert): the load*"
        { $slots | Export-EplbPlacement "$TestDrive/none.json" FastDeploy -FirstMoeLayer 0 } | Should -Throw
        "$TestDrive/none.json" | Should -Not -Exist
    }

    It 'leaves the useless replicas of idle layers out' {
        $idle = [Eplb.ExpertLoad]::new(90, [double[]]::new(64))
        $with = @($law[0]) + $idle | Get-EplbPlacement 80 8 -Policy Global -AsMap
        ($with | Measure-EplbBalance).Where{ $_.Layer -eq 90 }[0].DuplicateCount | Should -BeGreaterThan 0
        $summary = $with | Measure-EplbBalance -Summary
        $summary.DuplicateCount | Should -Be ($with | Measure-EplbBalance).Where{ $_.Layer -ne 90 }[0].DuplicateCount
        $sum = 0; foreach ($gpu in $with | Measure-EplbBalance -By Gpu) { $sum += $gpu.DuplicateCount }
        $sum | Should -Be $summary.DuplicateCount
    }

    It 'goes on after a placement that the loads do not fit, and after half a layer' {
        $plan = $law | Get-EplbPlacement 80 8 -Policy Global -AsMap
        $other = $deepSeek | Get-EplbPlacement 288 32 -Policy Global -AsMap
        $two = $plan, $other, $plan | Measure-EplbBalance -Load $law -Summary -ErrorVariable refused -ErrorAction SilentlyContinue
        $two | Should -HaveCount 2
        $refused[0].FullyQualifiedErrorId | Should -BeLike '*,Eplb.Commands.MeasureEplbBalanceCommand'
        $half = @($law | Get-EplbPlacement 80 8)[0..99]
        @($plan) + $half + $other | Measure-EplbBalance -Summary -ErrorVariable refused -ErrorAction SilentlyContinue | Should -HaveCount 2
        $refused[0].FullyQualifiedErrorId | Should -Be 'PlacementInvalid,Eplb.Commands.MeasureEplbBalanceCommand'
    }

    It 'says what to do with loads where a placement is needed, and the other way round' {
        { $law | Measure-EplbBalance -ErrorAction Stop } | Should -Throw '*Get-EplbPlacement*' -ErrorId 'FormatInvalid,*'
        { $law | Get-EplbPlacement 80 8 -Policy Global -AsMap | Merge-ExpertLoad -ErrorAction Stop } | Should -Throw '*Import-ExpertLoad*' -ErrorId 'FormatInvalid,*'
    }

    It 'asks for the depth that JSON lacks' -Skip:(-not (Get-Command ConvertTo-Json -ErrorAction Ignore)) {
        $plan = $law | Get-EplbPlacement 80 8 -Policy Global -AsMap
        { $plan | ConvertTo-Json -WarningAction Ignore | ConvertFrom-Json | Measure-EplbBalance -ErrorAction Stop } | Should -Throw '*LogicalToPhysical*-Depth 4*' -ErrorId 'FormatInvalid,*'
    }

    It 'refuses half a layer' {
        $slots = @($deepSeek | Get-EplbPlacement 288 32)
        { $slots[0..99] | Measure-EplbBalance } | Should -Throw -ErrorId 'PlacementInvalid,*'
    }

    It 'keeps the slots of several plans apart, in whatever order they come' {
        $one = $law | Get-EplbPlacement 80 8 -Policy Global -AsMap
        $two = $law | Get-EplbPlacement 72 8 -Policy Global -AsMap
        $first, $second = @($one.GetPhysicalExperts()), @($two.GetPhysicalExperts())
        $mixed = @($first[0..99] + $second[0..99] + $first[100..($first.Count - 1)] + $second[100..($second.Count - 1)] | Measure-EplbBalance -Summary)
        $mixed.Balancedness | Should -Be @(@($one, $two | Measure-EplbBalance -Summary).Balancedness)
    }

    It 'refuses a map without <Name>' -ForEach @(
        @{ Name = 'one of its arrays'; Change = { $args[0].LogicalToPhysical = $null }; Id = 'FormatInvalid' }
        @{ Name = 'all of its rows'; Change = { $args[0].PhysicalToLogical = $args[0].PhysicalToLogical[0..5] }; Id = 'PlacementInvalid' }
        @{ Name = 'all of its replicas'; Change = { $args[0].LogicalToPhysical = $args[0].LogicalToPhysical[0..5] }; Id = 'PlacementInvalid' }
        @{ Name = 'all of its counts'; Change = { $args[0].ExpertCount = $args[0].ExpertCount[0..5] }; Id = 'PlacementInvalid' }
        @{ Name = 'all of its loads'; Change = { $args[0].Load = $args[0].Load[0..5] }; Id = 'PlacementInvalid' }
        @{ Name = 'slots that are numbers'; Change = { $args[0].Layer = @('1,5') + $args[0].Layer }; Id = 'FormatInvalid' }
        @{ Name = 'layers that are numbers'; Change = { $args[0].Layer = @('x') + $args[0].Layer }; Id = 'FormatInvalid' }
    ) {
        $map = $law | Get-EplbPlacement 80 8 -Policy Global -AsMap
        $copy = [pscustomobject]@{
            Layer = $map.Layer; PhysicalToLogical = $map.PhysicalToLogical; LogicalToPhysical = $map.LogicalToPhysical; ExpertCount = $map.ExpertCount; Load = $map.Load
            ReplicaCount = 80; GpuCount = 8; NodeCount = 1; GroupCount = 1; Policy = 'Global'
        }
        ($copy | Measure-EplbBalance -Summary).Balancedness | Should -Be ($map | Measure-EplbBalance -Summary).Balancedness
        & $Change $copy
        { $copy | Measure-EplbBalance -ErrorAction Stop } | Should -Throw -ErrorId "$Id,Eplb.Commands.MeasureEplbBalanceCommand"
    }

    # What ConvertFrom-Json makes of this module's JSON.
    It 'takes a map that does not say which GPUs are lost' {
        $map = $law | Get-EplbPlacement 80 8 -NodeCount 2 -Policy Global -ExcludeGpu 0 -GpuSpeed 9, 1, 1, 1, 1, 1, 1, 0.5 -AsMap
        $copy = [pscustomobject]@{
            Layer = $map.Layer; PhysicalToLogical = $map.PhysicalToLogical; LogicalToPhysical = $map.LogicalToPhysical; ExpertCount = $map.ExpertCount; Load = $map.Load
            ReplicaCount = 80; GpuCount = 8; NodeCount = 2; GroupCount = 1; Policy = 'Global'; GpuSpeed = $map.GpuSpeed
        }
        ($copy | Measure-EplbBalance -Summary).Balancedness | Should -Be ($map | Measure-EplbBalance -Summary).Balancedness
        $copy | Test-EplbPlacement | Should -BeTrue
    }

    It 'refuses an object that is <Name>' -ForEach @(
        @{ Name = 'empty'; Slot = [pscustomobject]@{}; Message = '*no properties*' }
        @{ Name = 'no slot'; Slot = [pscustomobject]@{ Layer = [version]'1.2' }; Message = "*Layer '1.2' is not a whole number*" }
    ) {
        { $Slot | Measure-EplbBalance -ErrorAction Stop } | Should -Throw $Message -ErrorId 'FormatInvalid,*'
    }

    It 'refuses nothing' {
        { @() | Measure-EplbBalance } | Should -Throw -ErrorId 'PlacementInvalid,Eplb.Commands.MeasureEplbBalanceCommand'
    }
}
