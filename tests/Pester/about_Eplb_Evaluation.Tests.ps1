# The page is a session: its commands run in their order, in a folder with its files, and each prints what the page shows below it.
BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $evaluationPage = [IO.File]::ReadAllLines("$((Get-Module Eplb).ModuleBase)/en-US/about_Eplb_Evaluation.help.txt")
    $evaluationFolder = [IO.Directory]::CreateDirectory("$TestDrive/evaluation").FullName
    [IO.File]::Copy("$PSScriptRoot/../data/dsv2lite-esft-law.windows.json", "$evaluationFolder/law.json")
    [IO.File]::Copy("$PSScriptRoot/../data/dsv2lite-esft-translation.windows.json", "$evaluationFolder/translation.json")
    [IO.File]::Copy("$PSScriptRoot/../../module/examples/data/dsv3-0324-mmlu-seqlen4k.json", "$evaluationFolder/dsv3-0324-mmlu-seqlen4k.json")

    # Each command of the page, with its continuations, and the lines that the page shows below it.
    function Get-PageStep([string[]] $lines) {
        $step = $null
        foreach ($line in $lines) {
            if ($line -match '^ {8}PS> (.*)$') {
                if ($step) { $step }
                $step = [pscustomobject]@{ Code = $Matches[1]; Shown = '' }
            }
            elseif ($step -and $line -match '^ {8}>> (.*)$') { $step.Code += "`n" + $Matches[1] }
            elseif ($step -and $line -match '^ {8}(\S.*)$') { $step.Shown += $Matches[1] + "`n" }
            elseif ($step) { $step; $step = $null }
        }
        if ($step) { $step }
    }
}

Describe 'about_Eplb_Evaluation' {
    It 'shows what its commands print' {
        $evaluationSteps = @(Get-PageStep $evaluationPage)
        $evaluationSteps.Where{ $_.Shown } | Should -HaveCount 13
        $evaluationStart = $ExecutionContext.SessionState.Path.CurrentLocation.Path
        try {
            $null = $ExecutionContext.SessionState.Path.SetLocation($evaluationFolder)
            foreach ($evaluationStep in $evaluationSteps) {
                # Dot-sourced, so that later commands see its variables and functions.
                $evaluationPrint = . ([scriptblock]::Create($evaluationStep.Code)) | ForEach-Object { "$_`n" }
                $evaluationStep.Code + "`n" + -join $evaluationPrint | Should -Be ($evaluationStep.Code + "`n" + $evaluationStep.Shown)
            }
        }
        finally {
            $null = $ExecutionContext.SessionState.Path.SetLocation($evaluationStart)
        }
    }
}
