#!/bin/bash
# usage: packaging/packages.sh SYSTEM FOLDER
#
# Makes the .deb and the .rpm of the program for SYSTEM that packaging/program.sh has built, in FOLDER. What is in them
# stands in Cargo.toml.
set -euo pipefail

system=$1
out=$(cd "$2" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}
export CARGO_TARGET_DIR=$target
name=docker-credential-swr

# Completions, manual pages and README are the same for all machines: a program that runs on this one writes the first
# two. They lie where Cargo.toml names them.
share=target/share
native=$target/$(uname -m)-unknown-linux-musl/release/$name
[ -x "$native" ] || packaging/program.sh "$(uname -m)-unknown-linux-musl"
rm -rf "$share"
mkdir -p "$share"
for shell in bash zsh fish; do
    "$native" completion $shell >"$share/$shell"
done
"$native" man "$share/man"
gzip --best --no-name "$share"/man/*
# README's first command installs this release.
address=$(packaging/address.sh)
sed ${address:+-e '/^ADDRESS is /d' -e "s|ADDRESS|$address|g"} -e '' README.md >"$share/README.md"

packaging/tool.sh cargo-deb
packaging/tool.sh cargo-generate-rpm
"$SWR_RELEASE_TOOLS/bin/cargo-deb" --quiet --locked --no-build --no-strip --target "$system" --output "$out"
"$SWR_RELEASE_TOOLS/bin/cargo-generate-rpm" --target "$system" --target-dir "$target" \
    --source-date "$SOURCE_DATE_EPOCH" --output "$out"
