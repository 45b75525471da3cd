#!/bin/bash
# usage: tests/emulated.sh [SYSTEM...]
#
# Builds the helper and its unit tests for these systems, or for an ARM and a big-endian one, and runs those portable tests
# that qemu can show with that helper, under Debian's qemu. All that it makes is below target/.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
toolchain=$(./install.sh --toolchain)
export PATH=$toolchain:$PATH
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")/emulated
[ $# -ne 0 ] || set -- aarch64-unknown-linux-musl s390x-unknown-linux-gnu
export CARGO_PROFILE_DEV_DEBUG=0

# The unit tests run under qemu too. The others start the helper by a script, which runs it under qemu.
emulated() {
    local system=$1 machine=${1%%-*} compiler=${1%%-*}-linux-gnu-gcc variable=${1//-/_} upper qemu helper
    upper=${variable^^}
    qemu=qemu-$machine-static
    tests/packages.sh "$qemu=qemu-user-static" "$compiler=gcc-$machine-linux-gnu"
    [ -e "/usr/$machine-linux-gnu/include/stdio.h" ] || tests/packages.sh "=libc6-dev-${machine/aarch64/arm64}-cross"
    rustup target add "$system"
    export CARGO_TARGET_DIR=$target "CC_$variable=$compiler" "CARGO_TARGET_${upper}_LINKER=$compiler"
    export "CARGO_TARGET_${upper}_RUNNER=$qemu" "CARGO_TARGET_${upper}_RUSTFLAGS=-Ctarget-feature=+crt-static"
    # What musl and Ubuntu's compilers do not agree on; see packaging/program.sh.
    export "CFLAGS_$variable=-U_FORTIFY_SOURCE"
    cargo build --locked --target "$system"
    helper=$target/$machine/docker-credential-swr
    mkdir -p "${helper%/*}"
    # A keyring's answer takes longer than the usual 5 s to work through, on a machine that is busy.
    {
        echo '#!/bin/sh'
        echo "export DOCKER_CREDENTIAL_SWR_TIMEOUT=\${DOCKER_CREDENTIAL_SWR_TIMEOUT-20}"
        echo "exec $(command -v "$qemu") $target/$system/debug/docker-credential-swr \"\$@\""
    } >"$helper"
    chmod 755 "$helper"
    cargo test --locked --target "$system" --lib
}

tests=(cases chain configure edges help print)
cached=each_row_of_the_table_of_identities_holds
status=0
for system; do
    # Not as a condition: there the shell would go on after an error.
    set +e
    (
        set -e
        emulated "$system"
    )
    status=$((status | $?))
    set -e
    SWR_TEST_BINARY=$target/${system%%-*}/docker-credential-swr \
        cargo test --locked --no-fail-fast "${tests[@]/#/--test=}" -- --skip="$cached" || status=1
done
echo "skipped: doctor: under qemu a helper has another path than the script that starts it"
echo "skipped: $cached (chain): qemu has no keyring of the kernel's"
exit "$status"
