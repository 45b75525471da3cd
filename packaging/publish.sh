#!/bin/bash
# usage: packaging/publish.sh sign|draft FOLDER
#
# The steps of the GitHub workflow that need its secrets: `sign` seals the release in FOLDER with the key in RELEASE_KEY;
# `draft` makes a draft of a release on GitHub from it, with the changes that CHANGELOG.md names. Both want the variables
# of a workflow that runs for a tag.
set -euo pipefail

step=$1
out=$(cd "$2" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
if [ "$GITHUB_REF_NAME" != "v$version" ]; then
    echo "publish.sh: the tag is $GITHUB_REF_NAME, and Cargo.toml says $version" >&2
    exit 1
fi
# From there the scripts, README and `cargo binstall` take the release.
repository=$(sed -n 's/^repository = "\(.*\)"/\1/p' Cargo.toml | head -1)
if [ "$repository" != "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" ]; then
    echo "publish.sh: this is $GITHUB_SERVER_URL/$GITHUB_REPOSITORY, and the repository of Cargo.toml is ${repository:-not set}" >&2
    exit 1
fi

case $step in
sign)
    SWR_RELEASE_KEY=$(mktemp)
    trap 'rm -f "$SWR_RELEASE_KEY"' EXIT
    printf '%s\n' "${RELEASE_KEY:?is not set}" >"$SWR_RELEASE_KEY"
    export SWR_RELEASE_KEY
    packaging/seal.sh "$out"
    ;;
draft)
    notes=$(awk -v heading="## [$version]" 'index($0, "## [") == 1 { inside = index($0, heading) == 1; next } inside' \
        CHANGELOG.md)
    if [ -z "$notes" ]; then
        echo "publish.sh: CHANGELOG.md has nothing for $version" >&2
        exit 1
    fi
    gh release create "$GITHUB_REF_NAME" --repo "$GITHUB_REPOSITORY" --verify-tag --draft --title "$version" \
        --notes "$notes" "$out"/*
    ;;
esac
