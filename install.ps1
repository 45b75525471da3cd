<#
.SYNOPSIS
Installs docker-credential-swr on Windows where docker finds it, and sets it up; or takes all of that back.

.DESCRIPTION
The program comes from a release. Its checksum and the signature of the checksums are verified before anything of it is
run. The folder of the program is added to your PATH, and docker's configuration names the helper.

.PARAMETER Region
Let docker ask the helper for SWR in these regions, such as cn-north-4.

.PARAMETER AllRegions
The same for all regions of Huawei Cloud.

.PARAMETER Registry
The same for registries that have a key of their own.

.PARAMETER Csv
Store the access key in this credentials.csv of Huawei Cloud.

.PARAMETER Backend
Keep what is stored in the keyring (Windows' Credential Manager), which is usual, or in a file that holds no SK.

.PARAMETER From
Install the release in this folder, or at this address.

.PARAMETER Version
Install this version, newer or older: the release in the folder vVERSION beside that one.

.PARAMETER NoSetUp
Only install, and leave PATH and docker's configuration alone.

.PARAMETER Prefix
Install into this folder.

.PARAMETER Uninstall
Take all of it back, docker's configuration included.

.PARAMETER EraseSecrets
With -Uninstall: also forget every access key and login that is stored.

.EXAMPLE
.\install.ps1 -Region cn-north-4
#>
[CmdletBinding()]
param(
    [string[]] $Region = @(),
    [switch] $AllRegions,
    [string[]] $Registry = @(),
    [string] $Csv = '',
    [ValidateSet('', 'keyring', 'file')] [string] $Backend = '',
    [string] $From = '',
    [ValidatePattern('^([0-9][^/\\]*)?$')] [string] $Version = '',
    [string] $Prefix = '',
    [switch] $NoSetUp,
    [switch] $Uninstall,
    [switch] $EraseSecrets
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
# Windows PowerShell draws its progress so slowly that a download takes ten times as long.
$ProgressPreference = 'SilentlyContinue'

# In the copy that is part of a release packaging/seal.sh fills these in: where that release will be, its version, and the
# public key that its signature is checked with.
$Release = ''
$ReleaseVersion = ''
$ReleaseKey = ''

$Name = 'docker-credential-swr'

function Install-Helper {
    if (($Region -and $Registry) -or ($AllRegions -and ($Region -or $Registry))) {
        throw '-Region, -AllRegions and -Registry do not go together'
    }
    if ($Csv -and -not (Test-Path -LiteralPath $Csv -PathType Leaf)) { throw "cannot read $Csv" }
    $place = Get-Place
    $work = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
    New-Item -ItemType Directory -Path $work | Out-Null
    try {
        $program = Get-Program $place $work
        New-Item -ItemType Directory -Path $Prefix -Force | Out-Null
        Move-IntoPlace $program
    } finally {
        Remove-Item -LiteralPath $work -Recurse -Force
    }
    if ($NoSetUp) { return }
    Add-ToPath
    Initialize-Helper
}

# Returns the folder or address of the release.
function Get-Place {
    $place = if ($From) { $From } else { $Release }
    if (-not $place) { throw 'nothing says where the release is: give -From a folder or an address' }
    $place = $place.TrimEnd('/', '\')
    if ($Version) {
        # GitHub's address of the newest release.
        $place = $place -replace '(?<=/releases/)latest/download$', 'download/latest'
        $place = ($place -replace '[^/\\]+$', '') + "v$Version"
    }
    return $place
}

# Fetches the program for this machine into the folder, and returns its path. Until its checksum is the one in a list that
# the holder of the key has signed, nothing of what was fetched is run.
function Get-Program([string] $Place, [string] $Folder) {
    # Windows on ARM runs programs for x86_64 as well.
    $system = 'x86_64-pc-windows-gnu'
    Get-ReleaseFile $Place 'SHA256SUMS' $Folder
    Get-ReleaseFile $Place 'SHA256SUMS.sig' $Folder
    $list = Join-Path $Folder 'SHA256SUMS'
    $signature = [Convert]::FromBase64String([IO.File]::ReadAllText("$list.sig").Trim())
    if (-not (Test-Signature ([IO.File]::ReadAllBytes($list)) $signature)) {
        throw "the release in $Place is not signed with the key that this script knows; nothing was installed"
    }

    # The version is in the file's name. Where it is known, an older release cannot pass for it.
    $known = if ($Version) { $Version } elseif ($Place -eq $Release) { $ReleaseVersion } else { '' }
    $wanted = if ($known) { [regex]::Escape($known) } else { '[0-9].*' }
    $line = @([IO.File]::ReadAllLines($list) -cmatch "^[0-9a-f]{64}  $Name-$wanted-$system\.exe$")
    if ($line.Count -ne 1) { throw "the release in $Place has no $Name $Version for $system" }
    $sum, $file = $line[0] -split '  ', 2
    Write-Host "fetching $file"
    Get-ReleaseFile $Place $file $Folder
    $program = Join-Path $Folder $file
    if ((Get-FileHash -LiteralPath $program -Algorithm SHA256).Hash -ne $sum) {
        throw "$file does not have the release's checksum; nothing was installed"
    }
    return $program
}

function Get-ReleaseFile([string] $Place, [string] $File, [string] $Folder) {
    $target = Join-Path $Folder $File
    if ($Place -match '^https?://') {
        [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor
            [Net.SecurityProtocolType]::Tls12
        Invoke-WebRequest -UseBasicParsing -Uri "$Place/$File" -OutFile $target
    } else {
        Copy-Item -LiteralPath (Join-Path $Place $File) -Destination $target
    }
}

# Returns whether the signature (ECDSA over P-256 with SHA-256, as DER) is the key's.
function Test-Signature([byte[]] $Data, [byte[]] $Signature) {
    $pem = if ($ReleaseKey) { $ReleaseKey } else { [IO.File]::ReadAllText("$PSScriptRoot\packaging\release.pub") }
    $key = [Convert]::FromBase64String(($pem -replace '-----[A-Z ]+-----', '' -replace '\s', ''))
    # The point is at the end: both coordinates, 32 bytes each.
    $parameters = New-Object Security.Cryptography.ECParameters
    $parameters.Curve = [Security.Cryptography.ECCurve]::CreateFromFriendlyName('nistP256')
    $point = New-Object Security.Cryptography.ECPoint
    $point.X = [byte[]] $key[-64..-33]
    $point.Y = [byte[]] $key[-32..-1]
    $parameters.Q = $point
    $ecdsa = [Security.Cryptography.ECDsa]::Create($parameters)
    return $ecdsa.VerifyData($Data, (ConvertFrom-Der $Signature), [Security.Cryptography.HashAlgorithmName]::SHA256)
}

# Returns the two numbers of a DER signature, 32 bytes each, as .NET takes them.
function ConvertFrom-Der([byte[]] $Der) {
    $numbers = New-Object byte[] 64
    $at = 2
    foreach ($end in 32, 64) {
        $length = $Der[$at + 1]
        $number = [byte[]] $Der[($at + 2)..($at + 1 + $length)]
        # A zero in front keeps a number positive.
        $skip = [Math]::Max(0, $length - 32)
        [Array]::Copy($number, $skip, $numbers, $end - ($length - $skip), $length - $skip)
        $at += 2 + $length
    }
    return , $numbers
}

# A program that runs cannot be written over, but renamed.
function Move-IntoPlace([string] $Program) {
    $was = ''
    if (Test-Path -LiteralPath $Helper) {
        $was = Get-HelperVersion
        Move-Item -LiteralPath $Helper -Destination "$Helper.old" -Force
    }
    Move-Item -LiteralPath $Program -Destination $Helper
    Remove-Item -LiteralPath "$Helper.old" -Force -ErrorAction SilentlyContinue
    $instead = if ($was) { " in the place of $was" } else { '' }
    Write-Host "installed $Helper $(Get-HelperVersion)$instead"
}

function Get-HelperVersion {
    return ((& $Helper version) -split ' ')[-1]
}

# Returns the PATH of the user with its variables in it, as it stands in the registry.
function Get-UserPath {
    $key = [Microsoft.Win32.Registry]::CurrentUser.OpenSubKey('Environment')
    return [string] $key.GetValue('Path', '', [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
}

function Set-UserPath([string[]] $Folders) {
    Set-ItemProperty -Path 'HKCU:\Environment' -Name Path -Value ($Folders -join ';') -Type ExpandString
    # This tells programs that run to read the variables again.
    [Environment]::SetEnvironmentVariable('DOCKER_CREDENTIAL_SWR_INSTALLED', $null, 'User')
}

function Add-ToPath {
    $folders = @((Get-UserPath) -split ';' -ne '')
    if ($folders -notcontains $Prefix) {
        Set-UserPath ($folders + $Prefix)
        Write-Host "added $Prefix to your PATH: terminals and Docker Desktop find it once they are started again"
    }
    if (($env:Path -split ';') -notcontains $Prefix) { $env:Path += ";$Prefix" }
}

# `store` makes docker ask the helper by itself; without a key to store it is left to `configure`.
function Initialize-Helper {
    $places = @($Region | ForEach-Object { '--region'; $_ }) + @($Registry | ForEach-Object { '--registry'; $_ })
    if ($AllRegions) { $places = @('--all-regions') }
    $where = @(if ($Backend) { '--backend'; $Backend })
    if ($Csv) {
        Invoke-Helper (@('store', '--csv', $Csv) + $where + $places)
    } elseif (-not [Console]::IsInputRedirected) {
        Invoke-Helper (@('store') + $where + $places)
    } else {
        if ($places) { Invoke-Helper (@('configure') + $places) }
        $rest = @($where + $places | ForEach-Object { if ($_ -match '[^A-Za-z0-9.,:/_-]') { " '$_'" } else { " $_" } }) -join ''
        Write-Host "next: store the access key with ``$Name store$rest``"
    }
}

function Uninstall-Helper {
    if (Test-Path -LiteralPath $Helper) {
        Invoke-Helper @('configure', '--remove')
        Invoke-Helper @('configure', '--remove', '--podman')
        if ($EraseSecrets) { Invoke-Helper @('erase', '--all', '--yes') } else { Write-Host 'kept what is stored; -EraseSecrets forgets it' }
        Remove-Item -LiteralPath $Helper -Force
        Write-Host "removed $Helper"
    } else {
        Write-Host "nothing is installed in $Prefix"
    }
    Set-UserPath @((Get-UserPath) -split ';' -ne '' -ne $Prefix)
    if ((Test-Path -LiteralPath $Prefix) -and -not (Get-ChildItem -LiteralPath $Prefix -Force)) {
        Remove-Item -LiteralPath $Prefix
    }
}

function Invoke-Helper([string[]] $Arguments) {
    & $Helper @Arguments
    if ($LASTEXITCODE -ne 0) { throw "$Name $($Arguments[0]) failed; what it says is above" }
}

if (-not $Prefix) { $Prefix = Join-Path $env:LOCALAPPDATA "Programs\$Name" }
$Prefix = [IO.Path]::GetFullPath($Prefix)
$Helper = Join-Path $Prefix "$Name.exe"
if ($Uninstall) { Uninstall-Helper } else { Install-Helper }
