# Every example of the help runs, in a folder with the files and after a prelude with the variables that examples may use: both tables are below.
BeforeDiscovery {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }
    $examples = foreach ($cmdlet in Get-Command -Module Eplb) {
        $codes = @((Get-Help $cmdlet.Name -Full).examples.example.code)
        for ($i = 0; $i -lt $codes.Count; $i++) {
            @{ Cmdlet = $cmdlet.Name; Number = $i + 1; Code = $codes[$i]; Earlier = @($codes).Where({ $true }, 'First', $i) }
        }
    }
}

BeforeAll {
    if (-not (Get-Module Eplb)) { Import-Module "$PSScriptRoot/../../Eplb.psd1" }

    # Tokens of each expert of one layer: a few experts get most of them, other ones in each layer and for each seed.
    function Get-Row([int] $experts, [int] $layer, [int] $seed) {
        foreach ($expert in 0..($experts - 1)) { [int][Math]::Floor(1e6 / (1 + ($expert * 37 + $layer * 11 + $seed * 5) % 256)) }
    }

    function Get-CountsJson([int] $seed) {
        $rows = foreach ($layer in 0..57) { "[$((Get-Row 256 $layer $seed) -join ',')]" }
        "{`"logical_count`":[$($rows -join ',')]}"
    }

    function Get-LongCsv([string] $header, [int] $experts, [int] $seed) {
        $header
        foreach ($layer in 0..1) {
            $expert = 0
            foreach ($tokens in Get-Row $experts $layer $seed) { "$layer,$expert,$tokens"; $expert++ }
        }
    }

    function Get-TraceNpy {
        $header = "{'descr': '<i4', 'fortran_order': False, 'shape': (8, 2, 256), }".PadRight(117) + "`n"
        0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0
        [BitConverter]::GetBytes([uint16]$header.Length)
        [Text.Encoding]::ASCII.GetBytes($header)
        foreach ($window in 0..7) {
            foreach ($layer in 0..1) {
                foreach ($tokens in Get-Row 256 $layer $window) { [BitConverter]::GetBytes($tokens) }
            }
        }
    }

    # Loads that examples may read: 58 layers of 256 experts, and smaller ones as tables.
    $files = @{
        'expert_distribution_rank0.csv'     = (Get-LongCsv 'layer_id,expert_id,count' 256 0) -join "`n"
        'expert_distribution_rank1.csv'     = (Get-LongCsv 'layer_id,expert_id,count' 256 1) -join "`n"
        'loads.csv'                         = (Get-LongCsv 'Layer,Expert,Load' 32 0) -join "`n"
        'trace.npy'                         = [byte[]]@(Get-TraceNpy)
        'expert_distribution_recorder_1.pt' = [IO.File]::ReadAllBytes("$PSScriptRoot/../data/formats/sglang-stat.pt")
    }
    $seed = 0
    'loads.json', 'monday.json', 'tuesday.json', 'today.json', 'now.json', 'law.json', 'translation.json' |
        ForEach-Object { $files[$_] = Get-CountsJson ($seed++) }

    # Variables that examples may use without saying where they come from.
    $prelude = @'
$loads = Import-ExpertLoad loads.json
$monday = Import-ExpertLoad monday.json
$tuesday = Import-ExpertLoad tuesday.json
$today = Import-ExpertLoad today.json
$plan = $loads | Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -NodeCount 4 -Policy Global -AsMap
$current = $monday | Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -NodeCount 4 -Policy Global -AsMap
$new = $tuesday | Get-EplbPlacement -ReplicaCount 288 -GpuCount 32 -NodeCount 4 -Policy Global -AsMap

'@

    # Placements that examples may read; examples of Export-EplbPlacement write them themselves.
    $placements = @'
$plan | Export-EplbPlacement plan.csv Csv
$plan | Export-EplbPlacement plan.json Json
$current | Export-EplbPlacement current.json Json
$plan | Export-EplbPlacement eplb.yaml TensorRTLLM -FirstMoeLayer 0
$loads | Get-EplbPlacement 288 32 -NodeCount 4 -Policy Global -Refine -AsMap |
    Export-EplbPlacement init-expert-location.json SGLang -HiddenLayerCount 61 -FirstMoeLayer 3

'@

    # What machines without PowerShell do not have.
    $elsewhere = @('Get-ChildItem', 'Get-Content', 'Group-Object', 'Import-Csv', 'Move-Item', 'Set-Content', 'Sort-Object', 'Select-Object').Where{
        -not (Get-Command $_ -ErrorAction Ignore) }

    function Get-MissingCommand([string] $code) {
        $ast = [Management.Automation.Language.Parser]::ParseInput($code, [ref] $null, [ref] $null)
        foreach ($command in $ast.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)) {
            if ($command.GetCommandName() -in $elsewhere) { $command.GetCommandName() }
        }
    }
}

Describe 'Examples of the help' {
    It '<Cmdlet>, example <Number>' -ForEach $examples {
        $missing = Get-MissingCommand $Code
        if ($missing) { Set-ItResult -Skipped -Because "there is no $($missing -join ', ') here"; return }

        $folder = [IO.Directory]::CreateDirectory("$TestDrive/$Cmdlet-$Number").FullName
        foreach ($name in $files.Keys) {
            if ($files[$name] -is [string]) { [IO.File]::WriteAllText("$folder/$name", $files[$name]) }
            else { [IO.File]::WriteAllBytes("$folder/$name", $files[$name]) }
        }
        $steps = @("`$ErrorActionPreference = 'Stop'`n", $prelude)
        if ($Cmdlet -ne 'Export-EplbPlacement' -and (Get-Command Export-EplbPlacement -ErrorAction Ignore)) { $steps += $placements }
        $steps += $Earlier.Where{ -not (Get-MissingCommand $_) } + $Code
        $location = $ExecutionContext.SessionState.Path.CurrentLocation.Path
        try {
            $null = $ExecutionContext.SessionState.Path.SetLocation($folder)
            & ([scriptblock]::Create($steps -join "`n")) | Out-Null
        }
        finally {
            $null = $ExecutionContext.SessionState.Path.SetLocation($location)
        }
    }
}
