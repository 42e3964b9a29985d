BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $loads = Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-all.json"
    $plan = $loads | Get-EplbPlacement 40 8 -Policy Global -AsMap

    # The plan as rows of text, as Import-Csv gives them, so that a test can break them.
    function Get-Rows {
        foreach ($slot in $plan.GetPhysicalExperts()) {
            [pscustomobject]@{ Layer = "$($slot.Layer)"; PhysicalExpert = "$($slot.PhysicalExpert)"; LogicalExpert = "$($slot.LogicalExpert)"; Gpu = "$($slot.Gpu)" }
        }
    }
    function Get-Row($Rows, $Layer, $Slot) { $Rows[$Layer * 40 + $Slot] }
}

Describe 'Test-EplbPlacement' {
    It 'is true for a plan: as a map, as slots, as rows of text' {
        $plan | Test-EplbPlacement | Should -BeTrue
        $plan.GetPhysicalExperts() | Test-EplbPlacement | Should -BeTrue
        Get-Rows | Test-EplbPlacement | Should -BeTrue
        $plan | Test-EplbPlacement -Detailed | Should -BeNullOrEmpty
    }

    It 'gives one answer a placement' {
        $other = $loads | Get-EplbPlacement 32 8 -Policy Global -AsMap
        @($plan, $other | Test-EplbPlacement) | Should -HaveCount 2
    }

    Context 'broken rows' {
        It 'finds an expert without a slot' {
            $rows = Get-Rows
            $lost = $plan.PhysicalToLogical[3].Where{ $plan.ExpertCount[3][$_] -eq 1 }[0]
            $slot = [array]::IndexOf($plan.PhysicalToLogical[3], $lost)
            (Get-Row $rows 3 $slot).LogicalExpert = if ($lost -eq 0) { '1' } else { '0' }
            $findings = @($rows | Test-EplbPlacement -Detailed)
            $findings | Should -HaveCount 1
            $findings[0] | Should -BeOfType Eplb.PlacementFinding
            $findings[0].Rule | Should -Be 'ExpertMissing'
            $findings[0].Layer | Should -Be 3
            $findings[0].Message | Should -BeLike "Layer 3: expert $lost has no slot."
            $rows | Test-EplbPlacement | Should -BeFalse
        }

        It 'finds an id out of range, with its place' {
            $rows = Get-Rows
            (Get-Row $rows 5 12).LogicalExpert = '999'
            $finding = @($rows | Test-EplbPlacement -Detailed).Where{ $_.Rule -eq 'ExpertOutOfRange' }
            $finding | Should -HaveCount 1
            $finding[0].Layer | Should -Be 5
            $finding[0].Slot | Should -Be 12
            $finding[0].Gpu | Should -Be 2
            $finding[0].Message | Should -Be 'Layer 5: slot 12 holds expert 999; experts are 0 to 31.'
        }

        It 'finds what whole slots say against each other: <Name>' -ForEach @(
            @{ Name = 'a node'; Property = 'Node'; Value = 1; Message = '*GPU 0 on node 1*' }
            @{ Name = 'a replica'; Property = 'Replica'; Value = 9; Message = '*replica 9 of expert*' }
            @{ Name = 'an empty slot on a GPU in use'; Property = 'LogicalExpert'; Value = -1; Message = '*is empty*' }
            @{ Name = 'a load below 0'; Property = 'Load'; Value = -1; Message = '*load -1 is negative*' }
            @{ Name = 'a load that is none'; Property = 'Load'; Value = [double]::NaN; Message = '*not a finite number*' }
        ) {
            $rows = @($loads[0..1] | Get-EplbPlacement 40 8 -NodeCount 2 -Policy Global).ForEach{
                [pscustomobject]@{ Layer = $_.Layer; PhysicalExpert = $_.PhysicalExpert; LogicalExpert = $_.LogicalExpert; Replica = $_.Replica; ReplicaCount = $_.ReplicaCount; Node = $_.Node; Gpu = $_.Gpu; Slot = $_.Slot; Load = $_.Load }
            }
            $rows | Test-EplbPlacement | Should -BeTrue
            $spare = $rows.Where{ $_.Gpu -eq 0 -and $_.ReplicaCount -gt 1 -and $_.Replica -gt 0 } + $rows.Where{ $_.Gpu -eq 0 }
            $spare[0].$Property = $Value
            $findings = @($rows | Test-EplbPlacement -Target Csv -Detailed)
            $findings | Should -HaveCount 1
            $findings[0].Rule | Should -Be 'SlotInconsistent'
            $findings[0].Message | Should -BeLike $Message
            $findings[0].Layer | Should -Be $spare[0].Layer
            $findings[0].Slot | Should -Be $spare[0].PhysicalExpert
            { $rows | Export-EplbPlacement "$TestDrive/x.csv" Csv } | Should -Throw
            { $rows | Measure-EplbBalance } | Should -Throw
        }

        It 'judges a table that was edited by hand as Import-EplbPlacement, Measure-EplbBalance and Export-EplbPlacement do: <Name>' -ForEach @(
            @{ Name = 'nothing'; Edit = { }; Message = '' }
            @{ Name = 'experts swapped'; Edit = { $rows[0].LogicalExpert, $rows[1].LogicalExpert, $rows[0].Replica, $rows[1].Replica, $rows[0].ReplicaCount, $rows[1].ReplicaCount = $rows[1].LogicalExpert, $rows[0].LogicalExpert, $rows[1].Replica, $rows[0].Replica, $rows[1].ReplicaCount, $rows[0].ReplicaCount }; Message = '*Load*leave both out*' }
            @{ Name = 'a load'; Edit = { $rows[0].Load = '1' }; Message = '*slot 0: Load is 1, but*' }
            @{ Name = 'the load of an expert'; Edit = { $rows[0].ExpertLoad = '1' }; Message = '*Load*leave both out*' }
            @{ Name = 'a number of replicas'; Edit = { $rows[0].ReplicaCount = '9' }; Message = '*slot 0: ReplicaCount is 9, but*' }
            @{ Name = 'the place of a slot'; Edit = { $rows[0].Slot = '3' }; Message = '*slot 0: Slot is 3, but*' }
            @{ Name = 'no loads'; Edit = { $rows.ForEach{ $_.Load = ''; $_.ExpertLoad = '' } }; Message = '' }
            @{ Name = 'no loads of slots'; Edit = { $rows.ForEach{ $_.Load = ''; $_.ReplicaCount = ''; $_.Slot = '' } }; Message = '' }
        ) {
            $plan | Export-EplbPlacement "$TestDrive/edited.csv" Csv
            # As Import-Csv and Export-Csv do, which are not everywhere.
            $head, $lines = [IO.File]::ReadAllLines("$TestDrive/edited.csv")
            $names = $head.Split(',')
            $rows = @($lines.ForEach{ $row = [ordered]@{}; $fields = $_.Split(','); foreach ($i in 0..($names.Count - 1)) { $row[$names[$i]] = $fields[$i] }; [pscustomobject]$row })
            . $Edit
            [IO.File]::WriteAllLines("$TestDrive/edited.csv", [string[]](@($head) + $rows.ForEach{ $_.PSObject.Properties.Value -join ',' }))
            if ($Message) {
                $findings = @($rows | Test-EplbPlacement -Detailed)
                $findings | Should -HaveCount 1
                $findings[0].Rule | Should -Be 'SlotInconsistent'
                $findings[0].Message | Should -BeLike $Message
                $findings[0].Layer | Should -Be 0
                $findings[0].Gpu | Should -Be 0
                $findings[0].Slot | Should -BeIn 0, 1
                { Import-EplbPlacement "$TestDrive/edited.csv" -ErrorAction Stop } | Should -Throw $Message
                { $rows | Measure-EplbBalance -Load $loads } | Should -Throw $Message
                { $rows | Export-EplbPlacement "$TestDrive/x.csv" Csv } | Should -Throw $Message
            }
            else {
                $rows | Test-EplbPlacement | Should -BeTrue
                $read = Import-EplbPlacement "$TestDrive/edited.csv" -AsMap
                $rows | Export-EplbPlacement "$TestDrive/rows.json" Json -NoSidecar
                $read | Export-EplbPlacement "$TestDrive/read.json" Json -NoSidecar
                [IO.File]::ReadAllText("$TestDrive/rows.json") | Should -BeExactly ([IO.File]::ReadAllText("$TestDrive/read.json"))
            }
        }

        It 'finds a missing slot and a repeated one' {
            $rows = Get-Rows
            $rows.Where{ -not ($_.Layer -eq 1 -and $_.PhysicalExpert -eq 20) } | Test-EplbPlacement -Detailed |
                Where-Object Rule -EQ SlotMissing | ForEach-Object Message | Should -Be 'Layer 1: slot 20 is missing.'
            $rows + $rows[7] | Test-EplbPlacement -Detailed |
                Where-Object Rule -EQ SlotRepeated | ForEach-Object Message | Should -Be 'Layer 0: slot 7 is there twice.'
        }

        It 'finds a layer of another length' {
            (Get-Rows).Where{ -not ($_.Layer -eq 2 -and [int]$_.PhysicalExpert -ge 35) } | Test-EplbPlacement -Detailed |
                Where-Object Rule -EQ RowLength | ForEach-Object Message | Should -Be 'Layer 2 has 35 slots; the placement has 40 a layer.'
        }

        It 'finds uneven GPUs' {
            $rows = Get-Rows
            (Get-Row $rows 0 10).Gpu = '1'
            $findings = @($rows | Test-EplbPlacement -Detailed)
            $findings.Rule | Should -Be @('GpuUneven', 'GpuUneven')
            $findings.Gpu | Should -Be @(1, 2)
            $findings[0].Message | Should -Be 'Layer 0: GPU 1 has 6 slots; 40 on 8 GPUs are 5 each.'
        }

        It 'finds slots that are not numbered GPU by GPU' {
            $rows = Get-Rows
            (Get-Row $rows 0 0).Gpu = '1'
            (Get-Row $rows 0 5).Gpu = '0'
            @($rows | Test-EplbPlacement -Detailed).Rule | Should -Contain 'GpuOrder'
        }

        It 'takes the number of experts from the caller' {
            $plan.GetPhysicalExperts() | Test-EplbPlacement -ExpertCount 33 | Should -BeFalse
            $plan | Test-EplbPlacement -ExpertCount 33 | Should -BeFalse
        }

        It 'takes an object with the arrays of a map, whole or broken' {
            $map = [pscustomobject]@{ Layer = $plan.Layer; PhysicalToLogical = $plan.PhysicalToLogical; GpuCount = 8 }
            $map | Test-EplbPlacement | Should -BeTrue
            $map.PhysicalToLogical = @($plan.PhysicalToLogical[0..22]) + , [int[]](0, 1)
            $map | Test-EplbPlacement -Detailed | Where-Object Rule -EQ RowLength | ForEach-Object Message |
                Should -Be 'Layer 23 has 2 slots; the placement has 40 a layer.'
        }

        It 'judges what can be: slots of no plan, without nodes, with loads' {
            $slots = @(foreach ($slot in 0..3) { [Eplb.PhysicalExpert]::new(0, $slot, $slot, 0, 1, 0, [int][math]::Floor($slot / 2), $slot % 2, 1) })
            $slots | Test-EplbPlacement | Should -BeTrue
            $rows = @(foreach ($slot in 0..3) { [pscustomobject]@{ Layer = 0; PhysicalExpert = $slot; LogicalExpert = $slot; Gpu = 0; Load = '2.5' } })
            $rows | Test-EplbPlacement | Should -BeTrue
            $rows | Test-EplbPlacement -Target FastDeploy | Should -BeTrue
        }

        It 'refuses arrays of which no placement can be made' {
            { [pscustomobject]@{ Layer = 0, 1; PhysicalToLogical = , (0, 1); GpuCount = 2 } | Test-EplbPlacement -ErrorAction Stop } | Should -Throw -ErrorId 'PlacementInvalid,*'
            { [pscustomobject]@{ PhysicalToLogical = , (0, 1); GpuCount = 2 } | Test-EplbPlacement -ErrorAction Stop } | Should -Throw -ErrorId 'FormatInvalid,*'
            { @() | Test-EplbPlacement } | Should -Throw -ErrorId 'PlacementInvalid,*'
        }

        It 'does not judge slots of unknown GPUs: <Name>' -ForEach @(
            @{ Name = 'no column'; Gpu = 'GpuId'; Value = '0' }
            @{ Name = 'an empty one'; Gpu = 'Gpu'; Value = '' }
        ) {
            $rows = @(foreach ($slot in 0..3) { [pscustomobject]@{ Layer = 0; PhysicalExpert = $slot; LogicalExpert = $slot; $Gpu = $Value } })
            { $rows | Test-EplbPlacement -Target VllmAscend -ErrorAction Stop } | Should -Throw -ErrorId 'FormatInvalid,*'
            { [pscustomobject]@{ Layer = , 0; PhysicalToLogical = , (0, 1); GpuCount = 0 } | Test-EplbPlacement -ErrorAction Stop } | Should -Throw -ErrorId 'CountNotPositive,*'
        }

        It 'reports an object that is no slot' {
            { [pscustomobject]@{ Name = 'x' } | Test-EplbPlacement -ErrorAction Stop } | Should -Throw -ErrorId 'FormatInvalid,*'
        }
    }

    Context 'targets' {
        It 'asks for no expert twice on a GPU only for servers that lose one' {
            $layer = [Eplb.LayerPlacement]::Create(0, [int[]](0, 1, 2, 2), 3)
            $twice = [Eplb.PlacementMap]::new([Eplb.LayerPlacement[]]@($layer), [Eplb.ClusterShape]::new(4, 2), 'Global')
            $twice | Test-EplbPlacement | Should -BeTrue
            $twice | Test-EplbPlacement -Target SGLang | Should -BeTrue
            $twice | Test-EplbPlacement -Target VllmAscend | Should -BeFalse
            $finding = $twice | Test-EplbPlacement -Target OmniInfer -Detailed
            $finding.Rule | Should -Be 'DuplicateOnGpu'
            $finding.Gpu | Should -Be 1
            $finding.Slot | Should -Be 3
        }

        It 'asks for every MoE layer of the model' {
            $plan | Test-EplbPlacement -Target TensorRTLLM -FirstMoeLayer 0 -HiddenLayerCount 24 | Should -BeTrue
            $plan | Test-EplbPlacement -Target TensorRTLLM -FirstMoeLayer 0 -HiddenLayerCount 25 -Detailed |
                ForEach-Object Rule | Should -Be 'LayerMissing'
            $plan | Test-EplbPlacement -Target TensorRTLLM -FirstMoeLayer 0 -HiddenLayerCount 23 -Detailed |
                ForEach-Object Rule | Should -Be 'LayerOutOfRange'
        }

        It 'asks for loads where the server plans by itself' {
            $plan | Test-EplbPlacement -Target FastDeploy | Should -BeTrue
            Get-Rows | Test-EplbPlacement -Target FastDeploy | Should -BeFalse
        }

        It 'judges as Export-EplbPlacement does, for <Format>' -ForEach @(
            @{ Format = 'SGLang' }, @{ Format = 'TensorRTLLM' }, @{ Format = 'VllmAscend' }, @{ Format = 'Vllm' }, @{ Format = 'VllmArray' }
            @{ Format = 'FastDeploy' }, @{ Format = 'OmniInfer' }, @{ Format = 'Csv' }, @{ Format = 'Json' }
        ) {
            $isWritten = $true
            try { $plan | Export-EplbPlacement "$TestDrive/map" $Format -FirstMoeLayer 0 } catch { $isWritten = $false }
            $plan | Test-EplbPlacement -Target $Format -FirstMoeLayer 0 | Should -Be $isWritten
        }
    }
}
