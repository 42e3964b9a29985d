<#
.SYNOPSIS
What Export-Csv and Import-Csv leave of objects: every property as text.
#>
function ConvertTo-Text([object[]] $Objects) {
    $Objects.ForEach{
        $row = [ordered]@{}
        $_.PSObject.Properties.ForEach{ $row[$_.Name] = [string]$_.Value }
        [pscustomobject]$row
    }
}
