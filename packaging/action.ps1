# The step of action.yml on Windows; packaging/action.sh says what it does.
$ErrorActionPreference = 'Stop'

$folder = Split-Path $PSScriptRoot
$version = (Select-String -Path "$folder\Cargo.toml" -Pattern '^version = "(.*)"' | Select-Object -First 1).Matches.Groups[1].Value
$repository = if ($env:ACTION_REPOSITORY) { $env:ACTION_REPOSITORY } else { $env:GITHUB_REPOSITORY }
$release = if ($env:INPUT_FROM) {
    @{ From = $env:INPUT_FROM }
} else {
    @{ From = "$env:GITHUB_SERVER_URL/$repository/releases/download/v$version"; Version = $version }
}
$prefix = Join-Path $env:RUNNER_TEMP 'docker-credential-swr'
& "$folder\install.ps1" @release -Prefix $prefix -NoSetUp

Add-Content -Path $env:GITHUB_PATH -Value $prefix
$env:Path = "$prefix;$env:Path"
foreach ($kind in 'region', 'registry') {
    foreach ($place in [Environment]::GetEnvironmentVariable("INPUT_$($kind.ToUpperInvariant())") -split '\s+' -ne '') {
        docker-credential-swr configure "--$kind" $place
        if ($LASTEXITCODE -ne 0) { throw 'docker-credential-swr configure failed; what it says is above' }
    }
}
