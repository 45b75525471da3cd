#!/bin/bash
# usage: tests/windows.sh [TEST...]
#
# Builds the helper and these of its tests, or all that are portable, for Windows, and runs them under Debian's wine as
# `cargo test` on a Windows machine would. All that it makes is below target/.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

system=x86_64-pc-windows-gnu
wine=/usr/lib/wine/wine64
tests/packages.sh "$wine=wine64" x86_64-w64-mingw32-gcc=gcc-mingw-w64-x86-64
toolchain=$(./install.sh --toolchain)
export PATH=$toolchain:$PATH
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")/windows
mkdir -p "$target"

# shellcheck source=tests/foreign.sh
. tests/foreign.sh
if ! standard_library "$system"; then
    echo "the tests of the Windows program: no standard library for it can be had here" |
        tee -a "${SWR_TEST_SKIPS:-/dev/null}"
    exit
fi

# A Windows of its own: settings, files and Credential Manager are nobody else's.
export WINEPREFIX=$target/prefix WINEDEBUG=-all
system32=$WINEPREFIX/drive_c/windows/system32
if [ ! -e "$system32/kernel32.dll" ]; then
    "$wine" wineboot --init
fi
# wine 8 lacks the library that Rust's random numbers come from.
x86_64-w64-mingw32-gcc -shared -O1 -s -o "$system32/bcryptprimitives.dll" tests/windows/bcryptprimitives.c -ladvapi32

# In the place of advapi32.dll a test puts a library with the same names, four of which are its own.
states=$target/credentials
{
    echo EXPORTS
    x86_64-w64-mingw32-nm "$(x86_64-w64-mingw32-gcc -print-file-name=libadvapi32.a)" 2>/dev/null |
        sed -n 's/^[0-9a-f]* T \([A-Za-z0-9_]*\)$/\1/p' |
        sed '/^Cred\(Read\|Write\|Delete\|Enumerate\)W$/d; s/.*/& = advapi32.&/'
    printf 'Cred%sW = %sAsTold\n' Read Read Write Write Delete Delete Enumerate Enumerate
} >"$states.def"
x86_64-w64-mingw32-gcc -shared -O1 -s -o "$states.dll" tests/windows/credentials.c "$states.def" -ladvapi32
export SWR_TEST_CREDENTIALS_LIBRARY=$states.dll

# wine makes of the mode of a file who else may read it.
umask 077
export CARGO_TARGET_DIR=$target CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_STRIP=symbols
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=$wine
# Whoever made this Windows may write to its Credential Manager.
export SWR_TEST_OWN_KEYRING=1 SWR_TEST_WINE=1
# What is built here is what is tested.
unset SWR_TEST_BINARY
options=(--target "$system" "${library[@]}")
# wine 8 lists credentials at odd addresses, at which debug builds of the crate stop. Without optimization it would be
# linked with the same functions of other crates, which check the address.
for setting in debug-assertions=false opt-level=2; do
    options+=(--config "profile.dev.package.windows-native-keyring-store.$setting")
done
python=${SWR_TEST_PYTHON:-$(tests/venv.sh "${target%/windows}/venv")}
coproc starter { "$python" -B tests/standin/starter.py; }
read -r SWR_TEST_STANDINS <&"${starter[0]}"
export SWR_TEST_STANDINS

if [ $# -eq 0 ]; then
    tests/portable.sh --lib "${options[@]}"
    exit
fi
cargo test --locked --no-fail-fast "${options[@]}" "${@/#/--test=}"
