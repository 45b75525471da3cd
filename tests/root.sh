#!/bin/sh
# usage: tests/root.sh SUITE FOLDER [PACKAGE,...]
#
# Makes the smallest Debian of that suite in FOLDER, with these packages more, unless it is there already.
set -eu

suite=$1
folder=$2
include=${3:-}
[ ! -e "$folder" ] || exit 0
part=$folder.part
trap 'rm -rf "$part"' EXIT
rm -rf "$part"
mkdir -p "$part"
debootstrap --variant=minbase ${include:+--include="$include"} "$suite" "$part" >"$folder.log" 2>&1 || {
    tail -n 3 "$folder.log" >&2
    exit 1
}
# For apt in it.
cp /etc/resolv.conf "$part/etc/"
mv "$part" "$folder"
