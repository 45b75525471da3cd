#!/bin/sh
# usage: packaging/tool.sh TOOL
#
# Installs a tool of the release into the folder SWR_RELEASE_TOOLS, in the version that is set here, unless it is there.
set -eu

case $1 in
# Later ones write the lists in another way.
cargo-cyclonedx) version=0.5.9 ;;
cargo-deb) version=3.8.0 ;;
cargo-generate-rpm) version=0.21.1 ;;
esac
stamp=$SWR_RELEASE_TOOLS/$1-$version
if [ ! -e "$stamp" ]; then
    cargo install --quiet --locked --force --root "$SWR_RELEASE_TOOLS" "$1@$version"
    : >"$stamp"
fi
