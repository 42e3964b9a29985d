BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $data = "$PSScriptRoot/../data"
    $law = Import-ExpertLoad "$data/dsv2lite-esft-law.json"
    $translation = Import-ExpertLoad "$data/dsv2lite-esft-translation.json"
}

Describe 'Compare-ExpertLoad' {
    It 'reports on each layer' {
        $drift = @(Compare-ExpertLoad $law $translation)
        $drift | Should -HaveCount 26
        $drift[0] | Should -BeOfType Eplb.LoadDrift
        $drift[0].Layer | Should -Be 0
        $drift[0].HottestCount | Should -Be 8
        $drift[0].ReferenceTotal | Should -Be $law[0].Total
    }

    It 'sums the drift up' {
        $drift = $translation | Compare-ExpertLoad $law -Summary
        $drift.LayerCount | Should -Be 26
        [math]::Round($drift.Cosine, 3) | Should -Be 0.603
        [math]::Round($drift.JensenShannon, 3) | Should -Be 0.188
        [math]::Round($drift.HottestOverlap, 3) | Should -Be 0.139
        $drift.WorstLayer | Should -Be 19
    }

    It 'finds no drift between a load and a multiple of it' {
        $drift = Compare-ExpertLoad $law (Merge-ExpertLoad (, $law) -Weight 3) -Summary
        [math]::Round($drift.Cosine, 9) | Should -Be 1
        [math]::Round($drift.JensenShannon, 9) | Should -Be 0
        $drift.HottestOverlap | Should -Be 1
    }

    It 'counts as many hottest experts as it is told' {
        (Compare-ExpertLoad $law $translation -Top 3 -Summary).HottestCount | Should -Be 3
        { Compare-ExpertLoad $law $translation -Top 0 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,Eplb.Commands.CompareExpertLoadCommand'
    }

    It 'refuses loads of another model' {
        $other = Import-ExpertLoad "$data/gptoss20b-all.json"
        { Compare-ExpertLoad $law $other } | Should -Throw -ErrorId 'RowLengthMismatch,Eplb.Commands.CompareExpertLoadCommand'
    }

    It 'refuses loads that lack a layer' {
        { Compare-ExpertLoad $law $translation[0..9] } | Should -Throw -ErrorId 'LayerMissing,Eplb.Commands.CompareExpertLoadCommand'
    }
}
