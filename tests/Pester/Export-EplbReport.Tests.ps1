BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    . "$PSScriptRoot/ConvertTo-Text.ps1"
    $file = "$PSScriptRoot/../data/dsv2lite-esft-law.json"
    $loads = Import-ExpertLoad $file
    $other = Import-ExpertLoad "$PSScriptRoot/../data/dsv2lite-esft-translation.json"
    $current = $other | Get-EplbPlacement 80 8 -NodeCount 2 -Policy Global -AsMap
    $plan = $loads | Get-EplbPlacement 80 8 -NodeCount 2 -Policy Global -AsMap

    function Read([string]$Name) { [IO.File]::ReadAllText("$TestDrive/$Name") }
    function Format([double]$Number) { $Number.ToString('0.0000', [cultureinfo]::InvariantCulture) }
}

Describe 'Export-EplbReport' {
    It 'writes one page with the figures of Measure-EplbBalance' {
        $plan | Export-EplbReport "$TestDrive/one.html" | Should -BeNullOrEmpty
        $page = Read one.html
        $summary = $plan | Measure-EplbBalance -Summary
        $page | Should -BeLike "<!DOCTYPE html>*<dd class=`"value`">$(Format $summary.Balancedness)</dd>*"
        $page | Should -Not -Match '(src|href)="(?!#)'
        $page | Should -Not -Match 'url\('
        [regex]::Matches($page, 'GPU \d+: ').Count | Should -Be (8 * $summary.LayerCount)
    }

    It 'shows the same of a back-test and of sizes that were text' {
        $windows = (Import-ExpertLoad "$PSScriptRoot/../data/dsv2lite-esft-law.windows.json" -PerWindow).Where{ $_.Window -lt 5 }
        $steps = @($windows | Invoke-EplbBacktest 72 8 -Policy Global -Interval 3)
        $sizes = @($loads | Find-EplbReplicaCount 0.98 8, 16 64, 72, 80 -Policy Global)
        $plan | Export-EplbReport "$TestDrive/live.md" -Backtest $steps -Sizing $sizes
        $plan | Export-EplbReport "$TestDrive/text.md" -Backtest (ConvertTo-Text $steps) -Sizing (ConvertTo-Text $sizes)
        # All but the line that made it, which the report names.
        (Read text.md).Replace('text.md', '').Replace('(ConvertTo-Text $steps)', '').Replace('(ConvertTo-Text $sizes)', '') |
            Should -Be (Read live.md).Replace('live.md', '').Replace('$steps', '').Replace('$sizes', '')
        $broken = ConvertTo-Text $steps
        $broken[0].IsReplanned = 'maybe'
        { $plan | Export-EplbReport "$TestDrive/text.md" -Backtest $broken -Force } | Should -Throw "*IsReplanned 'maybe'*" -ErrorId 'FormatInvalid,*'
    }

    It 'shows before and after by the same loads' {
        Export-EplbReport "$TestDrive/change.html" $plan -ReferencePlacement $current -Load $other -ExpertBytes 1MB
        $before = Format (Measure-EplbBalance $current -Load $other -Summary).Balancedness
        $after = Format (Measure-EplbBalance $plan -Load $other -Summary).Balancedness
        Read change.html | Should -BeLike "*<dd class=`"value`">$before → $after</dd>*"
        Read change.html | Should -Match '<dt>Slots to move</dt><dd class="value">[\d,]+</dd><dd>[\d.]+ % of 2,080 slots .* [\d.]+ [MG]iB</dd>'
    }

    It 'shows what each dispatch makes of the plan' {
        $plan | Export-EplbReport "$TestDrive/dispatch.html" -Dispatch VllmAscend
        $value = Format (Measure-EplbBalance $plan -Dispatch VllmAscend -Summary).Balancedness
        Read dispatch.html | Should -BeLike "*<dd class=`"value`">$value</dd>*vllm-ascend</th><td>$value</td>*"
    }

    It 'shows drift, a back-test and sizes of clusters' {
        $windows = Import-ExpertLoad "$PSScriptRoot/../data/dsv2lite-esft-law.windows.json" -PerWindow
        $steps = @($windows | Invoke-EplbBacktest 80 8 -Policy Global -WindowLength 8)
        $sizes = @($loads | Find-EplbReplicaCount 0.99 8, 16 -Policy Global)
        Export-EplbReport "$TestDrive/all.html" $plan -Load $other -Backtest $steps -Sizing $sizes
        $page = Read all.html
        $drift = @(Compare-ExpertLoad $loads $other).Where{ $_.Layer -eq 19 }[0]
        $page | Should -BeLike "*<section id=`"drift`"*>19</th><td>$(Format $drift.JensenShannon)</td>*"
        $page | Should -BeLike "*<section id=`"backtest`"*>$($steps[0].Window)</th><td>$(Format $steps[0].Balancedness)</td>*"
        $page | Should -BeLike "*<section id=`"sizing`"*<td>$($sizes[0].ReplicaCount)</td><td>$($sizes[0].SlotsPerGpu)</td>*"
        # As a job returns them, and as text.
        $rows = foreach ($step in $steps) {
            [pscustomobject]@{
                Window = "$($step.Window)"; FirstPlanWindow = "$($step.FirstPlanWindow)"; LastPlanWindow = "$($step.LastPlanWindow)"; IsReplanned = $step.IsReplanned
                Balancedness = $step.Balancedness; UnchangedBalancedness = $step.UnchangedBalancedness; OracleBalancedness = $step.OracleBalancedness; MovedSlotCount = "$($step.MovedSlotCount)"
            }
        }
        Export-EplbReport "$TestDrive/all.html" $plan -Load $other -Backtest $rows -Sizing $sizes
        (Read all.html) -replace 'rows|steps', '' | Should -BeExactly ($page -replace 'rows|steps', '')
        { Export-EplbReport "$TestDrive/none.html" $plan -Backtest $sizes } | Should -Throw -ErrorId 'FormatInvalid,*'
    }

    It 'says how it was made' {
        $plan |
            Export-EplbReport "$TestDrive/made.html" -Load $loads -Title 'A & <B>'
        $page = Read made.html
        $page | Should -BeLike "*<code>`$plan |*Export-EplbReport *made.html&quot; -Load *</code>*"
        $page | Should -BeLike '*<title>A &amp; &lt;B&gt;</title>*<h1 dir="auto">A &amp; &lt;B&gt;</h1>*'
        $page | Should -BeLike '*dsv2lite-esft-law.json*'
        $page | Should -Match '[0-9a-f]{64}'
    }

    It 'writes the same bytes again' {
        foreach ($name in 'again-1', 'again-2') { $plan | Export-EplbReport "$TestDrive/$name.html" -ReferencePlacement $current }
        (Read again-1.html) -replace 'again-1', '' | Should -BeExactly ((Read again-2.html) -replace 'again-2', '')
    }

    It 'writes Markdown for .md, and the format that is asked for' {
        $plan | Export-EplbReport "$TestDrive/ticket.md"
        $plan | Export-EplbReport "$TestDrive/ticket.txt" -Format Markdown -Title 'Ticket'
        Read ticket.md | Should -BeLike "# Expert placement*| Balancedness | $(Format ($plan | Measure-EplbBalance -Summary).Balancedness) |*"
        Read ticket.txt | Should -BeLike '# Ticket*'
    }

    It 'takes slots, and both placements as rows' {
        $rows = @($current.GetPhysicalExperts())
        @($plan.GetPhysicalExperts()) | Export-EplbReport "$TestDrive/rows.html" -ReferencePlacement $rows
        $plan | Export-EplbReport "$TestDrive/maps.html" -ReferencePlacement $current
        $figures = '(?s)<dl.*</table>.*(?=<section id="provenance")'
        [regex]::Match((Read rows.html), $figures).Value | Should -BeExactly ([regex]::Match((Read maps.html), $figures).Value)
    }

    It 'writes nothing with -WhatIf, and emits the file with -PassThru' {
        ($plan | Export-EplbReport "$TestDrive/none.html" -WhatIf -PassThru).Name | Should -Be 'none.html'
        "$TestDrive/none.html" | Should -Not -Exist
        ($plan | Export-EplbReport "$TestDrive/some.html" -PassThru).Length | Should -BeGreaterThan 1000
    }

    It 'refuses a placement in force of other layers, and says nothing of moves from another cluster' {
        $half = $current.GetPhysicalExperts().Where{ $_.Layer -lt 3 }
        { $plan | Export-EplbReport "$TestDrive/layers.md" -ReferencePlacement $half } | Should -Throw '*Only one of the placements, of layers 0 to 2 and 0 to 25, has layer 3*' -ErrorId 'LayerMissing,*'
        $wider = Import-ExpertLoad "$PSScriptRoot/../data/dsv2lite-esft-law.json" | Get-EplbPlacement 96 8 -Policy Global -AsMap
        $plan | Export-EplbReport "$TestDrive/wider.md" -ReferencePlacement $wider
        Read wider.md | Should -Not -BeLike '*Slots to move*'
        Read wider.md | Should -BeLike '*→*'
    }

    It 'keeps a file with -NoClobber' {
        [IO.File]::WriteAllText("$TestDrive/kept.html", 'old')
        { $plan | Export-EplbReport "$TestDrive/kept.html" -NoClobber } | Should -Throw -ErrorId 'FileExists,*'
        Read kept.html | Should -BeExactly 'old'
        $plan | Export-EplbReport "$TestDrive/kept.html"
        Read kept.html | Should -BeLike '<!DOCTYPE html>*'
    }

    It 'refuses two placements, none, and a directory that is not there' {
        { $plan, $current | Export-EplbReport "$TestDrive/two.html" } | Should -Throw -ErrorId 'PlacementInvalid,*'
        { [pscustomobject]@{ Name = 1 } | Export-EplbReport "$TestDrive/none.html" -ErrorAction Stop } | Should -Throw -ErrorId 'FormatInvalid,*'
        { $plan | Export-EplbReport "$TestDrive/nowhere/x.html" } | Should -Throw -ErrorId 'FileUnwritable,*'
        { $plan | Export-EplbReport "$TestDrive/nowhere/x.html" -WhatIf } | Should -Throw -ErrorId 'FileUnwritable,*'
        "$TestDrive/two.html" | Should -Not -Exist
    }
}
