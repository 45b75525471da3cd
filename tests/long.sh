#!/bin/bash
# usage: tests/long.sh [PART...]
#
# What takes minutes, and so is no part of every change: the long forms of the tests that attack and load the helper, the
# kubelet's own code as a client, every other client that can be had, the nodes of a cluster (which writes the last
# section of docs/performance.md), the fuzzers, a release of which every part is tried, the same program from two folders
# that must be the same, the portable tests on other machines and systems (which write a table of docs/platforms.md), a
# look at the code as macOS would compile it, and all tests on four other systems. A PART is one of them, by the name that
# it has below. The last line says what failed and what could not be done. Run tests/run.sh first: it installs what the
# tests need.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

toolchain=$(./install.sh --toolchain)
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR=$target SWR_TEST_PYTHON=${SWR_TEST_PYTHON:-$target/venv/bin/python}
# cargo-fuzz is beside that Python.
export PATH=$toolchain:$PATH:${SWR_TEST_PYTHON%/*}
SWR_TEST_SKIPS=$(mktemp)
folders=$(mktemp -d)
trap 'rm -rf "$SWR_TEST_SKIPS" "$folders"' EXIT
export SWR_TEST_SKIPS
failed=()

skip() {
    echo "$1" | tee -a "$SWR_TEST_SKIPS"
}

# The program that is tested; what makes programs of its own needs none.
need_program() {
    SWR_TEST_BINARY=${SWR_TEST_BINARY:-$(./install.sh --program)}
    export SWR_TEST_BINARY
}

long_forms() {
    need_program
    for test in hosts leaks faults load; do
        SWR_TEST_LONG=1 cargo test --locked --test "$test" || failed+=("$test")
    done
}

# Makes a copy of what a release is made of, with a target folder that has no file in common but the tools.
copy_sources() {
    mkdir -p "$1/target" "$target/tools"
    cp -R Cargo.toml Cargo.lock README.md CHANGELOG.md LICENSE-* build.rs src install.sh install.ps1 packaging .ci "$1/"
    mkdir "$1/tests"
    cp tests/packages.sh "$1/tests/"
    ln -s "$target/tools" "$1/target/tools"
}

# A whole release, signed with a key of its own: each program, package, script and manifest is tried.
whole_release() {
    local folder=$folders/whole
    copy_sources "$folder"
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$folders/key"
    openssl pkey -in "$folders/key" -pubout -out "$folder/packaging/release.pub"
    CARGO_TARGET_DIR=$target SOURCE_DATE_EPOCH=0 SWR_RELEASE_KEY=$folders/key \
        SWR_RELEASE_ADDRESS=https://example.com/o/r/releases/download/v0 "$folder/.ci/release" "$folder/release"
    tests/artefacts.sh "$folder/release" "$folder/packaging/release.pub" || failed+=("artefacts")
}

# One system's part of a release made twice, in folders whose paths differ in length.
same_releases() {
    local folder list system
    system=$(uname -m)-unknown-linux-musl
    for folder in "$folders/a" "$folders/another/folder"; do
        copy_sources "$folder"
        CARGO_TARGET_DIR=$folder/target SOURCE_DATE_EPOCH=0 "$folder/.ci/release" "$folder/release" "$system"
    done
    diff -r "$folders/a/release" "$folders/another/folder/release" || failed+=("two releases")
    if grep -rlaF -e "$folders" -e "${CARGO_HOME:-$HOME/.cargo}" -e "$(rustc --print sysroot)" "$folders/a/release"; then
        failed+=("paths in a release")
    fi
    list=$(echo "$folders/a/release/docker-credential-swr"-*-"$system.cdx.json")
    diff <(sed -n 's/%2B/+/; s/.*"pkg:cargo\/\([^"?#]*\).*/\1/p' "$list" | sort -u) \
        <(cargo tree --locked --prefix none --edges normal,build --target "$system" --format '{p}' |
            sed -n 's/^\([^ ]*\) v\([^ ]*\).*/\1@\2/p' | sort -u) || failed+=("the list of crates")
}

# A keyring that Debian has no package of.
oo7() {
    if ! CARGO_TARGET_DIR=$target/oo7 cargo install --quiet --locked --root "$target/tools" oo7-daemon@0.7.0-beta; then
        skip "oo7-daemon cannot be built here"
        return
    fi
    need_program
    SWR_TEST_OO7=$target/tools/bin/oo7-daemon cargo test --locked --test keyring -- oo7 || failed+=("oo7")
}

# Each fuzzer for some seconds, from the corpus that the tests ask again.
fuzzers() {
    local corpus seconds=${SWR_FUZZ_SECONDS:-60}
    if ! command -v cargo-fuzz >/dev/null; then
        skip "not installed: cargo-fuzz"
        return
    fi
    # It asks for what only nightly compilers do unasked.
    export RUSTC_BOOTSTRAP=1
    for corpus in tests/data/fuzz/*; do
        mkdir -p "$target/corpus/${corpus##*/}"
        CARGO_TARGET_DIR=$target/fuzz cargo fuzz run --fuzz-dir tests/fuzz "${corpus##*/}" \
            "$target/corpus/${corpus##*/}" "$corpus" -- \
            -max_total_time="$seconds" -max_len=1024 -timeout=10 -print_final_stats=1 -verbosity=0 ||
            failed+=("fuzzer ${corpus##*/}")
    done
    unset RUSTC_BOOTSTRAP
}

# Runs the portable tests by the command after $1, and notes in docs/platforms.md what came of them on the platform $1.
portable() {
    local platform=$1 log=$folders/portable.log
    shift
    "$@" 2>&1 | tee "$log" || failed+=("$platform")
    "$SWR_TEST_PYTHON" tests/platforms.py docs/platforms.md "$platform" "$log"
}

platforms() {
    portable "Linux, x86_64" tests/portable.sh --lib
    if command -v rustup >/dev/null; then
        portable "Linux, aarch64, under qemu" tests/emulated.sh aarch64-unknown-linux-musl
        portable "Linux, s390x (big-endian), under qemu" tests/emulated.sh s390x-unknown-linux-gnu
    else
        skip "other machines: their standard libraries come from rustup"
    fi
    portable "Windows, x86_64, under wine" tests/windows.sh
}

# Nothing is linked, so a C compiler that does nothing will do.
lint_for() {
    # shellcheck source=tests/foreign.sh
    . tests/foreign.sh
    standard_library "$1"
    env "CC_${1//-/_}=true" "AR_${1//-/_}=true" CARGO_TARGET_DIR="$target/foreign" \
        cargo clippy --locked --all-targets --target "$1" "${library[@]}" -- -D warnings
}

other_systems() {
    local system
    for system in aarch64-apple-darwin x86_64-apple-darwin; do
        # What it sets is for this system alone.
        (lint_for "$system") || failed+=("$system")
    done
}

# The kubelet's own code, built from Debian's source package, against the release build.
kubelet() {
    local client
    if ! command -v apt-get >/dev/null || ! grep -q bookworm /etc/os-release; then
        skip "the kubelet's code is built from a source package of Debian 12"
        return
    fi
    need_program
    client=$(tests/kubelet/client.sh "$target/kubelet")
    SWR_TEST_KUBELET=$client cargo test --locked --test kubelet_client || failed+=("kubelet_client")
    tests/packages.sh time=time
    "$SWR_TEST_PYTHON" tests/kubelet/scale.py "$SWR_TEST_BINARY" "$client" docs/performance.md || failed+=("scale")
}

# The first session of somebody who has nothing yet, on four systems.
strangers() {
    if [ "$(id -u)" -ne 0 ]; then
        skip "a stranger's first session: only root can make the systems"
        return
    fi
    need_program
    tests/strangers.sh || failed+=("strangers")
}

# Every other client that can be had, in a table.
clients() {
    need_program
    tests/clients.sh "$target/clients.md" || failed+=("clients")
}

# README's test command on those systems, by an ordinary user with sudo.
systems() {
    if [ "$(id -u)" -ne 0 ]; then
        skip "the tests on other systems: only root can make the systems"
        return
    fi
    tests/systems.sh || failed+=("systems")
}

all=(long_forms oo7 kubelet strangers clients fuzzers whole_release same_releases platforms other_systems systems)
for part in "${@:-${all[@]}}"; do
    if [[ " ${all[*]} " != *" $part "* ]]; then
        echo "long.sh: no part is called $part" >&2
        exit 2
    fi
    "$part"
done

sed 's/^/skipped: /' "$SWR_TEST_SKIPS"
echo "${#failed[@]} failed: ${failed[*]:-none}; $(wc -l <"$SWR_TEST_SKIPS") skipped"
[ ${#failed[@]} -eq 0 ]
