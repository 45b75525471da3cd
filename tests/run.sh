#!/bin/bash
# Installs what the tests need and runs all of them. Its last line sums up: `N passed, N failed, N skipped`.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
exec </dev/null

tests/packages.sh \
    dbus-run-session=dbus gnome-keyring-daemon=gnome-keyring secret-tool=libsecret-tools \
    kwalletd5=libkf5wallet-bin keepassxc=keepassxc dbus-broker-launch=dbus-broker xdg-dbus-proxy=xdg-dbus-proxy \
    docker-registry=docker-registry htpasswd=apache2-utils openssl=openssl curl=curl busybox=busybox skopeo=skopeo \
    dockerd=docker.io containerd=containerd docker-compose=docker-compose podman=podman \
    unshare=util-linux tar=tar script=bsdutils strace=strace \
    debootstrap=debootstrap valgrind=valgrind zsh=zsh fish=fish man=man-db ruby=ruby
# In a package of its own from Debian 13 on.
tests/packages.sh docker=docker-cli

toolchain=$(./install.sh --toolchain)
export PATH=$toolchain:$PATH
# A test that builds in a home of its own uses what is downloaded here.
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo}
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR=$target

# What a release holds: the static program, wherever that can be built.
SWR_TEST_BINARY=$(./install.sh --program)
export SWR_TEST_BINARY
# Python's client and Huawei's signer, in a folder of their own.
SWR_TEST_PYTHON=$(tests/venv.sh "$target/venv")
SWR_TEST_SKIPS=$(mktemp)
log=$(mktemp)
export SWR_TEST_PYTHON SWR_TEST_SKIPS
trap 'rm -f "$SWR_TEST_SKIPS" "$log"' EXIT

status=0
tests/budget.sh "$SWR_TEST_BINARY" || status=$?
# In /, as files above this folder, of whoever can write there, could run a program.
(cd / && cargo test --locked --no-fail-fast --manifest-path "$root/Cargo.toml") 2>&1 | tee "$log" || status=$?
# The same as Windows programs, in a short form; tests/long.sh has the long one.
tests/windows.sh configure errors help print windows 2>&1 | tee -a "$log" || status=$?

# What looks at owners, at processes or at a terminal runs once more as another user: nobody where this is root, and
# root where this is not.
again=(import leaks faults doctor keyring terminal configure edges)
system=$(cd / && rustc -vV | sed -n 's/^host: //p' | tr a-z- A-Z_)
kept=SWR_TEST_BINARY,SWR_TEST_PYTHON,SWR_TEST_SKIPS
if [ "$(id -u)" -eq 0 ]; then
    other="setpriv --reuid=65534 --regid=65534 --clear-groups"
else
    other="sudo --non-interactive --preserve-env=$kept"
fi
chmod 666 "$SWR_TEST_SKIPS"
if $other test -x "$SWR_TEST_BINARY" -a -r "$PWD/Cargo.toml"; then
    echo "once more: $other"
    env "CARGO_TARGET_${system}_RUNNER=$other" \
        cargo test --locked --no-fail-fast "${again[@]/#/--test=}" 2>&1 | tee -a "$log" || status=$?
else
    echo "the other user's tests: \`$other\` cannot run what is in $PWD" | tee -a "$SWR_TEST_SKIPS"
fi

sed 's/^/skipped: /' "$SWR_TEST_SKIPS"
# A test that skipped itself counts as passed for cargo; one binary that died has no line of its own.
awk -v skipped="$(wc -l <"$SWR_TEST_SKIPS")" -v status="$status" '
    /^test result: / { passed += $4; failed += $6; ignored += $8 }
    END {
        if (status != 0 && failed == 0) failed = 1
        printf "%d passed, %d failed, %d skipped\n", passed - skipped, failed, ignored + skipped
    }' "$log"
exit "$status"
