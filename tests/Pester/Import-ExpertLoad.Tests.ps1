BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $data = "$PSScriptRoot/../data"
    $deepSeek = "$PSScriptRoot/../../module/examples/data/dsv3-0324-mmlu-seqlen4k.json"
}

Describe 'Import-ExpertLoad' {
    Context 'What it reads' {
        It 'emits one object a layer of a real recording' {
            $loads = Import-ExpertLoad $deepSeek
            $loads.Count | Should -Be 58
            $loads[0] | Should -BeOfType ([Eplb.ExpertLoad])
            $loads[57].Layer | Should -Be 57
            $loads[0].ExpertCount | Should -Be 256
            $loads[0].Load[3] | Should -Be 292413
            $loads[0].Window | Should -BeNullOrEmpty
        }

        It 'keeps windows apart with -PerWindow, and adds them up without' {
            $file = "$data/dsv2lite-esft-law.windows.json"
            $windows = Import-ExpertLoad $file -PerWindow
            $sum = Import-ExpertLoad $file
            $sum.Count | Should -Be 26
            ($windows.Count % 26) | Should -Be 0
            $windows[26].Window | Should -Be 1
            $windows[26].IsChronological | Should -Be $true
            $first = 0
            foreach ($window in $windows) { if ($window.Layer -eq 0) { $first += $window.Load[0] } }
            $first | Should -Be $sum[0].Load[0]
        }

        It 'reads arrays that NumPy wrote' {
            $loads = Import-ExpertLoad "$data/formats/windows-i4.npy"
            $loads[1].Load[3] | Should -Be 339
        }

        It 'reads CSV with absolute layer ids' {
            [IO.File]::WriteAllText("$TestDrive/long.csv", "layer,expert,load`n3,0,5`n3,1,6")
            $load = Import-ExpertLoad "$TestDrive/long.csv"
            $load.Layer | Should -Be 3
            $load.Total | Should -Be 11
        }

        It 'says in its verbose stream which format it recognised' {
            $verbose = Import-ExpertLoad $deepSeek -Verbose 4>&1
            "$($verbose[58])$($verbose[0])" | Should -Match 'format Json'
        }
    }

    Context 'What servers record' {
        BeforeAll { $formats = "$data/formats" }

        It 'reads the ring buffer of SGLang and drops the steps that were never used' {
            (Import-ExpertLoad "$formats/sglang-stat.pt")[1].Load[3] | Should -Be 339
            $windows = Import-ExpertLoad "$formats/sglang-stat.pt" -PerWindow
            $windows.Count | Should -Be 6
            $windows[0].IsChronological | Should -Be $false
        }

        It 'makes one recording of the files of several ranks' {
            $loads = Import-ExpertLoad "$formats/sglang-per-pass-*.pt" -PerWindow
            $loads.Count | Should -Be 6
            $loads[0].Window | Should -Be 7
            $loads[0].Load[3] | Should -Be 8
            (Import-ExpertLoad "$formats/mcore_ep_loads_*.npz")[1].Load[3] | Should -Be 339
        }

        It 'makes one recording of the objects of Get-ChildItem' -Skip:(-not (Get-Command Get-ChildItem -ErrorAction Ignore)) {
            (Get-ChildItem "$formats/sglang-per-pass-*.pt" | Import-ExpertLoad).Count | Should -Be 2
            (Get-ChildItem "$formats/omni-infer" | Import-ExpertLoad)[1].Load[3] | Should -Be 339
        }

        It 'reads the directory of TensorRT-LLM, also by wildcard' {
            $loads = Import-ExpertLoad "$formats/tensorrt-llm"
            $loads[1].Layer | Should -Be 4
            $loads[1].Load[3] | Should -Be 339
            (Import-ExpertLoad "$formats/tensorrt*").Count | Should -Be 2
        }

        It 'reads the JSON lines of vLLM' {
            (Import-ExpertLoad "$formats/vllm.jsonl")[1].Load[3] | Should -Be 339
        }

        It 'refuses a .pt that refers to anything but tensors' {
            { Import-ExpertLoad "$formats/foreign-global.pt" -ErrorAction Stop } | Should -Throw -ErrorId 'FormatInvalid,Eplb.Commands.ImportExpertLoadCommand'
        }

        It 'takes a rank that cannot be read for a missing one: <Name>' -ForEach @(
            @{ Name = 'omni-infer'; Files = 'omni-infer/activation_counts_recordstep_2_rank_0.txt', 'omni-infer/activation_counts_recordstep_2_rank_1.txt' }
            @{ Name = 'Megatron'; Files = 'mcore_ep_loads_rank0_0.npz', 'mcore_ep_loads_rank1_0.npz' }
            @{ Name = 'SGLang'; Files = 'sglang-per-pass-0.pt', 'sglang-per-pass-1.pt' }
        ) {
            $folder = "$TestDrive/$Name"
            [void][IO.Directory]::CreateDirectory($folder)
            foreach ($file in $Files) { [IO.File]::Copy("$formats/$file", "$folder/$([IO.Path]::GetFileName($file))") }
            @(Import-ExpertLoad "$folder/*").Count | Should -BeGreaterThan 0
            [IO.File]::WriteAllText("$folder/$([IO.Path]::GetFileName($Files[1]))", 'x')
            Import-ExpertLoad "$folder/*" -ErrorVariable broken -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $broken | Should -HaveCount 2
            $broken[1].FullyQualifiedErrorId | Should -BeLike 'FileUnreadable,*'
            $broken[1].Exception.Message | Should -BeLike "*$([IO.Path]::GetFileName($Files[1]))*"
            # Alone it is read where nothing says that it is not all.
            if ($Name -eq 'Megatron') { return }
            @(Import-ExpertLoad "$folder/$([IO.Path]::GetFileName($Files[0]))").Count | Should -BeGreaterThan 0
        }

        It 'withholds the ranks of a recording that says it has more' {
            foreach ($file in 'mcore_ep_loads_rank0_0.npz', 'tensorrt-llm/rank0.safetensors') {
                Import-ExpertLoad "$formats/$file" -ErrorVariable broken -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
                $broken | Should -HaveCount 1
                $broken[0].FullyQualifiedErrorId | Should -BeLike 'FileNotFound,*'
                $broken[0].Exception.Message | Should -BeLike '*Rank 1 is missing; the recording has 2 ranks*'
            }
        }

        It 'takes a rank that is not there for a missing one' {
            $folder = "$TestDrive/gone"
            [void][IO.Directory]::CreateDirectory($folder)
            [IO.File]::Copy("$formats/sglang-per-pass-0.pt", "$folder/0.pt")
            foreach ($paths in @{ Path = "$folder/0.pt", "$folder/1.pt" }, @{ LiteralPath = "$folder/0.pt", "$folder/1.pt" }) {
                Import-ExpertLoad @paths -ErrorVariable broken -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
                $broken | Should -HaveCount 2
                $broken[0].FullyQualifiedErrorId | Should -BeLike 'FileNotFound,*'
                $broken[1].Exception.Message | Should -BeLike '*could not be read (1.pt)*'
            }
            # A wildcard names no file.
            @(Import-ExpertLoad "$folder/0.pt", "$folder/1*.pt" -ErrorAction SilentlyContinue).Count | Should -Be 2
        }

        It 'leaves out what TensorRT-LLM writes beside the loads' {
            $folder = "$TestDrive/raw"
            [void][IO.Directory]::CreateDirectory($folder)
            foreach ($rank in 0, 1) { [IO.File]::Copy("$formats/tensorrt-llm/rank$rank.safetensors", "$folder/rank$rank.safetensors") }
            foreach ($name in 'rank0_raw', 'cooccurrence_rank0') { [IO.File]::WriteAllText("$folder/$name.safetensors", 'x') }
            @(Import-ExpertLoad "$folder/*.safetensors" -ErrorAction Stop).Count | Should -Be 2
            # Named, it is an error of its own.
            $loads = Import-ExpertLoad "$folder/rank?.safetensors", "$folder/rank0_raw.safetensors" -ErrorVariable broken -ErrorAction SilentlyContinue
            $loads[1].Load[3] | Should -Be 339
            $broken | Should -HaveCount 1
        }

        It 'reports the rank that is missing' {
            Import-ExpertLoad "$formats/omni-infer/*rank_1.txt" -ErrorVariable broken -ErrorAction SilentlyContinue
            $broken[0].Exception.Message | Should -Match 'rank 0 is missing'
        }
    }

    Context 'Where files are' {
        BeforeAll {
            [IO.File]::WriteAllText("$TestDrive/a1.json", '[[1,2]]')
            [IO.File]::WriteAllText("$TestDrive/a2.json", '[[10,20]]')
            [IO.File]::WriteAllText("$TestDrive/b[1].json", '[[100,200]]')
        }

        It 'takes wildcards, in the order of names' {
            $loads = Import-ExpertLoad "$TestDrive/a*.json"
            $loads.Count | Should -Be 2
            $loads[0].Total | Should -Be 3
            $loads[1].Total | Should -Be 30
        }

        It 'takes several paths, and paths from the pipeline' {
            (Import-ExpertLoad "$TestDrive/a1.json", "$TestDrive/a2.json").Count | Should -Be 2
            ("$TestDrive/a1.json", "$TestDrive/a2.json" | Import-ExpertLoad).Count | Should -Be 2
        }

        It 'takes objects of Get-ChildItem' -Skip:(-not (Get-Command Get-ChildItem -ErrorAction Ignore)) {
            (Get-ChildItem $TestDrive | Import-ExpertLoad).Count | Should -Be 3
        }

        It 'takes literal paths' {
            (Import-ExpertLoad -LiteralPath "$TestDrive/b[1].json").Total | Should -Be 300
            ([pscustomobject]@{ PSPath = "$TestDrive/b[1].json" } | Import-ExpertLoad).Total | Should -Be 300
        }

        It 'follows the session: its location and its drives' {
            $path = $ExecutionContext.SessionState.Path
            $path.PushCurrentLocation('spec')
            try {
                $null = $path.SetLocation($TestDrive)
                (Import-ExpertLoad ./a1.json).Total | Should -Be 3
            }
            finally { $null = $path.PopLocation('spec') }
            (Import-ExpertLoad 'TestDrive:/a2.json').Total | Should -Be 30
        }
    }

    Context 'What it refuses' {
        It 'reports a bad file and goes on with the next' {
            [IO.File]::WriteAllText("$TestDrive/bad.json", '[[1,-2]]')
            [IO.File]::WriteAllText("$TestDrive/good.json", '[[1,2]]')
            $loads = Import-ExpertLoad "$TestDrive/bad.json", "$TestDrive/good.json" -ErrorVariable broken -ErrorAction SilentlyContinue
            $loads.Total | Should -Be 3
            $broken.Count | Should -Be 1
            $broken[0].FullyQualifiedErrorId | Should -Be 'LoadNegative,Eplb.Commands.ImportExpertLoadCommand'
            $broken[0].CategoryInfo.Category | Should -Be 'InvalidData'
            $broken[0].Exception.Message | Should -Match 'bad\.json: Layer 0, expert 1: the load -2 is negative'
        }

        It 'names a path where nothing is' {
            { Import-ExpertLoad "$TestDrive/gone.json" -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,Eplb.Commands.ImportExpertLoadCommand'
            { Import-ExpertLoad "$TestDrive/gone*.json" -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,Eplb.Commands.ImportExpertLoadCommand'
            { Import-ExpertLoad -LiteralPath "$TestDrive/gone.json" -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,Eplb.Commands.ImportExpertLoadCommand'
        }

        It 'refuses paths outside the file system' {
            { Import-ExpertLoad Env:PATH -ErrorAction Stop } | Should -Throw -ErrorId 'FileUnreadable,Eplb.Commands.ImportExpertLoadCommand'
        }

        It 'refuses a file of another format than asked for' {
            { Import-ExpertLoad $deepSeek -Format Csv -ErrorAction Stop } | Should -Throw -ErrorId 'FormatInvalid,Eplb.Commands.ImportExpertLoadCommand'
        }
    }

    It 'gives positions absolute ids, and leaves absolute ones alone' {
        $file = "$TestDrive/positions.json"
        [IO.File]::WriteAllText($file, '[[1,2],[3,4]]')
        (Import-ExpertLoad $file -FirstMoeLayer 3).Layer -join ' ' | Should -Be '3 4'
        [IO.File]::WriteAllText($file, '[[0,0],[3,4]]')
        (Import-ExpertLoad $file -FirstMoeLayer 1).Layer -join ' ' | Should -Be '0 1'
        { Import-ExpertLoad $file -FirstMoeLayer -1 -ErrorAction Stop } | Should -Throw -ErrorId 'IndexOutOfRange,*'
    }

    It 'stops when the pipeline stops' -Skip:(-not (Get-Command Select-Object -ErrorAction Ignore)) {
        (Import-ExpertLoad $deepSeek | Select-Object -First 1).Layer | Should -Be 0
    }
}
