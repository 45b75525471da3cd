#!/bin/sh
# The step of action.yml on Linux and macOS: installs the release of the action's own version for this job, and lets docker
# ask the helper. packaging/action.ps1 is the same for Windows.
set -eu

case $INPUT_FROM in
"" | /* | *://*) ;;
*) INPUT_FROM=$PWD/$INPUT_FROM ;;
esac
cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
releases=$GITHUB_SERVER_URL/${ACTION_REPOSITORY:-$GITHUB_REPOSITORY}/releases/download
prefix=$RUNNER_TEMP/docker-credential-swr

# Returns whether a folder is this user's.
is_own() {
    # shellcheck disable=SC2046  # its third word is the owner
    set -- $(ls -ldn "$1/.")
    [ "$3" = "$(id -u)" ]
}

if ! is_own "$RUNNER_TEMP" || ! is_own "$HOME"; then
    # In a job with a container the runner's folders belong to the user outside of it, who could change the program, and
    # docker's configuration with it.
    prefix=$(mktemp -d)/docker-credential-swr
    mkdir -p "$prefix/docker"
    HOME=$prefix
    export HOME
    if [ -z "${DOCKER_CONFIG:-}" ]; then
        export DOCKER_CONFIG="$prefix/docker"
        echo "DOCKER_CONFIG=$DOCKER_CONFIG" >>"$GITHUB_ENV"
    fi
fi
PATH=$prefix/bin:$PATH

if [ -n "$INPUT_FROM" ]; then
    set -- --from "$INPUT_FROM"
else
    set -- --from "$releases/v$version" --version "$version"
fi
./install.sh "$@" --prefix "$prefix" --no-set-up

echo "$prefix/bin" >>"$GITHUB_PATH"
# The words are names, never patterns.
set -f
for region in $INPUT_REGION; do
    docker-credential-swr configure --region "$region"
done
for registry in $INPUT_REGISTRY; do
    docker-credential-swr configure --registry "$registry"
done
