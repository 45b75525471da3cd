<#
.SYNOPSIS
Installs the release in a folder, asks the program for a login, and takes all of it back; then a program that was changed
on its way, which must not be installed. For a real Windows: what it changes for its user it changes back.
#>
param([Parameter(Mandatory)] [string] $Release)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

$work = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
$prefix = Join-Path $work 'prefix'
$copy = Join-Path $work 'copy'
$helper = Join-Path $prefix 'docker-credential-swr.exe'
$env:DOCKER_CONFIG = Join-Path $work 'docker'
$env:HUAWEICLOUD_SDK_AK = 'QTWAOYTTINDUT2QVKYUC'
$env:HUAWEICLOUD_SDK_SK = 'MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc'
$registry = 'swr.cn-north-4.myhuaweicloud.com'

function Confirm-That([string] $What, [bool] $Holds) {
    if (-not $Holds) { throw "it does not hold that $What" }
    Write-Host "ok: $What"
}

function Get-PathOfUser {
    return @(([string] [Environment]::GetEnvironmentVariable('Path', 'User')) -split ';' -ne '') -join ';'
}

New-Item -ItemType Directory -Path $work, $env:DOCKER_CONFIG | Out-Null
try {
    $before = Get-PathOfUser
    & "$Release\install.ps1" -From $Release -Prefix $prefix -NoSetUp
    Confirm-That 'only installed leaves PATH alone' ((Get-PathOfUser) -eq $before)
    $login = $registry | & $helper get | ConvertFrom-Json
    Confirm-That 'the program answers' ($login.Secret -eq '89aca1198a970e4360203d71cdaa80cfc13ecd55ee84409719e88162d139ef34')

    $csv = Join-Path $work 'credentials.csv'
    Set-Content -Path $csv -Value 'User Name,Access Key Id,Secret Access Key', "me,$env:HUAWEICLOUD_SDK_AK,$env:HUAWEICLOUD_SDK_SK"
    $env:HTTPS_PROXY = 'http://127.0.0.1:1'
    $env:DOCKER_CREDENTIAL_SWR_BACKEND = 'file'
    & "$Release\install.ps1" -From $Release -Prefix $prefix -Region cn-north-4 -Csv $csv -Backend file
    Confirm-That 'PATH has its folder' ((Get-PathOfUser).Split(';') -contains $prefix)
    $config = Get-Content -Raw (Join-Path $env:DOCKER_CONFIG 'config.json') | ConvertFrom-Json
    Confirm-That 'docker asks it' ($config.credHelpers.$registry -eq 'swr')

    & "$Release\install.ps1" -Prefix $prefix -Uninstall -EraseSecrets
    Confirm-That 'the program is gone' (-not (Test-Path $helper))
    Confirm-That 'PATH is as before' ((Get-PathOfUser) -eq $before)
    # The helper removes the file that it made, once nothing is left in it.
    $config = Join-Path $env:DOCKER_CONFIG 'config.json'
    $asks = (Test-Path $config) -and (Get-Content -Raw $config).Contains($registry)
    Confirm-That 'docker asks it no more' (-not $asks)

    Copy-Item -Recurse $Release $copy
    $program = (Get-ChildItem "$copy\*-x86_64-pc-windows-gnu.exe").FullName
    Add-Content -Path $program -Value 'changed'
    $said = ''
    try { & "$copy\install.ps1" -From $copy -Prefix $prefix -NoSetUp } catch { $said = "$_" }
    Confirm-That 'a changed program is refused' ($said.Contains('does not have the release''s checksum'))
    $list = Join-Path $copy 'SHA256SUMS'
    [IO.File]::WriteAllText($list, [IO.File]::ReadAllText($list) + "`n")
    try { & "$copy\install.ps1" -From $copy -Prefix $prefix -NoSetUp } catch { $said = "$_" }
    Confirm-That 'a changed list is refused' ($said.Contains('is not signed with the key'))
    Confirm-That 'nothing of it is there' (-not (Test-Path $helper))
} finally {
    Remove-Item -Recurse -Force $work
}
