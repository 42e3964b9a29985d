BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $deepSeek = Import-ExpertLoad "$PSScriptRoot/../../module/examples/data/dsv3-0324-mmlu-seqlen4k.json"
}

Describe 'Find-EplbReplicaCount' {
    It 'warns where Auto leaves the packing out, as Invoke-EplbBacktest and Test-EplbRebalance do' {
        $loads = @([Eplb.ExpertLoad]::new(0, [double[]](4, 3, 2, 1)), [Eplb.ExpertLoad]::new(0, [double[]](4, 3, 2, 1)))
        $loads | Find-EplbReplicaCount 0.9 4 8 -NodeCount 2 -WarningVariable warnings -WarningAction SilentlyContinue | Should -HaveCount 1
        $warnings | Should -HaveCount 1
        $warnings[0].Message | Should -BeLike 'GroupCount 1 is not a multiple of NodeCount 2*'
        $windows = 0, 1 | ForEach-Object { [Eplb.ExpertLoad]::new(0, [double[]](4, 3, 2, 1), $_) }
        $windows | Invoke-EplbBacktest 8 4 -NodeCount 2 -WarningVariable warnings -WarningAction SilentlyContinue | Should -HaveCount 1
        $warnings | Should -HaveCount 1
        $windows | Invoke-EplbBacktest 8 4 -NodeCount 2 -Refine -WarningVariable warnings | Should -HaveCount 1
        $warnings | Should -HaveCount 0
        $plan = $loads[0] | Get-EplbPlacement 8 4 -NodeCount 2 -Policy Global -AsMap
        [void]($plan | Test-EplbRebalance -Load $loads[0] -Policy Auto -WarningVariable warnings -WarningAction SilentlyContinue)
        $warnings | Should -HaveCount 1
        [void]($plan | Test-EplbRebalance -Load $loads[0] -WarningVariable warnings)
        $warnings | Should -HaveCount 0
    }

    It 'adds slots until the balance is reached' {
        $options = @($deepSeek | Find-EplbReplicaCount 0.95 32 -Policy Global -ExpertBytes 42MB)
        $options[0] | Should -BeOfType Eplb.SizingOption
        $options.ReplicaCount -join ' ' | Should -Be '256 288'
        $options.ForEach{ [math]::Round($_.Balancedness, 4) } -join ' ' | Should -Be '0.8335 0.9925'
        $options.IsSmallest -join ' ' | Should -Be 'False True'
        $options[1].GpuBytes | Should -Be (9 * 58 * 42MB)
        $options[1].RedundantCount | Should -Be 32
    }

    It 'sizes a cluster for DeepSeek-V3' {
        $options = $deepSeek | Find-EplbReplicaCount -TargetBalance 0.99 -GpuCount 32, 40, 48 -ReplicaCount 256, 288, 320, 336, 384, 480 -Policy Global
        $options.ForEach{ '{0}/{1}' -f $_.ReplicaCount, $_.GpuCount } -join ' ' | Should -Be '256/32 288/32 320/32 384/32 480/32 320/40 480/40 288/48 336/48 384/48 480/48'
        $smallest = $options.Where{ $_.IsSmallest }
        $smallest | Should -HaveCount 1
        $smallest[0].ReplicaCount | Should -Be 288
        $smallest[0].GpuCount | Should -Be 32
        $options.Where{ $_.Balancedness -gt $_.BalancednessBound } | Should -BeNullOrEmpty
    }

    It 'says that groups on nodes are in the way, not the number of slots' {
        $options = $deepSeek | Find-EplbReplicaCount 0.95 32 -NodeCount 1, 4 -GroupCount 8 -ReplicaCount 288
        $options.LimitedBy[1] | Should -Be 'NodePacking'
        $options.MeetsTarget -join ' ' | Should -Be 'True False'
    }

    It 'judges by the dispatch and the loads that it is given' {
        $even = $deepSeek | Find-EplbReplicaCount 0.95 32 -NodeCount 4 -ReplicaCount 288 -Policy Global
        $static = $deepSeek | Find-EplbReplicaCount 0.95 32 -NodeCount 4 -ReplicaCount 288 -Policy Global -Dispatch SGLangStatic
        $flat = $deepSeek.ForEach{ [Eplb.ExpertLoad]::new($_.Layer, [double[]](@(1) * 256)) }
        $other = $deepSeek | Find-EplbReplicaCount 0.95 32 -NodeCount 4 -ReplicaCount 288 -Policy Global -Load $flat
        $even.MeetsTarget | Should -BeTrue
        $static.MeetsTarget | Should -BeFalse
        $other.MeetsTarget | Should -BeFalse
    }

    It 'refines plans for the dispatch' {
        $static = $deepSeek | Find-EplbReplicaCount 0.95 32 -NodeCount 4 -ReplicaCount 288 -Policy Global -Refine -Dispatch SGLangStatic
        $static.MeetsTarget | Should -BeTrue
        $static.BalancednessBound | Should -BeGreaterOrEqual $static.Balancedness
    }

    It 'refines plans so that fewer slots do' {
        ($deepSeek | Find-EplbReplicaCount 0.999 32 -ReplicaCount 288 -Policy Global).MeetsTarget | Should -BeFalse
        ($deepSeek | Find-EplbReplicaCount 0.999 32 -ReplicaCount 288 -Policy Global -Refine).MeetsTarget | Should -BeTrue
    }

    It 'refuses counts of which none fits' {
        { $deepSeek | Find-EplbReplicaCount 0.95 32 -ReplicaCount 300 } | Should -Throw -ErrorId 'CountNotDivisible,Eplb.Commands.FindEplbReplicaCountCommand'
        { $deepSeek | Find-EplbReplicaCount 0.95 32 -ReplicaCount 224 } | Should -Throw -ErrorId 'TooFewReplicas,Eplb.Commands.FindEplbReplicaCountCommand'
    }
}
