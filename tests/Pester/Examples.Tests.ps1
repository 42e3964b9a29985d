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

    # Tokens of each expert of one layer: some get ten times as many as others, and other ones in each layer and for each seed.
    function Get-Row([int] $experts, [int] $layer, [int] $seed) {
        foreach ($expert in 0..($experts - 1)) { [int][Math]::Floor(1e6 / (20 + ($expert * 37 + $layer * 11 + $seed * 5) % 256)) }
    }

    function Get-CountsJson([int] $seed, [int] $denseLayers = 0) {
        $rows = @("[$([int[]]::new(256) -join ',')]") * $denseLayers
        $rows += foreach ($layer in 0..57) { "[$((Get-Row 256 $layer $seed) -join ',')]" }
        "{`"logical_count`":[$($rows -join ',')]}"
    }

    function Get-LongCsv {
        'Layer,Expert,Load'
        foreach ($layer in 0..1) {
            $expert = 0
            foreach ($tokens in Get-Row 32 $layer 0) { "$layer,$expert,$tokens"; $expert++ }
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

    # Loads that examples may read: 58 layers of 256 experts, all 61 layers with the dense ones, and smaller ones in other formats.
    $files = @{
        'all-layers.json'                   = Get-CountsJson 9 -denseLayers 3
        'expert_distribution_recorder_1.pt' = [IO.File]::ReadAllBytes("$PSScriptRoot/../data/formats/sglang-stat.pt")
        'loads.csv'                         = (Get-LongCsv) -join "`n"
        'trace.npy'                         = [byte[]]@(Get-TraceNpy)
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
        if ($Cmdlet -ne 'Export-EplbPlacement') { $steps += $placements }
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
