BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $data = "$PSScriptRoot/../data"
    $law = Import-ExpertLoad "$data/dsv2lite-esft-law.json"
    $translation = Import-ExpertLoad "$data/dsv2lite-esft-translation.json"
}

Describe 'Merge-ExpertLoad' {
    It 'adds workloads up by default' {
        $mix = @($law + $translation | Merge-ExpertLoad)
        $mix | Should -HaveCount 26
        $mix[0] | Should -BeOfType Eplb.ExpertLoad
        $mix[3].Load[5] | Should -Be ($law[3].Load[5] + $translation[3].Load[5])
    }

    It 'takes one array a workload' {
        $mix = Merge-ExpertLoad $law, $translation -Weight 2, 0.5
        $mix[3].Load[5] | Should -Be (2 * $law[3].Load[5] + 0.5 * $translation[3].Load[5])
    }

    It 'mixes proportions' {
        $mix = $law + $translation | Merge-ExpertLoad -Normalize -Weight 3, 1
        $mix.ForEach{ [math]::Round($_.Total, 9) } | Should -Be (@(4) * 26)
    }

    It 'names the sources of all workloads, for the plan''s Sources' {
        $plan = $law + $translation + $law | Merge-ExpertLoad | Get-EplbPlacement 80 8 -Policy Global -AsMap
        $plan.Sources | Should -BeLike '*law.json + *translation.json'
        [Eplb.ExpertLoad]::new(0, [double[]](1, 2)) | Merge-ExpertLoad | ForEach-Object { $_.Source } | Should -BeNullOrEmpty
    }

    It 'comes back from JSON' -Skip:(-not (Get-Command ConvertTo-Json -ErrorAction Ignore)) {
        $mix = $law + $translation | Merge-ExpertLoad
        $again = $mix | ConvertTo-Json | ConvertFrom-Json | Merge-ExpertLoad
        $again[3].Load -join ' ' | Should -Be ($mix[3].Load -join ' ')
    }

    It 'weights windows' {
        $windows = Import-ExpertLoad "$data/dsv2lite-esft-law.windows.json" -PerWindow
        $count = @($windows.Window).Count / 26
        $last = $windows.Where{ $_.Window -eq $count - 1 }
        $mix = $windows | Merge-ExpertLoad -Weight (@(0) * ($count - 1) + 1)
        $mix[7].Load | Should -Be $last[7].Load
    }

    It 'makes a plan that serves the whole mix' {
        $mix = Merge-ExpertLoad $law, $translation -Normalize
        $map = $mix | Get-EplbPlacement 80 8 -Policy Global -AsMap
        ($map | Measure-EplbBalance -Load $translation -Summary).Balancedness | Should -BeGreaterThan 0.75
        ($law | Get-EplbPlacement 80 8 -Policy Global | Measure-EplbBalance -Load $translation -Summary).Balancedness | Should -BeLessThan 0.66
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'a weight too few'; Weight = @(1) }
        @{ Name = 'a negative weight'; Weight = @(1, -1) }
    ) {
        { $law + $translation | Merge-ExpertLoad -Weight $Weight } | Should -Throw -ErrorId 'WeightInvalid,Eplb.Commands.MergeExpertLoadCommand'
    }
}
