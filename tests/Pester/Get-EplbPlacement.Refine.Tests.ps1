BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $deepSeek = Import-ExpertLoad "$PSScriptRoot/../../module/examples/data/dsv3-0324-mmlu-seqlen4k.json"
    $gptOss = Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-all.json"
}

Describe 'Get-EplbPlacement beyond the reference' {
    Context '-Refine' {
        It 'balances every layer of a real model to a thousandth, without duplicates' {
            $refined = $deepSeek | Get-EplbPlacement 288 32 -Policy Global -Refine | Measure-EplbBalance -Summary
            $refined.Balancedness | Should -BeGreaterThan 0.9999
            $refined.WorstBalancedness | Should -BeGreaterThan 0.999
            $refined.DuplicateCount | Should -Be 0
        }

        It 'keeps the groups of the hierarchical policy on one node' {
            $plan = $deepSeek | Get-EplbPlacement 288 32 -NodeCount 4 -GroupCount 8 -Refine
            $homes = $plan.Where{ $_.Layer -eq 7 } | ForEach-Object { '{0}/{1}' -f [math]::Floor($_.LogicalExpert / 32), $_.Node }
            [System.Collections.Generic.HashSet[string]]::new([string[]]$homes).Count | Should -Be 8
        }
    }

    Context '-Dispatch' {
        It 'balances a real model under <Rule> on <NodeCount> node(s), where even shares give <Even>' -ForEach @(
            @{ Rule = 'SGLangStatic'; NodeCount = 4; Least = 0.9999; Even = 0.9502 }
            @{ Rule = 'SGLangStatic'; NodeCount = 1; Least = 0.9995; Even = 0.5809 }
            @{ Rule = 'SGLangStaticNew'; NodeCount = 4; Least = 0.9999; Even = 0.9653 }
            @{ Rule = 'VllmAscend'; NodeCount = 4; Least = 0.9998; Even = 0.9852 }
            @{ Rule = 'Optimal'; NodeCount = 4; Least = 0.9999; Even = 1.0 }
        ) {
            $evenly = $deepSeek | Get-EplbPlacement 288 32 -NodeCount $NodeCount -Policy Global -Refine -AsMap
            $plan = $deepSeek | Get-EplbPlacement 288 32 -NodeCount $NodeCount -Policy Global -Refine -Dispatch $Rule -AsMap
            [math]::Round((Measure-EplbBalance $evenly -Dispatch $Rule -Summary).Balancedness, 4) | Should -Be $Even
            $report = Measure-EplbBalance $plan -Dispatch $Rule -Summary
            $report.Balancedness | Should -BeGreaterThan $Least
            $report.Gap | Should -BeLessThan 0.0005
            $report.DuplicateCount | Should -Be 0
        }

        It 'keeps the groups of the hierarchical policy on one node' {
            $plan = $deepSeek | Get-EplbPlacement 288 32 -NodeCount 4 -GroupCount 8 -Refine -Dispatch SGLangStatic
            $homes = $plan.Where{ $_.Layer -eq 7 } | ForEach-Object { '{0}/{1}' -f [math]::Floor($_.LogicalExpert / 32), $_.Node }
            [System.Collections.Generic.HashSet[string]]::new([string[]]$homes).Count | Should -Be 8
        }

        It 'refuses a rule for a plan that is not refined' {
            { $gptOss | Get-EplbPlacement 40 8 -Policy Global -Dispatch SGLangStatic } |
                Should -Throw -ErrorId 'ParameterMissing,Eplb.Commands.GetEplbPlacementCommand'
        }

        It 'refuses a rule for changes of a placement in force' {
            $current = $gptOss | Get-EplbPlacement 40 8 -Policy Global -AsMap
            { $gptOss | Get-EplbPlacement 40 8 -Policy Global -CurrentPlacement $current -Refine -Dispatch SGLangStatic } |
                Should -Throw -ErrorId 'ParameterConflict,Eplb.Commands.GetEplbPlacementCommand'
        }
    }

    Context '-WindowGoal' {
        BeforeAll {
            $law = Import-ExpertLoad "$PSScriptRoot/../data/dsv2lite-esft-law.windows.json" -PerWindow
            # Mean over windows and layers, and the worst window, of what a plan gives window by window.
            function Get-WindowBalance($Map) {
                $windows = foreach ($window in 0..32) { (Measure-EplbBalance $Map -Load $law.Where{ $_.Window -eq $window } -Summary).Balancedness }
                [pscustomobject]@{ Mean = [System.Linq.Enumerable]::Average([double[]]$windows); Worst = [System.Linq.Enumerable]::Min([double[]]$windows) }
            }
            $sum = Get-WindowBalance ($law | Get-EplbPlacement 80 8 -Policy Global -Refine -WindowGoal Sum -AsMap)
        }

        It 'balances the mean window by default' {
            $default = $law | Get-EplbPlacement 80 8 -Policy Global -Refine -AsMap
            $mean = $law | Get-EplbPlacement 80 8 -Policy Global -Refine -WindowGoal Mean -AsMap
            $default.PhysicalToLogical[5] -join ' ' | Should -Be ($mean.PhysicalToLogical[5] -join ' ')
            (Get-WindowBalance $mean).Mean | Should -BeGreaterThan ($sum.Mean + 0.04)
        }

        It 'balances the worst window' {
            (Get-WindowBalance ($law | Get-EplbPlacement 80 8 -Policy Global -Refine -WindowGoal Worst -AsMap)).Worst | Should -BeGreaterThan ($sum.Worst + 0.04)
        }

        It 'keeps the sum of the windows as the loads of the plan, and plans for it with Sum' {
            $added = $law | Merge-ExpertLoad
            $plan = $law | Get-EplbPlacement 80 8 -Policy Global -Refine -AsMap
            $plan.Load[3] -join ' ' | Should -Be ($added.Where{ $_.Layer -eq $plan.Layer[3] }.Load -join ' ')
            $alone = $added | Get-EplbPlacement 80 8 -Policy Global -Refine -AsMap
            $forSum = $law | Get-EplbPlacement 80 8 -Policy Global -Refine -WindowGoal Sum -AsMap
            $alone.PhysicalToLogical[3] -join ' ' | Should -Be ($forSum.PhysicalToLogical[3] -join ' ')
        }

        It 'refuses loads without windows, plans that are not refined and plans for a dispatch' {
            { $gptOss | Get-EplbPlacement 40 8 -Policy Global -Refine -WindowGoal Mean } | Should -Throw -ErrorId 'WindowMissing,*'
            { $law | Get-EplbPlacement 80 8 -Policy Global -WindowGoal Mean } | Should -Throw -ErrorId 'ParameterMissing,*'
            { $law | Get-EplbPlacement 80 8 -Policy Global -Refine -WindowGoal Mean -Dispatch VllmAscend } | Should -Throw -ErrorId 'ParameterConflict,*'
        }
    }

    Context '-CurrentPlacement' {
        BeforeAll {
            $monday = Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-mmlu_test.json"
            $tuesday = Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-gpqa_main.json"
            $current = $monday | Get-EplbPlacement 40 8 -Policy Global
            function Get-MoveCount($Plan) {
                $moves = 0
                for ($i = 0; $i -lt $Plan.Count; $i++) { if ($Plan[$i].LogicalExpert -ne $current[$i].LogicalExpert) { $moves++ } }
                $moves
            }
        }

        It 'writes no more slots than a budget in percent allows' {
            $plan = @($tuesday | Get-EplbPlacement 40 8 -Policy Global -CurrentPlacement $current -MaxMove 10%)
            Get-MoveCount $plan | Should -BeLessOrEqual (24 * 4)
            ($plan | Measure-EplbBalance -Summary).Balancedness | Should -BeGreaterThan 0.9
        }

        It 'takes a map and a number of slots' {
            $map = $monday | Get-EplbPlacement 40 8 -Policy Global -AsMap
            $plan = @($tuesday | Get-EplbPlacement 40 8 -Policy Global -CurrentPlacement $map -MaxMove 0)
            Get-MoveCount $plan | Should -Be 0
        }

        It 'stops at the target' {
            $plan = @($tuesday | Get-EplbPlacement 40 8 -Policy Global -CurrentPlacement $current -TargetBalance 0.8)
            ($plan | Measure-EplbBalance -Summary).WorstBalancedness | Should -BeGreaterOrEqual 0.8
        }

        # Layers 3 to 60 of a server's file are 0 to 57 in a recording that counts MoE layers only.
        It 'refuses a placement of other layers than the loads' {
            $shifted = $current.ForEach{ [pscustomobject]@{ Layer = $_.Layer - 3; PhysicalExpert = $_.PhysicalExpert; LogicalExpert = $_.LogicalExpert; Replica = $_.Replica; ReplicaCount = $_.ReplicaCount; Node = 0; Gpu = $_.Gpu; Slot = $_.Slot; Load = $_.Load } }
            { $tuesday | Get-EplbPlacement 40 8 -CurrentPlacement $shifted.Where{ $_.Layer -ge 0 } } | Should -Throw '*no layer 21*' -ErrorId 'LayerMissing,*'
            { $tuesday[0..20] | Get-EplbPlacement 40 8 -CurrentPlacement $current } | Should -Throw '*loads (layers 0 to 20) have no layer 21, which the current placement (0 to 23) has*' -ErrorId 'LayerMissing,*'
        }

        It 'refuses a budget that is none' {
            { $tuesday | Get-EplbPlacement 40 8 -CurrentPlacement $current -MaxMove many } | Should -Throw "MaxMove 'many' is neither*" -ErrorId 'IndexOutOfRange,*'
        }

        It 'refuses a limit of changes without a placement that changes, and two placements at once' {
            { $monday | Get-EplbPlacement 40 8 -MaxMove 1 } | Should -Throw -ErrorId 'ParameterMissing,*'
            { $monday | Get-EplbPlacement 40 8 -TargetBalance .9 } | Should -Throw -ErrorId 'ParameterMissing,*'
            $map = $monday | Get-EplbPlacement 40 8 -AsMap
            { $tuesday | Get-EplbPlacement 40 8 -CurrentPlacement $map, $map } | Should -Throw -ErrorId 'PlacementInvalid,*'
        }
    }
}
