#!/bin/sh
# The step of action.yml on Linux and macOS: installs the release of the action's own version for this job, and lets docker
# ask the helper. packaging/action.ps1 is the same for Windows.
set -eu

cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
releases=$GITHUB_SERVER_URL/${ACTION_REPOSITORY:-$GITHUB_REPOSITORY}/releases/download
prefix=$RUNNER_TEMP/docker-credential-swr
./install.sh --from "${INPUT_FROM:-$releases/v$version}" --prefix "$prefix" --no-set-up

echo "$prefix/bin" >>"$GITHUB_PATH"
PATH=$prefix/bin:$PATH
# The words are names, never patterns.
set -f
for region in $INPUT_REGION; do
    docker-credential-swr configure --region "$region"
done
for registry in $INPUT_REGISTRY; do
    docker-credential-swr configure --registry "$registry"
done
