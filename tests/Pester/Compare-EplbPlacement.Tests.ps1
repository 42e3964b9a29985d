BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $old = Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-mmlu_test.json" | Get-EplbPlacement 40 8 -NodeCount 2 -Policy Global -AsMap
    $new = Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-gpqa_main.json" | Get-EplbPlacement 40 8 -NodeCount 2 -Policy Global
}

Describe 'Compare-EplbPlacement' {
    It 'emits one move for each slot whose expert differs' {
        $moves = @($new | Compare-EplbPlacement $old)
        $before = @($old.GetPhysicalExperts())
        $differing = @(0..($new.Count - 1) | Where-Object { $new[$_].LogicalExpert -ne $before[$_].LogicalExpert })
        $moves | Should -HaveCount $differing.Count
        $moves[0] | Should -BeOfType Eplb.ExpertMove
        $moves[0].LogicalExpert | Should -Be $new[$differing[0]].LogicalExpert
        $moves[0].TargetSlot | Should -Be $new[$differing[0]].PhysicalExpert
    }

    It 'lets no GPU send or receive twice in a batch' {
        $copies = @($new | Compare-EplbPlacement $old | Where-Object { $null -ne $_.Batch })
        $copies | Should -Not -BeNullOrEmpty
        $seen = [Collections.Generic.HashSet[string]]::new()
        foreach ($copy in $copies) {
            $seen.Add(('from {0}/{1}/{2}' -f $copy.Layer, $copy.Batch, $copy.SourceGpu)) | Should -BeTrue
            $seen.Add(('to {0}/{1}/{2}' -f $copy.Layer, $copy.Batch, $copy.TargetGpu)) | Should -BeTrue
        }
    }

    It 'asks for the bytes that seconds follow from' {
        { $new | Compare-EplbPlacement $old -Summary -InterNodeBandwidth 1GB } | Should -Throw '*ExpertBytes*' -ErrorId 'ParameterMissing,*'
    }

    It 'sums up bytes and seconds' {
        $summary = $new | Compare-EplbPlacement $old -Summary -ExpertBytes 1MB -IntraNodeBandwidth 1GB -InterNodeBandwidth 1GB
        $summary.IntraNodeBytes + $summary.InterNodeBytes | Should -Be (1MB * ($summary.IntraNodeCount + $summary.InterNodeCount))
        [Math]::Round($summary.BusiestGpuSeconds, 9) | Should -Be ([Math]::Round($summary.BusiestGpuBytes / 1GB, 9))
    }

    It 'refuses placements of different clusters' {
        $other = Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-all.json" | Get-EplbPlacement 48 8 -Policy Global -AsMap
        { Compare-EplbPlacement $old $other } | Should -Throw -ErrorId 'PlacementInvalid*'
        $flat = Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-mmlu_test.json" | Get-EplbPlacement 40 8 -Policy Global -AsMap
        { Compare-EplbPlacement $old $flat } | Should -Throw '*NodeCount 2 and NodeCount 1 for 8 GPUs*' -ErrorId 'PlacementInvalid*'
    }

    # Positions of MoE layers, and absolute ids.
    It 'refuses placements of other layers, whichever has more of them' {
        $some = @($new.Where{ $_.Layer -gt 2 })
        { $some | Compare-EplbPlacement $old } | Should -Throw '*layer 0*' -ErrorId 'LayerMissing,*'
        { $old | Compare-EplbPlacement $some } | Should -Throw '*layer 0*' -ErrorId 'LayerMissing,*'
        Compare-EplbPlacement $some $some | Should -BeNullOrEmpty
    }

    It 'goes on after a placement of another cluster' {
        $other = Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-all.json" | Get-EplbPlacement 48 8 -Policy Global -AsMap
        $map = Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-gpqa_main.json" | Get-EplbPlacement 40 8 -NodeCount 2 -Policy Global -AsMap
        $two = $map, $other, $map | Compare-EplbPlacement $old -Summary -ErrorVariable refused -ErrorAction SilentlyContinue
        $two | Should -HaveCount 2
        $refused[0].FullyQualifiedErrorId | Should -Be 'PlacementInvalid,Eplb.Commands.CompareEplbPlacementCommand'
    }

    It 'shows what comes from storage when a GPU is lost' {
        $loads = Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-all.json"
        $all = $loads | Get-EplbPlacement 40 8 -NodeCount 2 -Policy Global -AsMap
        $left = $loads | Get-EplbPlacement 40 8 -NodeCount 2 -Policy Global -ExcludeGpu 3 -CurrentPlacement $all -MaxMove 0 -AsMap
        $summary = Compare-EplbPlacement $all $left -Summary -ExpertBytes 1MB
        $summary.StorageCount | Should -BeGreaterThan 0
        $summary.StorageBytes | Should -Be ($summary.StorageCount * 1MB)
        $left | Export-EplbReport "$TestDrive/lost.md" -ReferencePlacement $all
        [IO.File]::ReadAllText("$TestDrive/lost.md") | Should -BeLike "*$($summary.StorageCount.ToString('N0', [cultureinfo]::InvariantCulture)) of them from storage*"
    }

    It 'tells slots that their GPU fills by itself from those that get weights from elsewhere' {
        $summary = $new | Compare-EplbPlacement $old -Summary
        $own = @($new | Compare-EplbPlacement $old).Where{ $_.Scope -eq 'SameGpu' }.Count
        $own | Should -BeGreaterThan 0
        $summary.SlotCount | Should -Be ($summary.MovedSlotCount + $own)
        $summary.MovedSlotCount | Should -Be (Test-EplbRebalance $old (Import-ExpertLoad "$PSScriptRoot/../data/gptoss20b-gpqa_main.json") -Detailed).MovedSlotCount
    }
}
