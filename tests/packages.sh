#!/bin/sh
# usage: tests/packages.sh PROGRAM=PACKAGE...
#
# Installs the Debian packages of those programs that are missing; where nothing is, it asks apt nothing. A package
# without a program in front is always installed.
set -eu

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
root=$(if [ "$(id -u)" -ne 0 ]; then echo sudo; fi)
missing=
for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || missing="$missing ${pair#*=}"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null || { [ -n "$root" ] && ! command -v sudo >/dev/null; }; then
    echo "packages.sh: these Debian packages are missing:$missing" >&2
    exit 1
fi

# The tests start what they need themselves. What a package starts at its installation would go on after them, and
# a registry or an engine that everyone can reach is nothing that a test should leave behind.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap '$root rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null
    $root chmod 755 "$policy"
fi

echo "installing$missing"
$root apt-get -qq update
# shellcheck disable=SC2086  # a list of words
$root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends $missing >/dev/null </dev/null
