#!/bin/bash
# usage: tests/bench.sh [DOCUMENT]
#
# Measures the helper and its peers side by side, and writes docs/performance.md (or DOCUMENT, a file in a folder of its
# own) with a plot beside it. SWR_BENCH_ROUNDS sets how often each program runs, 100 times if unset; fewer than 50 are a
# trial, which does not write to docs.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

tests/packages.sh \
    docker-credential-secretservice=golang-docker-credential-helpers \
    docker-credential-ecr-login=amazon-ecr-credential-helper \
    hyperfine=hyperfine dbus-run-session=dbus dbus-send=dbus gnome-keyring-daemon=gnome-keyring openssl=openssl time=time valgrind=valgrind

toolchain=$(./install.sh --toolchain)
export PATH=$toolchain:$PATH
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR=$target
programs=$target/bench
mkdir -p "$programs"

program=$(./install.sh --program)
cp "$program" "$programs/docker-credential-swr"
system=${program#"$target/"}
system=${system%%/*}
if [ "$system" = release ]; then
    echo "bench.sh: what is measured is the static program, whose standard library is not here" >&2
    exit 1
fi
cargo build --release --locked --no-default-features --target "$system"
cp "$program" "$programs/small"
for empty in "empty" "empty-static --target $system"; do
    # shellcheck disable=SC2086  # a list of words
    rustc --edition 2024 -C opt-level=z -C lto=fat -C codegen-units=1 -C panic=abort -C strip=symbols \
        tests/bench/empty.rs -o "$programs/"$empty
done

python=$(tests/venv.sh "$target/venv")
exec "$python" -B tests/bench/main.py "$programs" "${1:-docs/performance.md}"
