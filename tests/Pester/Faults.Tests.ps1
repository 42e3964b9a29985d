BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $loads = Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-all.json"
    $plan = $loads | Get-EplbPlacement 40 8 -AsMap

    # What the pipeline hands on after a few objects: Select-Object -First is not in every engine.
    function Stop-After([int] $Count) { begin { $seen = 0 } process { $_; if (++$seen -ge $Count) { break } } }
    function Get-File([string] $Folder) { ([IO.DirectoryInfo]::new($Folder).GetFileSystemInfos() | ForEach-Object Name) -join ' ' }
    function New-Folder { [IO.Directory]::CreateDirectory("$TestDrive/$([guid]::NewGuid().ToString('N'))").FullName }
}

Describe 'Faults' {
    Context 'errors' {
        BeforeAll {
            $folder = New-Folder
            foreach ($name in 'a.csv', 'c.csv') { [IO.File]::WriteAllText("$folder/$name", "layer,expert,load`n0,0,1`n0,1,2`n") }
            [IO.File]::WriteAllText("$folder/b.csv", "layer,expert,load`n0,0,many`n")
            $plan | Export-EplbPlacement "$folder/a.json" Json -NoSidecar
            [IO.File]::WriteAllText("$folder/b.json", '{"physical_to_logical_map": [[0, "x"]]}')
        }

        It 'reads the other files under -ErrorAction <Action>' -ForEach @(@{ Action = 'Continue' }, @{ Action = 'SilentlyContinue' }, @{ Action = 'Ignore' }) {
            $problems = $null
            $read = @(Import-ExpertLoad "$folder/*.csv", "$folder/none.csv", "$folder/a.csv" -ErrorAction $Action -ErrorVariable problems 2>&1)
            @($read.Where{ $_ -is [Eplb.ExpertLoad] }) | Should -HaveCount 3
            @($read.Where{ $_ -is [Management.Automation.ErrorRecord] }) | Should -HaveCount $(if ($Action -eq 'Continue') { 2 } else { 0 })
            if ($Action -ne 'Ignore') { ($problems | ForEach-Object FullyQualifiedErrorId) -join ' ' | Should -Be 'FormatInvalid,Eplb.Commands.ImportExpertLoadCommand FileNotFound,Eplb.Commands.ImportExpertLoadCommand' }
        }

        It 'reads the other placements under -ErrorAction <Action>' -ForEach @(@{ Action = 'Continue' }, @{ Action = 'SilentlyContinue' }, @{ Action = 'Ignore' }) {
            $read = @(Import-EplbPlacement "$folder/*.json", "$folder/none.json", "$folder/a.json" -AsMap -GpuCount 8 -ErrorAction $Action 2>&1)
            @($read.Where{ $_ -is [Eplb.PlacementMap] }) | Should -HaveCount 2
        }

        It 'ends at the first error under -ErrorAction Stop' {
            $read = [Collections.Generic.List[object]]::new()
            { Import-ExpertLoad "$folder/*.csv" -ErrorAction Stop | ForEach-Object { $read.Add($_) } } | Should -Throw -ErrorId 'FormatInvalid,Eplb.Commands.ImportExpertLoadCommand'
            $read | Should -HaveCount 1
        }

        It 'is one error with the path where the target is <Name>' -ForEach @(
            @{ Name = 'in a directory that is missing'; Path = 'none/plan.json'; Id = 'FileUnwritable' }
            @{ Name = 'a directory'; Path = ''; Id = 'FileUnwritable' }
        ) {
            $before = Get-File $folder
            { $plan | Export-EplbPlacement "$folder/$Path" Json } | Should -Throw -ErrorId "$Id,Eplb.Commands.ExportEplbPlacementCommand"
            { $plan | Export-EplbReport "$folder/$Path" } | Should -Throw -ErrorId "$Id,Eplb.Commands.ExportEplbReportCommand"
            Get-File $folder | Should -Be $before
        }
    }

    Context 'files that change' {
        It 'reports a file that vanished before its turn and reads the others' {
            $folder = New-Folder
            foreach ($name in 'a.csv', 'b.csv', 'c.csv') { [IO.File]::WriteAllText("$folder/$name", "layer,expert,load`n0,0,1`n") }
            $read = @(Import-ExpertLoad "$folder/*.csv" -ErrorVariable problems -ErrorAction SilentlyContinue | ForEach-Object { [IO.File]::Delete("$folder/b.csv"); $_ })
            $read | Should -HaveCount 2
            $problems | Should -HaveCount 1
            $problems[0].FullyQualifiedErrorId | Should -Be 'FileNotFound,Eplb.Commands.ImportExpertLoadCommand'
        }

        It 'reads what is there of a file that another program still writes to' {
            $file = "$(New-Folder)/growing.csv"
            $writer = [IO.StreamWriter]::new([IO.FileStream]::new($file, 'Create', 'Write', 'Read'))
            try {
                $writer.Write("layer,expert,load`n0,0,1`n0,1,2`n")
                $writer.Flush()
                (Import-ExpertLoad $file).Load -join ' ' | Should -Be '1 2'
                $writer.Write("0,2,3`n")
                $writer.Flush()
                (Import-ExpertLoad $file).Load -join ' ' | Should -Be '1 2 3'
            }
            finally { $writer.Dispose() }
        }
    }

    Context 'pipelines that end early' {
        It 'stops <Name> where downstream wants no more' -ForEach @(
            @{ Name = 'a plan'; Script = { $loads | Get-EplbPlacement 40 8 } }
            @{ Name = 'loads'; Script = { Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-all.json" } }
            @{ Name = 'a placement'; Script = { $plan | Export-EplbPlacement "$TestDrive/early.json" Json; Import-EplbPlacement "$TestDrive/early.json" } }
            @{ Name = 'reports'; Script = { $plan | Measure-EplbBalance } }
            @{ Name = 'a mix'; Script = { $loads | Merge-ExpertLoad } }
            @{ Name = 'drift'; Script = { Compare-ExpertLoad $loads $loads } }
            @{ Name = 'metrics'; Script = { $plan | ConvertTo-EplbMetric } }
        ) {
            $seen = [Collections.Generic.List[object]]::new()
            foreach ($once in 1) { & $Script | Stop-After 2 | ForEach-Object { $seen.Add($_) } }
            $seen | Should -HaveCount 2
        }

        It 'writes nothing where upstream fails' {
            $folder = New-Folder
            function Get-Broken { $plan; throw 'upstream' }
            { Get-Broken | Export-EplbPlacement "$folder/plan.json" Json } | Should -Throw 'upstream'
            { Get-Broken | Export-EplbReport "$folder/page.html" } | Should -Throw 'upstream'
            Get-File $folder | Should -BeNullOrEmpty
        }

        It 'writes nothing where the pipeline is broken off' {
            $folder = New-Folder
            foreach ($once in 1) { $plan, $plan | Stop-After 1 | Export-EplbPlacement "$folder/plan.json" Json }
            Get-File $folder | Should -BeNullOrEmpty
        }
    }
}
