BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $deepSeek = Import-ExpertLoad "$PSScriptRoot/../../module/examples/data/dsv3-0324-mmlu-seqlen4k.json"
    $gptOss = Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-all.json"

    # The two layers of DeepSeek's own README.
    $readme = @(
        [Eplb.ExpertLoad]::new(0, [double[]](90, 132, 40, 61, 104, 165, 39, 4, 73, 56, 183, 86))
        [Eplb.ExpertLoad]::new(1, [double[]](20, 107, 104, 64, 19, 197, 187, 157, 172, 86, 16, 27))
    )
    function Get-Row($Layer, $Loads) {
        for ($i = 0; $i -lt $Loads.Count; $i++) { [pscustomobject]@{ Layer = "$Layer"; Expert = "$i"; Load = "$($Loads[$i])" } }
    }
}

Describe 'Get-EplbPlacement' {
    Context 'the plan' {
        It 'equals the published example of the reference' {
            $plan = @($readme | Get-EplbPlacement -ReplicaCount 16 -GroupCount 4 -NodeCount 2 -GpuCount 8)
            $plan.Where{ $_.Layer -eq 0 }.LogicalExpert -join ' ' | Should -Be '5 6 5 7 8 4 3 4 10 9 10 2 0 1 11 1'
            $plan.Where{ $_.Layer -eq 1 }.LogicalExpert -join ' ' | Should -Be '7 10 6 8 6 11 8 9 2 4 5 1 5 0 3 1'
        }

        It 'emits one object a layer and slot, in rank-major order' {
            $plan = @($deepSeek | Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -NodeCount 4 -GroupCount 8)
            $plan | Should -HaveCount (58 * 288)
            $plan[0] | Should -BeOfType Eplb.PhysicalExpert
            $slot = $plan[288 + 100]
            $slot.Layer | Should -Be 1
            $slot.PhysicalExpert | Should -Be 100
            $slot.Gpu | Should -Be 11
            $slot.Slot | Should -Be 1
            $slot.Node | Should -Be 1
            $slot.Load | Should -Be ($deepSeek[1].Load[$slot.LogicalExpert] / $slot.ReplicaCount)
        }

        It 'takes the names of the reference as aliases' {
            $plan = $readme | Get-EplbPlacement -NumReplicas 16 -NumGroups 4 -NumNodes 2 -NumGpus 8 -AsMap
            $plan.PhysicalToLogical[0][0..3] -join ' ' | Should -Be '5 6 5 7'
        }

        It 'takes loads as an argument too' {
            (Get-EplbPlacement -InputObject $readme 16 8 -AsMap).Layer.Count | Should -Be 2
        }

        It 'adds up loads of the same layer' {
            $twice = @($gptOss) + @($gptOss) | Get-EplbPlacement 40 8 -AsMap
            $once = $gptOss | Get-EplbPlacement 40 8 -AsMap
            $twice.PhysicalToLogical[3] -join ' ' | Should -Be ($once.PhysicalToLogical[3] -join ' ')
            $twice.Load[3][0] | Should -Be (2 * $once.Load[3][0])
        }

        It 'says once what is wrong with all rows of a table' {
            $rows = (1..50).ForEach{ [pscustomobject]@{ Layer = 0; Exprt = $_; Load = 1 } }
            $plan = $rows | Get-EplbPlacement 64 4 -ErrorVariable errors -WarningVariable warnings -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
            $plan | Should -BeNullOrEmpty
            $errors | Should -HaveCount 1
            $errors[0].Exception.Message | Should -BeLike '*without the property Expert*Layer, Exprt, Load*'
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'FormatInvalid,*'
            "$warnings" | Should -Be '49 more objects were refused for the same reasons.'
        }

        It 'says how to read files where a path comes in' {
            { 'loads.json' | Get-EplbPlacement 8 4 -ErrorAction Stop } | Should -Throw "*'loads.json'*Import-ExpertLoad*"
            { $gptOss | Get-EplbPlacement 40 8 -CurrentPlacement plan.json } | Should -Throw "*'plan.json'*Import-EplbPlacement*"
            { [System.IO.FileInfo]'plan.csv' | Measure-EplbBalance -ErrorAction Stop } | Should -Throw '*plan.csv*Import-EplbPlacement*'
        }

        It 'plans from what is right among what is not' {
            $rows = @([pscustomobject]@{ Name = 'x' }) + (0..3).ForEach{ [pscustomobject]@{ Layer = 0; Expert = $_; Load = 1 } }
            @($rows | Get-EplbPlacement 8 4 -ErrorVariable errors -ErrorAction SilentlyContinue) | Should -HaveCount 8
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'FormatInvalid,*'
        }

        It 'adds up the rows of several ranks, one after another or merged' {
            $first, $second = @(Get-Row 0 (1..8)), @(Get-Row 0 (8..1))
            $merged = foreach ($i in 0..7) { $first[$i], $second[$i] }
            foreach ($rows in ($first + $second), $merged) {
                ($rows | Get-EplbPlacement 8 2 -AsMap).Load[0] -join ' ' | Should -Be '9 9 9 9 9 9 9 9'
            }
        }

        It 'plans from flat rows of text as Import-Csv gives them' {
            $rows = @(Get-Row 0 $readme[0].Load) + @(Get-Row 1 $readme[1].Load)
            $plan = $rows | Get-EplbPlacement 16 8 -NodeCount 2 -GroupCount 4 -AsMap
            $plan.PhysicalToLogical[1] -join ' ' | Should -Be '7 10 6 8 6 11 8 9 2 4 5 1 5 0 3 1'
        }
    }

    Context '-AsMap' {
        It 'emits one map with the three outputs of the reference' {
            $map = $readme | Get-EplbPlacement 16 8 -NodeCount 2 -GroupCount 4 -AsMap
            $map | Should -BeOfType Eplb.PlacementMap
            $map.Policy | Should -Be 'Hierarchical'
            $map.Layer -join ' ' | Should -Be '0 1'
            $map.PhysicalToLogical[0][2] | Should -Be 5
            $map.LogicalToPhysical[0][5] -join ' ' | Should -Be '0 2'
            $map.LogicalToPhysical[0][0] -join ' ' | Should -Be '12 -1'
            $map.ExpertCount[0] -join ' ' | Should -Be '1 2 1 1 2 2 1 1 1 1 2 1'
        }
    }

    Context 'policies' {
        It 'plans <Policy> with a balancedness of <Balancedness>' -ForEach @(
            @{ Policy = 'Global'; Balancedness = 0.9925 }
            @{ Policy = 'Hierarchical'; Balancedness = 0.8835 }
            @{ Policy = 'ReplicateOnly'; Balancedness = 0.6306 }
        ) {
            $plan = $deepSeek | Get-EplbPlacement 288 32 -NodeCount 4 -GroupCount 8 -Policy $Policy -AsMap
            $plan.Policy | Should -Be $Policy
            [math]::Round((Measure-EplbBalance $plan -Summary).Balancedness, 4) | Should -Be $Balancedness
        }

        It 'plans IntraNode for counts that fit it' {
            ($deepSeek | Get-EplbPlacement 320 40 -NodeCount 5 -Policy IntraNode -AsMap).Policy | Should -Be 'IntraNode'
        }

        It 'warns where Auto ends in replicating only, and says what to do' {
            $plan = $deepSeek | Get-EplbPlacement 288 32 -NodeCount 4 -AsMap -WarningVariable warnings -WarningAction SilentlyContinue
            $plan.Policy | Should -Be 'ReplicateOnly'
            $warnings | Should -HaveCount 1
            "$warnings" | Should -Match '-Policy Global'
        }

        It 'does not warn where ReplicateOnly was asked for' {
            $null = $deepSeek | Get-EplbPlacement 288 32 -NodeCount 4 -Policy ReplicateOnly -AsMap -WarningVariable warnings
            $warnings | Should -BeNullOrEmpty
        }
    }

    Context 'bad input' {
        It 'refuses <Name>' -ForEach @(
            @{ Name = 'no replicas'; Counts = @{ ReplicaCount = 0; GpuCount = 8 }; Id = 'CountNotPositive' }
            @{ Name = 'negative GPUs'; Counts = @{ ReplicaCount = 40; GpuCount = -8 }; Id = 'CountNotPositive' }
            @{ Name = 'slots that do not divide'; Counts = @{ ReplicaCount = 41; GpuCount = 8 }; Id = 'CountNotDivisible' }
            @{ Name = 'GPUs that do not divide'; Counts = @{ ReplicaCount = 40; GpuCount = 8; NodeCount = 3 }; Id = 'CountNotDivisible' }
            @{ Name = 'groups that do not divide'; Counts = @{ ReplicaCount = 40; GpuCount = 8; NodeCount = 2; Policy = 'Hierarchical' }; Id = 'CountNotDivisible' }
            @{ Name = 'fewer slots than experts'; Counts = @{ ReplicaCount = 24; GpuCount = 8 }; Id = 'TooFewReplicas' }
            @{ Name = 'absurdly many slots'; Counts = @{ ReplicaCount = 1073741824; GpuCount = 8 }; Id = 'ShapeTooLarge' }
        ) {
            { $gptOss | Get-EplbPlacement @Counts -ErrorAction Stop } | Should -Throw -ErrorId "$Id,Eplb.Commands.GetEplbPlacementCommand"
        }

        It 'names the counts that would fit' {
            { $gptOss | Get-EplbPlacement 41 8 } | Should -Throw -ExpectedMessage '*41*40 or 48*'
        }

        It 'refuses to plan for nothing' {
            { @() | Get-EplbPlacement 4 2 } | Should -Throw -ErrorId 'LoadMissing,*'
        }

        It 'refuses layers of different models together' {
            { @($gptOss) + @($deepSeek) | Get-EplbPlacement 288 32 } | Should -Throw -ErrorId 'RowLengthMismatch,*'
        }

        It 'refuses a missing expert' {
            { @(Get-Row 0 (1..8)).Where{ $_.Expert -ne 3 } | Get-EplbPlacement 8 2 } | Should -Throw -ErrorId 'ExpertMissing,*'
        }

        # Without its row, the plan would lack an expert, and look whole.
        It 'reports <Name> and makes no plan of the other rows' -ForEach @(
            @{ Name = 'a negative load'; Row = @{ Layer = 0; Expert = 8; Load = -1 }; Id = 'LoadNegative' }
            @{ Name = 'a load that is not a number'; Row = @{ Layer = 0; Expert = 8; Load = 'NaN' }; Id = 'LoadNotFinite' }
            @{ Name = 'text for a load'; Row = @{ Layer = 0; Expert = 8; Load = 'many' }; Id = 'FormatInvalid' }
            @{ Name = 'a decimal comma'; Row = @{ Layer = 0; Expert = 8; Load = '1,5' }; Id = 'FormatInvalid' }
            @{ Name = 'an empty load'; Row = @{ Layer = 0; Expert = 8; Load = '' }; Id = 'FormatInvalid'; Message = 'Load is empty in the object with *Expert 8*' }
            @{ Name = 'a load that is null'; Row = @{ Layer = 0; Expert = 8; Load = $null }; Id = 'FormatInvalid'; Message = 'Load is empty*' }
            @{ Name = 'a negative layer'; Row = @{ Layer = -1; Expert = 3; Load = 1 }; Id = 'IndexOutOfRange' }
            @{ Name = 'a layer beyond all numbers'; Row = @{ Layer = 1e12; Expert = 3; Load = 1 }; Id = 'IndexOutOfRange'; Message = '*out of range*' }
            @{ Name = 'a list of layers'; Row = @{ Layer = 0, 1; Expert = 3; Load = 1 }; Id = 'FormatInvalid'; Message = 'Layer is a list, not a whole number*' }
            @{ Name = 'a layer of text'; Row = @{ Layer = 1; Load = 'x', 'y' }; Id = 'FormatInvalid' }
        ) {
            $rows = @(Get-Row 0 (1..8)) + [pscustomobject]$Row
            $script:plan = $null
            { $script:plan = $rows | Get-EplbPlacement 8 2 -ErrorVariable script:problems -ErrorAction SilentlyContinue } |
                Should -Throw '*refused*' -ErrorId 'ExpertMissing,Eplb.Commands.GetEplbPlacementCommand'
            $plan | Should -BeNullOrEmpty
            $problems[0].FullyQualifiedErrorId | Should -Be "$Id,Eplb.Commands.GetEplbPlacementCommand"
            if ($Message) { $problems[0].Exception.Message | Should -BeLike $Message }
        }

        It 'refuses an expert that alone is there twice' {
            { @(Get-Row 0 (1..8)) + [pscustomobject]@{ Layer = 0; Expert = 3; Load = 1 } | Get-EplbPlacement 8 2 } | Should -Throw '*expert 3 is there more often*' -ErrorId 'ExpertDuplicate,*'
        }
    }

    Context 'as a pipeline citizen' {
        It 'stops early when the pipeline wants no more' -Skip:(-not (Get-Command Select-Object -ErrorAction Ignore)) {
            @($deepSeek | Get-EplbPlacement 288 32 | Select-Object -First 3) | Should -HaveCount 3
        }

        It 'survives serialization' {
            $map = $readme | Get-EplbPlacement 16 8 -NodeCount 2 -GroupCount 4 -AsMap
            $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($map))
            $copy | Should -BeOfType Eplb.PlacementMap
            $copy.LogicalToPhysical[1][5] -join ' ' | Should -Be ($map.LogicalToPhysical[1][5] -join ' ')
            $copy.Load[1] -join ' ' | Should -Be ($map.Load[1] -join ' ')
        }

        It 'takes loads that were an object once, with their window' {
            $load = [pscustomobject]@{ Layer = '3'; Load = '4', '3', '2', '1'; Window = '7'; Source = 'a.json'; IsChronological = $true }
            $cast = [Eplb.ExpertLoad]$load
            $cast.Layer, $cast.Window, $cast.Source, $cast.IsChronological | Should -Be @(3, 7, 'a.json', $true)
            ($load | Get-EplbPlacement 4 2 -AsMap).Load[0] | Should -Be @(4, 3, 2, 1)
            { [Eplb.ExpertLoad][pscustomobject]@{ Layer = 3 } } | Should -Throw '*no Load*'
            { [Eplb.PlacementMap][pscustomobject]@{ Layer = 3 } } | Should -Throw '*no PhysicalToLogical*'
            { [Eplb.PhysicalExpert][pscustomobject]@{ Layer = 3 } } | Should -Throw '*PhysicalExpert*'
        }
    }
}
