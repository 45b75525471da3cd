#!/bin/bash
# usage: tests/picture.sh [PICTURE]
#
# Makes docs/set-up.svg (or PICTURE): a set-up session at a real terminal with a real keyring, where Huawei Cloud is the
# tests' stand-in.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

tests/packages.sh dbus-run-session=dbus dbus-send=dbus gnome-keyring-daemon=gnome-keyring openssl=openssl

toolchain=$(./install.sh --toolchain)
export PATH=$toolchain:$PATH
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR=$target
program=$(./install.sh --program)
python=$(tests/venv.sh "$target/venv")
exec "$python" -B tests/bench/picture.py "$program" "${1:-docs/set-up.svg}"
