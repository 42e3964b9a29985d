BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    # Files that other libraries made, of 3 MoE layers (8 experts, 12 slots, 4 GPUs) behind 2 dense ones.
    $files = "$PSScriptRoot/../data/formats/placements"
    $expected = '3 2 6 6 7 2 4 0 5 0 5 1'
}

Describe 'Import-EplbPlacement' {
    Context 'formats' {
        It 'recognises <File> as <Format>' -ForEach @(
            @{ File = 'sglang.json'; Format = 'SGLang' }
            @{ File = 'sglang.pt'; Format = 'SGLang' }
            @{ File = 'trtllm-block.yaml'; Format = 'TensorRTLLM' }
            @{ File = 'trtllm-flow.yaml'; Format = 'TensorRTLLM' }
            @{ File = 'vllm-ascend.json'; Format = 'VllmAscend' }
            @{ File = 'vllm.jsonl'; Format = 'Vllm' }
            @{ File = 'vllm-recording.jsonl'; Format = 'Vllm' }
            @{ File = 'vllm-array.json'; Format = 'VllmArray' }
            @{ File = 'fastdeploy.json'; Format = 'FastDeploy' }
            @{ File = 'export-csv.csv'; Format = 'Csv' }
            @{ File = 'convertto-json.json'; Format = 'Json' }
        ) {
            $map = Import-EplbPlacement "$files/$File" -GpuCount 4 -HiddenLayerCount 5 -FirstMoeLayer 2 -AsMap
            $map | Should -BeOfType Eplb.PlacementMap
            $map.Layer -join ' ' | Should -Be '2 3 4'
            $map.PhysicalToLogical[0] -join ' ' | Should -Be $expected
            (Import-EplbPlacement "$files/$File" -GpuCount 4 -Format $Format -AsMap).GpuCount | Should -Be 4
        }

        It 'reads a pattern of omni-infer, a GPU''s experts in ascending order' {
            $map = Import-EplbPlacement "$files/omni-infer.npy" -AsMap
            $map.PhysicalToLogical[0] -join ' ' | Should -Be '2 3 6 2 6 7 0 4 5 0 1 5'
            $map.GpuCount | Should -Be 4
        }

        It 'refuses a file of another format than the one named' {
            { Import-EplbPlacement "$files/sglang.json" -Format Vllm -GpuCount 4 -ErrorAction Stop } | Should -Throw -ErrorId 'FormatInvalid,*'
        }

        It 'says what reads a file of loads' {
            { Import-EplbPlacement "$PSScriptRoot/../data/gptoss20b-all.json" -ErrorAction Stop } |
                Should -Throw -ErrorId 'FormatUnknown,*' -ExpectedMessage '*Import-ExpertLoad*'
        }
    }

    Context 'what the file does not tell' {
        It 'asks for the number of GPUs' {
            { Import-EplbPlacement "$files/sglang.json" -ErrorAction Stop } |
                Should -Throw -ErrorId 'ParameterMissing,*' -ExpectedMessage '*sglang.json*give GpuCount*'
        }

        It 'refuses a number of GPUs that contradicts the file' {
            { Import-EplbPlacement "$files/vllm-ascend.json" -GpuCount 6 -ErrorAction Stop } | Should -Throw -ErrorId 'PlacementInvalid,*'
        }

        It 'takes nodes and groups from the caller' {
            $map = Import-EplbPlacement "$files/vllm-ascend.json" -NodeCount 2 -GroupCount 4 -AsMap
            $map.NodeCount | Should -Be 2
            $map.GroupCount | Should -Be 4
        }

        It 'keeps the ids of the file without FirstMoeLayer' {
            (Import-EplbPlacement "$files/vllm-ascend.json" -AsMap).Layer -join ' ' | Should -Be '0 1 2'
            (Import-EplbPlacement "$files/trtllm-flow.yaml" -GpuCount 4 -AsMap).Layer -join ' ' | Should -Be '2 3 4'
            (Import-EplbPlacement "$files/sglang.json" -GpuCount 4 -AsMap).Layer -join ' ' | Should -Be '0 1 2 3 4'
        }
    }

    Context 'output' {
        It 'emits one object a layer and slot, which every cmdlet takes' {
            $slots = @(Import-EplbPlacement "$files/export-csv.csv")
            $slots | Should -HaveCount 36
            $slots[0] | Should -BeOfType Eplb.PhysicalExpert
            $slots[13].Layer | Should -Be 3
            $slots[13].Gpu | Should -Be 0
            $slots | Test-EplbPlacement | Should -BeTrue
            ($slots | Measure-EplbBalance -Summary).LayerCount | Should -Be 3
        }

        It 'gives the loads of a dump of FastDeploy' {
            $map = Import-EplbPlacement "$files/fastdeploy.json" -GpuCount 4 -AsMap
            $map.Load.Count | Should -Be 5
            ($map | Measure-EplbBalance -Summary).LayerCount | Should -Be 3
        }
    }

    Context 'paths and errors' {
        It 'says that a directory is none' {
            { Import-EplbPlacement $TestDrive -ErrorAction Stop } | Should -Throw -ErrorId 'FileUnreadable,*'
            { Import-EplbPlacement $TestDrive -ErrorAction Stop } | Should -Throw '*this is a directory; name the files in it*'
        }

        It 'names the policies where one is none, in a file and in rows' {
            $rows = @(Import-EplbPlacement "$files/export-csv.csv").ForEach{
                [pscustomobject]@{ Layer = $_.Layer; PhysicalExpert = $_.PhysicalExpert; LogicalExpert = $_.LogicalExpert; Replica = $_.Replica; Node = $_.Node; Gpu = $_.Gpu; Policy = 'Foo' }
            }
            { $rows | Measure-EplbBalance -ErrorAction Stop } | Should -Throw "Policy 'Foo' is none; it is one of Auto, Hierarchical, Global*"
            [IO.File]::WriteAllText("$TestDrive/foo.csv", "Layer,PhysicalExpert,LogicalExpert,Replica,Node,Gpu,Policy`n0,0,0,0,0,0,Foo`n")
            { Import-EplbPlacement "$TestDrive/foo.csv" -ErrorAction Stop } | Should -Throw "*Policy 'Foo' is no policy; policies are Auto, Hierarchical, Global*"
        }

        It 'leaves out side-cars that wildcards find, and says what one is' {
            $null = [IO.Directory]::CreateDirectory("$TestDrive/plans")
            Import-EplbPlacement "$files/sglang.json" -GpuCount 4 -AsMap | Export-EplbPlacement "$TestDrive/plans/plan.json" Json
            @(Import-EplbPlacement "$TestDrive/plans/*.json" -AsMap) | Should -HaveCount 1
            { Import-EplbPlacement "$TestDrive/plans/plan.json.eplb.json" -ErrorAction Stop } | Should -Throw '*is the side-car of plan.json*'
            { Import-EplbPlacement "$TestDrive/plans/*.eplb.json" -ErrorAction Stop } | Should -Throw '*no file matches*'
        }

        It 'reads files from wildcards, the pipeline and literal paths' {
            Import-EplbPlacement "$files/trtllm-*.yaml" -GpuCount 4 -AsMap | Should -HaveCount 3
            "$files/trtllm-flow.yaml", "$files/vllm.jsonl" | Import-EplbPlacement -GpuCount 4 -AsMap | Should -HaveCount 2
            [IO.File]::Copy("$files/vllm-array.json", "$TestDrive/a[1].json")
            Import-EplbPlacement -LiteralPath "$TestDrive/a[1].json" -GpuCount 4 -AsMap | Should -HaveCount 1
        }

        It 'goes on behind a bad file' {
            [IO.File]::WriteAllText("$TestDrive/bad.yaml", "initial_global_assignments:`n  3: &a [1, 0]`n")
            $maps = @("$TestDrive/bad.yaml", "$files/vllm-ascend.json" | Import-EplbPlacement -AsMap -ErrorAction SilentlyContinue -ErrorVariable problems)
            $maps | Should -HaveCount 1
            $problems[0].FullyQualifiedErrorId | Should -BeLike 'FormatInvalid,*'
            $problems[0].Exception.Message | Should -BeLike '*bad.yaml: Line 2, column 6: anchors and aliases are not read.'
            $problems[0].TargetObject | Should -BeLike '*bad.yaml'
        }

        It 'tells a file that is not there' {
            { Import-EplbPlacement "$TestDrive/none.json" -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,*'
        }

        It 'refuses layers that do not fit the model' {
            { Import-EplbPlacement "$files/sglang.json" -GpuCount 4 -HiddenLayerCount 4 -ErrorAction Stop } | Should -Throw -ErrorId 'IndexOutOfRange,*'
            { Import-EplbPlacement "$files/sglang.json" -FirstMoeLayer -1 } | Should -Throw -ErrorId 'IndexOutOfRange,*'
        }
    }
}
