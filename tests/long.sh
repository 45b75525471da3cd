#!/bin/bash
# usage: tests/long.sh
#
# What takes minutes, and so is no part of every change: the long forms of the tests that attack and load the helper,
# two builds in two folders that must be the same, and a look at the code as Windows and macOS would compile it. Its
# last line says what failed and what could not be done. Run tests/run.sh first: it installs what the tests need.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

toolchain=$(./install.sh --toolchain)
export PATH=$toolchain:$PATH
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR=$target
SWR_TEST_SKIPS=$(mktemp)
folders=$(mktemp -d)
trap 'rm -rf "$SWR_TEST_SKIPS" "$folders"' EXIT
export SWR_TEST_SKIPS
failed=()

skip() {
    echo "$1" | tee -a "$SWR_TEST_SKIPS"
}

long_forms() {
    cargo build --release --locked
    export SWR_TEST_LONG=1 SWR_TEST_BINARY=$target/release/docker-credential-swr
    export SWR_TEST_PYTHON=${SWR_TEST_PYTHON:-$target/venv/bin/python}
    for test in hosts leaks faults load; do
        cargo test --locked --test "$test" || failed+=("$test")
    done
}

# Paths of different lengths, and not one file in common but cargo's downloads.
same_builds() {
    local folder
    for folder in "$folders/a" "$folders/another/folder"; do
        mkdir -p "$folder"
        cp -R Cargo.toml Cargo.lock README.md src "$folder/"
        (cd "$folder" && cargo build --release --locked --target-dir "$folder/target")
        sha256sum "$folder/target/release/docker-credential-swr"
    done
    cmp "$folders/a/target/release/docker-credential-swr" \
        "$folders/another/folder/target/release/docker-credential-swr" || failed+=("two builds")
}

# Only types are checked, so a C compiler that does nothing will do.
other_systems() {
    local system
    for system in x86_64-pc-windows-gnu aarch64-apple-darwin; do
        if ! rustup target add "$system"; then
            skip "no standard library for $system can be had here"
            continue
        fi
        env "CC_${system//-/_}=true" "AR_${system//-/_}=true" \
            cargo check --locked --target "$system" || failed+=("$system")
    done
}

long_forms
same_builds
other_systems

sed 's/^/skipped: /' "$SWR_TEST_SKIPS"
echo "${#failed[@]} failed: ${failed[*]:-none}; $(wc -l <"$SWR_TEST_SKIPS") skipped"
[ ${#failed[@]} -eq 0 ]
