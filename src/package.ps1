<#
.SYNOPSIS
Makes the .nupkg of a laid package, as a PowerShell repository takes it. Equal files give an equal archive, to the byte.
.PARAMETER Folder
The laid package.
.PARAMETER Destination
Folder for the archive.
#>
param([Parameter(Mandatory)] [string] $Folder, [Parameter(Mandatory)] [string] $Destination)
$ErrorActionPreference = 'Stop'

$module = Test-ModuleManifest "$Folder/Eplb.psd1"
$commands = @($module.ExportedCmdlets.Keys)
$tags = @($module.Tags) + 'PSModule' + 'PSIncludes_Cmdlet' + $commands.ForEach{ "PSCmdlet_$_" } + $commands.ForEach{ "PSCommand_$_" }
function Escape([string] $Text) { [Security.SecurityElement]::Escape($Text) }

$nuspec = @"
<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
  <metadata>
    <id>$($module.Name)</id>
    <version>$($module.Version)</version>
    <authors>$(Escape $module.Author)</authors>
    <owners>$(Escape $module.CompanyName)</owners>
    <requireLicenseAcceptance>false</requireLicenseAcceptance>
    <licenseUrl>$(Escape $module.LicenseUri)</licenseUrl>
    <projectUrl>$(Escape $module.ProjectUri)</projectUrl>
    <description>$(Escape $module.Description)</description>
    <releaseNotes>$(Escape $module.ReleaseNotes)</releaseNotes>
    <copyright>$(Escape $module.Copyright)</copyright>
    <tags>$(Escape ($tags -join ' '))</tags>
  </metadata>
</package>
"@
$relations = @"
<?xml version="1.0" encoding="utf-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
  <Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/Eplb.nuspec" Id="R1" />
</Relationships>
"@

$root = [IO.DirectoryInfo]::new($Folder).FullName.TrimEnd('/', '\')
[string[]] $files = [IO.Directory]::GetFiles($root, '*', 'AllDirectories').ForEach{ $_.Substring($root.Length + 1).Replace('\', '/') }
[Array]::Sort($files, [StringComparer]::Ordinal)
# What an archive may hold has a type: by extension, or by name where there is none.
$extensions = [Collections.Generic.SortedSet[string]]::new([string[]]('rels', 'nuspec'), [StringComparer]::Ordinal)
$files.Where{ [IO.Path]::HasExtension($_) }.ForEach{ [void]$extensions.Add([IO.Path]::GetExtension($_).TrimStart('.')) }
$types = @(
    '<?xml version="1.0" encoding="utf-8"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    foreach ($extension in $extensions) {
        $type = if ($extension -eq 'rels') { 'application/vnd.openxmlformats-package.relationships+xml' } else { 'application/octet' }
        "  <Default Extension=`"$extension`" ContentType=`"$type`" />"
    }
    $files.Where{ -not [IO.Path]::HasExtension($_) }.ForEach{ "  <Override PartName=`"/$_`" ContentType=`"application/octet`" />" }
    '</Types>'
) -join "`n"

[void][IO.Directory]::CreateDirectory($Destination)
$path = "$Destination/$($module.Name).$($module.Version).nupkg"
# Checkouts tell files different times; the earliest that an archive can hold is the same everywhere.
$time = [DateTimeOffset]::new(1980, 1, 1, 0, 0, 0, [TimeSpan]::Zero)
$archive = [IO.Compression.ZipArchive]::new([IO.File]::Create($path), 'Create')
function Add-Entry([string] $Name, [byte[]] $Content) {
    $entry = $archive.CreateEntry($Name, 'Optimal')
    $entry.LastWriteTime = $time
    # Read and write for the owner, read for all others, on every machine.
    $entry.ExternalAttributes = 0x81A40000
    $stream = $entry.Open()
    $stream.Write($Content, 0, $Content.Length)
    $stream.Dispose()
}
try {
    $utf8 = [Text.UTF8Encoding]::new($false)
    Add-Entry 'Eplb.nuspec' $utf8.GetBytes($nuspec.Replace("`r`n", "`n"))
    Add-Entry '[Content_Types].xml' $utf8.GetBytes($types)
    Add-Entry '_rels/.rels' $utf8.GetBytes($relations.Replace("`r`n", "`n"))
    foreach ($file in $files) { Add-Entry $file ([IO.File]::ReadAllBytes("$root/$file")) }
}
finally { $archive.Dispose() }
$path
