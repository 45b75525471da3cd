#!/bin/sh
# usage: tests/root.sh SUITE FOLDER [PACKAGE,... [KEYRING]]
#
# Makes the smallest Debian of that suite in FOLDER, with these packages more, unless it is there already; with KEYRING,
# which has Ubuntu's keys, the smallest Ubuntu.
set -eu

suite=$1
folder=$2
include=${3:-}
keyring=${4:-}
# All of Ubuntu's suites are made alike, and Debian's debootstrap does not know the newer ones by name.
ubuntu=${keyring:+http://archive.ubuntu.com/ubuntu /usr/share/debootstrap/scripts/jammy}
[ ! -e "$folder" ] || exit 0
part=$folder.part
trap 'rm -rf "$part"' EXIT
rm -rf "$part"
mkdir -p "$part"
# shellcheck disable=SC2086  # two words
debootstrap --variant=minbase ${include:+--include="$include"} ${keyring:+--keyring="$keyring"} "$suite" "$part" $ubuntu >"$folder.log" 2>&1 || {
    tail -n 3 "$folder.log" >&2
    exit 1
}
# For apt in it.
cp /etc/resolv.conf "$part/etc/"
mv "$part" "$folder"
