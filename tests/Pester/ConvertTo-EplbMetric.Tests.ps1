BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $loads = Import-ExpertLoad "$PSScriptRoot/../data/dsv2lite-esft-law.json"
    $other = Import-ExpertLoad "$PSScriptRoot/../data/dsv2lite-esft-translation.json"
    $plan = $loads | Get-EplbPlacement 80 8 -NodeCount 2 -Policy Global -AsMap

    # The number of the one sample whose line starts so.
    function ValueOf([string[]]$Lines, [string]$Start) {
        $found = @($Lines.Where{ $_.StartsWith($Start) })
        $found | Should -HaveCount 1 -Because $Start
        [double]::Parse($found[0].Substring($found[0].LastIndexOf(' ') + 1), [cultureinfo]::InvariantCulture)
    }
}

Describe 'ConvertTo-EplbMetric' {
    It 'gives the figures of Measure-EplbBalance for a placement' {
        $lines = @($plan | ConvertTo-EplbMetric)
        $summary = $plan | Measure-EplbBalance -Summary
        $layer = @($plan | Measure-EplbBalance)[5]
        $gpu = @($plan | Measure-EplbBalance -By Gpu)[7]
        $node = @($plan | Measure-EplbBalance -By Node)[1]
        $lines[0] | Should -BeLike '# HELP eplb_placement_balancedness_ratio *'
        $lines[1] | Should -BeExactly '# TYPE eplb_placement_balancedness_ratio gauge'
        $lines[2] | Should -MatchExactly '^eplb_placement_balancedness_ratio\{placement="[0-9a-f]{12}",policy="Global"\} 0\.\d+$'
        ValueOf $lines 'eplb_placement_balancedness_ratio{' | Should -Be $summary.Balancedness
        $label = $lines[2].Substring($lines[2].IndexOf('{') + 1, 'placement="000000000000"'.Length)
        ValueOf $lines "eplb_layer_gpu_load_max_tokens{$label,layer=`"$($layer.Layer)`"}" | Should -Be $layer.MaxLoad
        ValueOf $lines "eplb_gpu_load_tokens{$label,node=`"1`",gpu=`"7`"}" | Should -Be $gpu.Load
        ValueOf $lines "eplb_node_load_to_mean_ratio{$label,node=`"1`"}" | Should -Be $node.ImbalanceRatio
    }

    It 'says the same of a map and of its slots' {
        $slots = @($loads | Get-EplbPlacement 80 8 -NodeCount 2 -Policy Global)
        ($slots | ConvertTo-EplbMetric) -join "`n" | Should -BeExactly (($plan | ConvertTo-EplbMetric) -join "`n")
    }

    It 'judges by other loads' {
        $expected = (Measure-EplbBalance $plan -Load $other -Summary).Balancedness
        ValueOf (ConvertTo-EplbMetric $plan -Load $other) 'eplb_placement_balancedness_ratio{' | Should -Be $expected
    }

    It 'takes reports of every kind' {
        $reports = @($plan | Measure-EplbBalance -Summary) + @($plan | Measure-EplbBalance) + @($plan | Measure-EplbBalance -By Gpu) + @($plan | Measure-EplbBalance -By Node)
        $lines = @($reports | ConvertTo-EplbMetric)
        $expected = @($plan | ConvertTo-EplbMetric).ForEach{ $_ -replace 'placement="[0-9a-f]{12}",?', '' -replace '\{\}', '' }
        $lines -join "`n" | Should -BeExactly ($expected -join "`n")
    }

    It 'takes reports that are only rows of text, as Import-Csv gives them' {
        $row = [pscustomobject]@{ Layer = '3'; Balancedness = ''; MaxLoad = '1.5'; LimitedBy = 'Replicas' }
        $lines = @($row | ConvertTo-EplbMetric)
        ValueOf $lines 'eplb_layer_gpu_load_max_tokens{layer="3"}' | Should -Be 1.5
        $lines.Where{ $_ -like '*balancedness*' } | Should -HaveCount 0
    }

    It 'puts labels on every sample, sorted and escaped' {
        $lines = @($plan | Measure-EplbBalance -Summary | ConvertTo-EplbMetric -Label @{ site = "a`nb"; model = 'say "\hi"' })
        $lines[2] | Should -BeLike 'eplb_placement_balancedness_ratio{policy="Global",model="say \"\\hi\"",site="a\nb"} *'
    }

    It 'refuses a label name that is taken' {
        { ConvertTo-EplbMetric $plan -Label @{ layer = 'x' } } | Should -Throw -ErrorId 'LabelInvalid,*'
    }

    It 'refuses a second value for a series and goes on' {
        $lines = @(@($plan; $plan) | ConvertTo-EplbMetric -ErrorVariable problems -ErrorAction SilentlyContinue)
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'MetricDuplicate,*'
        ValueOf $lines 'eplb_placement_busy_layers{' | Should -BeGreaterThan 0
    }

    It 'refuses what is neither placement nor report' {
        { [pscustomobject]@{ Name = 'x' } | ConvertTo-EplbMetric -ErrorAction Stop } | Should -Throw -ErrorId 'FormatInvalid,*'
    }

    It 'takes a row of text for the report that its columns are of' {
        $plan = @([pscustomobject]@{ Balancedness = '0.5'; WorstLayer = '3' } | ConvertTo-EplbMetric)
        $gpu = @([pscustomobject]@{ Balancedness = '0.5'; Gpu = '3'; Node = '1' } | ConvertTo-EplbMetric)
        $node = @([pscustomobject]@{ Balancedness = '0.5'; Node = '1' } | ConvertTo-EplbMetric)
        $plan.Where{ $_ -like 'eplb_placement_balancedness_ratio* 0.5' } | Should -HaveCount 1
        $gpu.Where{ $_ -like 'eplb_gpu_*{node="1",gpu="3"} *' } | Should -Not -BeNullOrEmpty
        $node.Where{ $_ -like 'eplb_node_*{node="1"} *' } | Should -Not -BeNullOrEmpty
    }

    It 'refuses <Text> for a number' -ForEach @(@{ Text = '1,5' }, @{ Text = 'much' }) {
        { [pscustomobject]@{ Layer = '3'; Balancedness = ''; MaxLoad = $Text } | ConvertTo-EplbMetric -ErrorAction Stop } | Should -Throw -ErrorId 'FormatInvalid,*'
    }

    It 'takes a label without a value for an empty one' {
        @($plan | ConvertTo-EplbMetric -Label @{ site = $null })[2] | Should -BeLike '*site=""*'
    }
}
