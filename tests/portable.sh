#!/bin/bash
# usage: tests/portable.sh [OPTION...]
#
# Runs the tests that are written for every platform, with these options of cargo; --lib adds the unit tests. A release's
# workflow runs them on Windows and macOS, tests/windows.sh under wine, tests/emulated.sh with helpers of other machines.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
tests=(cases chain configure doctor edges errors help print windows)
exec cargo test --locked --no-fail-fast "$@" "${tests[@]/#/--test=}"
