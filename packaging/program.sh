#!/bin/bash
# usage: packaging/program.sh SYSTEM [FILE]
#
# Builds the program for SYSTEM, such as aarch64-unknown-linux-musl, and copies it to FILE. The same sources and compiler
# give the same bytes in whatever folder; no path of this machine is in them. macOS has an old bash: this works there.
set -euo pipefail

system=$1
file=${2:-}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
name=docker-credential-swr
target=${CARGO_TARGET_DIR:-$PWD/target}
machine=${system%%-*}
# As cargo and the cc crate write it in variables.
variable=${system//-/_}
upper=$(printf %s "$variable" | tr '[:lower:]' '[:upper:]')
separator=$'\x1f'

# Panics name the files that they come from: a crate's without the folder that cargo keeps it in.
flags=--remap-path-prefix=$PWD=/$name
for folder in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
    flags+=${separator}--remap-path-prefix=$(cd "$folder" && pwd -P)=/crates
done

if [ ! -d "$(rustc --print target-libdir --target "$system")" ]; then
    rustup target add "$system"
fi

# Only ring has C in it, which needs no library of C's: any C compiler for the machine will do.
case $system in
*-linux-musl)
    compiler=cc
    if [ "$machine" != "$(uname -m)" ]; then
        compiler=$machine-linux-gnu-gcc
        tests/packages.sh "$compiler=gcc-${machine/_/-}-linux-gnu" "=libc6-dev-$(
            case $machine in aarch64) echo arm64 ;; x86_64) echo amd64 ;; esac
        )-cross"
    fi
    # Ubuntu's compilers would have it call functions that only glibc has.
    export "CC_$variable=$compiler" "CFLAGS_$variable=-U_FORTIFY_SOURCE"
    export SWR_LINKER=$compiler "CARGO_TARGET_${upper}_LINKER=$PWD/packaging/static-pie.sh"
    ;;
*-windows-gnu)
    tests/packages.sh "$machine-w64-mingw32-gcc=gcc-mingw-w64-${machine/_/-}"
    flags+=${separator}-Clink-arg=-Wl,--no-insert-timestamp
    ;;
*-apple-darwin)
    # The oldest that Rust still supports.
    MACOSX_DEPLOYMENT_TARGET=$(rustc --print deployment-target --target "$system" | cut -d= -f2)
    export MACOSX_DEPLOYMENT_TARGET
    ;;
esac

CARGO_ENCODED_RUSTFLAGS=$flags cargo build --release --locked --target "$system" --target-dir "$target"
case $system in
*-windows-*) name=$name.exe ;;
esac
[ -z "$file" ] || cp "$target/$system/release/$name" "$file"
