BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    # 58 MoE layers by position, behind 3 dense ones.
    $deepSeek = Import-ExpertLoad "$PSScriptRoot/../../module/examples/data/dsv3-0324-mmlu-seqlen4k.json"
    $plan = $deepSeek | Get-EplbPlacement 288 32 -NodeCount 4 -GroupCount 8 -AsMap
    # One replica an expert: no expert can be twice on a GPU.
    $spread = $deepSeek | Get-EplbPlacement 256 32 -Policy Global -AsMap

    function Get-Slot($Map) { ($Map.PhysicalToLogical | ForEach-Object { $_ -join ' ' }) -join "`n" }
    function New-Plan($Slots, $Gpus, $Layer = 0) {
        $experts = ($Slots | ForEach-Object { $_ } | Select-Highest) + 1
        [Eplb.PlacementMap]::new([Eplb.LayerPlacement[]]@([Eplb.LayerPlacement]::Create($Layer, [int[]]$Slots, $experts)), [Eplb.ClusterShape]::new($Slots.Count, $Gpus), 'Global')
    }
    function Select-Highest { begin { $highest = 0 } process { if ($_ -gt $highest) { $highest = $_ } } end { $highest } }
}

Describe 'Export-EplbPlacement' {
    Context 'formats' {
        It 'writes <Format> so that it reads back the same' -ForEach @(
            @{ Format = 'SGLang' }, @{ Format = 'TensorRTLLM' }, @{ Format = 'VllmAscend' }, @{ Format = 'Vllm' }, @{ Format = 'VllmArray' }, @{ Format = 'Csv' }, @{ Format = 'Json' }
        ) {
            $map = if ($Format -eq 'VllmAscend') { $spread } else { $plan }
            $map | Export-EplbPlacement "$TestDrive/map" $Format -FirstMoeLayer 3 -HiddenLayerCount 61
            $read = Import-EplbPlacement "$TestDrive/map" -GpuCount 32 -FirstMoeLayer 3 -HiddenLayerCount 61 -AsMap
            $read.Layer[0] | Should -Be 3
            $read.Layer[57] | Should -Be 60
            Get-Slot $read | Should -Be (Get-Slot $map)
        }

        It 'keeps loads, policy and cluster in <Format>' -ForEach @(@{ Format = 'Csv' }, @{ Format = 'Json' }) {
            $plan | Export-EplbPlacement "$TestDrive/own" $Format
            $read = Import-EplbPlacement "$TestDrive/own" -AsMap
            $read.Policy | Should -Be 'Hierarchical'
            $read.NodeCount | Should -Be 4
            $read.GroupCount | Should -Be 8
            $read.Load[20] -join ' ' | Should -Be ($plan.Load[20] -join ' ')
            $read.LogicalToPhysical[20][7] -join ' ' | Should -Be ($plan.LogicalToPhysical[20][7] -join ' ')
            $before = $plan | Measure-EplbBalance -Summary
            $after = $read | Measure-EplbBalance -Summary
            $after.Balancedness | Should -Be $before.Balancedness
            $after.Gap | Should -Be $before.Gap
        }

        It 'gives SGLang one key and a row for every hidden layer' {
            $plan | Export-EplbPlacement "$TestDrive/sglang.json" SGLang -HiddenLayerCount 61 -FirstMoeLayer 3
            $json = [Text.Json.JsonDocument]::Parse([IO.File]::ReadAllText("$TestDrive/sglang.json")).RootElement
            @($json.EnumerateObject()).Name | Should -Be 'physical_to_logical_map'
            $rows = @($json.GetProperty('physical_to_logical_map').EnumerateArray())
            $rows | Should -HaveCount 61
            $rows[2][257].GetInt32() | Should -Be 1
            $rows[3].ToString() | Should -Be "[$($plan.PhysicalToLogical[0] -join ',')]"
        }

        It 'gives TensorRT-LLM its three keys and the MoE layers by absolute id' {
            $plan | Export-EplbPlacement "$TestDrive/eplb.yaml" TensorRTLLM -FirstMoeLayer 3
            $lines = [IO.File]::ReadAllLines("$TestDrive/eplb.yaml")
            $lines[0..2] -join '|' | Should -BeExactly 'num_slots: 288|layer_updates_per_iter: 0|initial_global_assignments:'
            $lines | Should -HaveCount 61
            $lines[3] | Should -BeExactly "  3: [$($plan.PhysicalToLogical[0] -join ', ')]"
            $lines[60] | Should -BeLike '  60: *'
        }

        It 'gives FastDeploy the loads' {
            $plan | Export-EplbPlacement "$TestDrive/fastdeploy.json" FastDeploy -HiddenLayerCount 61 -FirstMoeLayer 3
            $loads = [Text.Json.JsonDocument]::Parse([IO.File]::ReadAllText("$TestDrive/fastdeploy.json")).RootElement.GetProperty('data')
            $loads.GetArrayLength() | Should -Be 61
            $loads[0][0].GetInt64() | Should -Be 0
            $loads[3][3].GetInt64() | Should -Be 292413
        }

        It 'takes rows as well as maps' {
            $plan.GetPhysicalExperts() | Export-EplbPlacement "$TestDrive/rows.json" SGLang -FirstMoeLayer 3
            $plan | Export-EplbPlacement "$TestDrive/map.json" SGLang -FirstMoeLayer 3
            [IO.File]::ReadAllText("$TestDrive/rows.json") | Should -BeExactly ([IO.File]::ReadAllText("$TestDrive/map.json"))
        }

        It 'reads what Export-Csv writes' -Skip:(-not (Get-Command Export-Csv -ErrorAction Ignore)) {
            $plan.GetPhysicalExperts() | Export-Csv "$TestDrive/plain.csv"
            Get-Slot (Import-EplbPlacement "$TestDrive/plain.csv" -AsMap) | Should -Be (Get-Slot $plan)
        }
    }

    Context 'rules' {
        It 'refuses an expert twice on a GPU for <Format>, says where, and writes nothing' -ForEach @(@{ Format = 'VllmAscend' }, @{ Format = 'OmniInfer' }) {
            { New-Plan (0, 1, 2, 2) 2 -Layer 7 | Export-EplbPlacement "$TestDrive/twice" $Format } |
                Should -Throw -ErrorId 'PlacementUnsuitable,*' -ExpectedMessage '*Layer 7: GPU 1 holds expert 2 twice, in slots 2 and 3*A refined plan*'
            "$TestDrive/twice" | Should -Not -Exist
        }

        It 'refuses for <Format> a first MoE layer that comes after layers with load' -ForEach @(
            @{ Format = 'SGLang' }, @{ Format = 'TensorRTLLM' }, @{ Format = 'Vllm' }, @{ Format = 'Csv' }
        ) {
            $busy = (0..7).ForEach{ [Eplb.ExpertLoad]::new($_, [double[]](1, 2, 3)) } | Get-EplbPlacement 4 2 -Policy Global -AsMap
            { $busy | Export-EplbPlacement "$TestDrive/busy" $Format -FirstMoeLayer 3 -HiddenLayerCount 8 } | Should -Throw '*Layer 0 carries load*2 more places*' -ErrorId 'PlacementUnsuitable,*'
            $busy | Test-EplbPlacement -Target $Format -FirstMoeLayer 3 -HiddenLayerCount 8 | Should -BeFalse
            $busy | Test-EplbPlacement -Target $Format -FirstMoeLayer 0 -HiddenLayerCount 8 | Should -BeTrue
            $busy | Test-EplbPlacement -Target $Format -FirstMoeLayer 3 -HiddenLayerCount 11 | Should -BeTrue
        }

        It 'asks which layer is the first MoE layer where ids can be positions' {
            { $plan | Export-EplbPlacement "$TestDrive/x" SGLang -HiddenLayerCount 61 } | Should -Throw -ErrorId 'ParameterMissing,*'
            $plan | Export-EplbPlacement "$TestDrive/x" TensorRTLLM -WarningVariable warnings -WarningAction SilentlyContinue
            $warnings | Should -HaveCount 1
            $plan | Export-EplbPlacement "$TestDrive/x" TensorRTLLM -FirstMoeLayer 0 -WarningVariable warnings
            $warnings | Should -HaveCount 0
        }

        It 'leaves idle layers out where only MoE layers belong' {
            $idle = [Eplb.ExpertLoad]::new(0, [double[]](0, 0, 0)), [Eplb.ExpertLoad]::new(1, [double[]](1, 2, 3))
            $idle | Get-EplbPlacement 4 2 -Policy Global | Export-EplbPlacement "$TestDrive/idle" TensorRTLLM
            (Import-EplbPlacement "$TestDrive/idle" -GpuCount 2 -AsMap).Layer | Should -Be 1
            $idle | Get-EplbPlacement 4 2 -Policy Global | Export-EplbPlacement "$TestDrive/idle" SGLang
            (Import-EplbPlacement "$TestDrive/idle" -GpuCount 2 -AsMap).Layer -join ' ' | Should -Be '0 1'
        }

        It 'writes one placement a file' {
            { $plan, $spread | Export-EplbPlacement "$TestDrive/two" Json } | Should -Throw -ErrorId 'PlacementInvalid,*'
        }
    }

    Context 'files' {
        It 'leaves a side-car unless told not to' {
            $plan | Export-EplbPlacement "$TestDrive/a.json" Json
            $sidecar = [Text.Json.JsonDocument]::Parse([IO.File]::ReadAllText("$TestDrive/a.json.eplb.json")).RootElement
            $sidecar.GetProperty('Policy').GetString() | Should -Be 'Hierarchical'
            $sidecar.GetProperty('Sources')[0].GetString() | Should -Be 'dsv3-0324-mmlu-seqlen4k.json'
            $hash = [Security.Cryptography.SHA256]::Create().ComputeHash([IO.File]::ReadAllBytes("$TestDrive/a.json"))
            $sidecar.GetProperty('Sha256').GetString() | Should -Be ([BitConverter]::ToString($hash) -replace '-')
            $plan | Export-EplbPlacement "$TestDrive/b.json" Json -NoSidecar
            "$TestDrive/b.json.eplb.json" | Should -Not -Exist
        }

        It 'leaves no side-car of the file that it replaces' {
            $plan | Export-EplbPlacement "$TestDrive/c.json" Json
            "$TestDrive/c.json.eplb.json" | Should -Exist
            $plan | Export-EplbPlacement "$TestDrive/c.json" Json -NoSidecar -WhatIf
            "$TestDrive/c.json.eplb.json" | Should -Exist
            $plan | Export-EplbPlacement "$TestDrive/c.json" Json -NoSidecar
            "$TestDrive/c.json.eplb.json" | Should -Not -Exist
        }

        It 'writes nothing with -WhatIf, and still emits the file' {
            $file = $plan | Export-EplbPlacement "$TestDrive/whatif.json" Json -WhatIf -PassThru
            $file | Should -BeOfType IO.FileInfo
            $file.FullName | Should -BeLike '*whatif.json'
            "$TestDrive/whatif.json" | Should -Not -Exist
            "$TestDrive/whatif.json.eplb.json" | Should -Not -Exist
        }

        It 'keeps a file with -NoClobber' {
            [IO.File]::WriteAllText("$TestDrive/kept", 'kept')
            { $plan | Export-EplbPlacement "$TestDrive/kept" Json -NoClobber } | Should -Throw -ErrorId 'FileExists,*'
            [IO.File]::ReadAllText("$TestDrive/kept") | Should -Be 'kept'
            { $plan | Export-EplbPlacement "$TestDrive/kept" Json -NoClobber -WhatIf } | Should -Throw -ErrorId 'FileExists,*'
        }

        It 'replaces a read-only file only with -Force' {
            [IO.File]::WriteAllText("$TestDrive/readonly", 'kept')
            [IO.File]::SetAttributes("$TestDrive/readonly", 'ReadOnly')
            { $plan | Export-EplbPlacement "$TestDrive/readonly" Json } | Should -Throw -ErrorId 'FileUnwritable,*'
            $plan | Export-EplbPlacement "$TestDrive/readonly" Json -Force
            [IO.File]::ReadAllText("$TestDrive/readonly") | Should -BeLike '{*'
        }

        It 'leaves no file behind where the directory is missing' {
            { $plan | Export-EplbPlacement "$TestDrive/none/map" Json } | Should -Throw -ErrorId 'FileUnwritable,*'
            { $plan | Export-EplbPlacement "$TestDrive/none/map" Json -WhatIf } | Should -Throw -ErrorId 'FileUnwritable,*'
        }

        It 'writes equal bytes for equal input' {
            $plan | Export-EplbPlacement "$TestDrive/once" Csv
            $deepSeek | Get-EplbPlacement 288 32 -NodeCount 4 -GroupCount 8 | Export-EplbPlacement "$TestDrive/again" Csv
            [IO.File]::ReadAllText("$TestDrive/again") | Should -BeExactly ([IO.File]::ReadAllText("$TestDrive/once"))
        }
    }
}
