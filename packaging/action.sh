#!/bin/sh
# The step of action.yml on Linux and macOS: installs the release of the action's own version for this job, and lets docker
# ask the helper. packaging/action.ps1 is the same for Windows.
set -eu

cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
releases=$GITHUB_SERVER_URL/${ACTION_REPOSITORY:-$GITHUB_REPOSITORY}/releases/download
prefix=$RUNNER_TEMP/docker-credential-swr
for folder in "$RUNNER_TEMP" "$HOME"; do
    if [ -z "$(find "$folder/." -prune -user "$(id -u)")" ]; then
        # In a job with a container the runner's folders belong to the user outside of it, who could change the program, and
        # docker's configuration with it.
        prefix=$(mktemp -d)/docker-credential-swr
        mkdir -p "$prefix/docker"
        HOME=$prefix
        export HOME DOCKER_CONFIG="$prefix/docker"
        echo "DOCKER_CONFIG=$DOCKER_CONFIG" >>"$GITHUB_ENV"
        break
    fi
done
if [ -n "$INPUT_FROM" ]; then
    set -- --from "$INPUT_FROM"
else
    set -- --from "$releases/v$version" --version "$version"
fi
./install.sh "$@" --prefix "$prefix" --no-set-up

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
