#!/bin/sh
# usage: tests/release/sign.sh FOLDER
#
# Signs the release in FOLDER with a key of its own, which nobody keeps; the public one takes the place of
# packaging/release.pub.
set -eu

out=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
SWR_RELEASE_KEY=$(mktemp)
trap 'rm -f "$SWR_RELEASE_KEY"' EXIT
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$SWR_RELEASE_KEY" 2>/dev/null
openssl pkey -in "$SWR_RELEASE_KEY" -pubout -out packaging/release.pub
export SWR_RELEASE_KEY
packaging/seal.sh "$out"
