BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $deepSeek = Import-ExpertLoad "$PSScriptRoot/../../module/examples/data/dsv3-0324-mmlu-seqlen4k.json"
    $gptOss = Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-all.json"
}

Describe 'Get-EplbPlacement with lost and unequal GPUs' {
    It 'leaves the slots of an excluded GPU empty and balances the others' {
        $plan = @($deepSeek | Get-EplbPlacement 288 32 -Policy Global -Refine -ExcludeGpu 5, 9)
        $plan | Should -HaveCount (58 * 288)
        $empty = @($plan.Where{ $_.LogicalExpert -eq -1 })
        $empty | Should -HaveCount (58 * 18)
        [System.Collections.Generic.HashSet[int]]::new([int[]]$empty.Gpu).Count | Should -Be 2
        $empty[0].ReplicaCount | Should -Be 0
        $summary = $plan | Measure-EplbBalance -Summary
        $summary.Balancedness | Should -BeGreaterThan 0.999
        @($plan | Measure-EplbBalance -By Gpu) | Should -HaveCount 30
    }

    It 'plans as the reference does on what is left, without -Refine' {
        $plan = $gptOss | Get-EplbPlacement 40 8 -Policy Global -ExcludeGpu 0 -AsMap
        $left = $gptOss | Get-EplbPlacement 35 7 -Policy Global -AsMap
        $plan.PhysicalToLogical[4][5..39] -join ' ' | Should -Be ($left.PhysicalToLogical[4] -join ' ')
        $plan.ExcludedGpu -join ' ' | Should -Be '0'
    }

    It 'writes lost experts first, whatever the budget' {
        $current = $gptOss | Get-EplbPlacement 40 8 -Policy Global -AsMap
        $plan = $gptOss | Get-EplbPlacement 40 8 -Policy Global -CurrentPlacement $current -MaxMove 0 -ExcludeGpu 2 -AsMap
        Test-EplbPlacement $plan | Should -BeTrue
        $moves = @(Compare-EplbPlacement $current $plan)
        $moves.Count | Should -BeGreaterThan 0
        @($moves.Where{ $_.Scope -ne 'Storage' }) | Should -BeNullOrEmpty
        @($moves.Where{ $_.SourceGpu -ne -1 }) | Should -BeNullOrEmpty
    }

    It 'is refused by the formats of servers, and kept by JSON and CSV' {
        $plan = $gptOss | Get-EplbPlacement 40 8 -Policy Global -ExcludeGpu 3 -AsMap
        Test-EplbPlacement $plan -Target SGLang | Should -BeFalse
        { $plan | Export-EplbPlacement "$TestDrive/plan.json" -Format SGLang } | Should -Throw -ErrorId 'PlacementUnsuitable*'
        foreach ($format in 'Json', 'Csv') {
            $plan | Export-EplbPlacement "$TestDrive/kept.$format" -Format $format
            $kept = Import-EplbPlacement "$TestDrive/kept.$format" -AsMap
            $kept.ExcludedGpu -join ' ' | Should -Be '3'
            $kept.PhysicalToLogical[7] -join ' ' | Should -Be ($plan.PhysicalToLogical[7] -join ' ')
        }
    }

    It 'gives a GPU of half the speed half the load' {
        $plan = $gptOss | Get-EplbPlacement 40 8 -Policy Global -GpuSpeed 1, 1, 1, 1, 1, 1, 0.5, 0.5 -AsMap
        ($plan | Measure-EplbBalance -Summary).Balancedness | Should -BeGreaterThan 0.98
        $slow = 0.0; $fast = 0.0
        foreach ($slot in $plan.GetPhysicalExperts()) {
            if ($slot.Gpu -eq 7) { $slow += $slot.Load } elseif ($slot.Gpu -eq 0) { $fast += $slot.Load }
        }
        $slow / $fast | Should -BeGreaterThan 0.48
        $slow / $fast | Should -BeLessThan 0.52
    }

    It 'shows of a plan in a list what fits a screen' {
        $shown = ($gptOss | Get-EplbPlacement 40 8 -AsMap).PSStandardMembers.DefaultDisplayPropertySet.ReferencedPropertyNames
        $shown | Should -Contain 'GpuSpeed'
        $shown | Should -Not -Contain 'PhysicalToLogical'
    }

    It 'takes slots that do not divide evenly when it refines' {
        $plan = @($gptOss | Get-EplbPlacement 41 8 -Policy Global -Refine)
        @($plan.Where{ $_.Layer -eq 0 -and $_.Gpu -eq 0 }) | Should -HaveCount 6
        @($plan.Where{ $_.Layer -eq 0 -and $_.Gpu -eq 1 }) | Should -HaveCount 5
        ($plan | Measure-EplbBalance -Summary).Balancedness | Should -BeGreaterThan 0.99
    }

    It 'survives rows without the plan behind them' {
        $rows = foreach ($slot in $gptOss | Get-EplbPlacement 41 8 -Policy Global -Refine -ExcludeGpu 7) {
            $row = [ordered]@{}
            foreach ($property in $slot.PSObject.Properties) { $row[$property.Name] = "$($property.Value)" }
            [pscustomobject]$row
        }
        ($rows | Measure-EplbBalance -Summary).Balancedness | Should -BeGreaterThan 0.99
        @($rows | Measure-EplbBalance -By Gpu) | Should -HaveCount 7
    }

    It 'warns where the GPUs that are left do not fit the groups, and plans Global' {
        $plan = $deepSeek | Get-EplbPlacement 288 32 -NodeCount 4 -GroupCount 8 -ExcludeGpu 0 -AsMap -WarningVariable warnings -WarningAction SilentlyContinue
        $plan.Policy | Should -Be 'Global'
        $warnings | Should -HaveCount 1
    }

    It 'warns of lost GPUs and speeds of the current placement that nobody gives again' {
        $slow = @{ GpuSpeed = 1, 1, 1, 1, 1, 1, 0.5, 0.5 }
        $current = $gptOss | Get-EplbPlacement 48 8 -Policy Global -ExcludeGpu 2, 3 @slow -AsMap
        $change = @{ Policy = 'Global'; CurrentPlacement = $current; WarningVariable = 'warnings'; WarningAction = 'SilentlyContinue' }
        $plan = $gptOss | Get-EplbPlacement 48 8 @change -AsMap
        $plan.ExcludedGpu | Should -BeNullOrEmpty
        $plan.GpuSpeed | Should -BeNullOrEmpty
        $warnings | Should -HaveCount 2
        "$($warnings[0])" | Should -BeLike '*GPU 2, 3 empty*-ExcludeGpu 2,3 *'
        "$($warnings[1])" | Should -BeLike '*-GpuSpeed*'
        $gptOss | Get-EplbPlacement 48 8 @change -ExcludeGpu 2, 3 @slow | Out-Null
        $warnings | Should -BeNullOrEmpty
        $gptOss | Get-EplbPlacement 48 8 @change -ExcludeGpu @() -GpuSpeed $null | Out-Null
        $warnings | Should -BeNullOrEmpty
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'a GPU that does not exist'; Arguments = @{ ExcludeGpu = 8 }; Id = 'IndexOutOfRange' }
        @{ Name = 'a cluster without a GPU'; Arguments = @{ ExcludeGpu = 0..7 }; Id = 'CountNotPositive' }
        @{ Name = 'too few slots that are left'; Arguments = @{ ExcludeGpu = 0, 1 }; Id = 'TooFewReplicas' }
        @{ Name = 'speeds for some GPUs only'; Arguments = @{ GpuSpeed = 1, 0.5 }; Id = 'SpeedInvalid' }
        @{ Name = 'a speed of zero'; Arguments = @{ GpuSpeed = 1, 1, 1, 1, 1, 1, 1, 0 }; Id = 'SpeedInvalid' }
    ) {
        { $gptOss | Get-EplbPlacement 40 8 -Policy Global @Arguments } | Should -Throw -ErrorId "$Id,*"
    }
}
