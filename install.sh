#!/bin/sh
# Builds docker-credential-swr and installs it where docker finds it, then sets it up.
#
# `--toolchain`, which the usage leaves out, only finds or installs what builds the helper and prints the folder that
# cargo is in; `tests/run.sh` uses it.
set -eu

name=docker-credential-swr

usage() {
    cat <<END
usage: ./install.sh [--registry HOST]... [--csv FILE] [--prefix DIR]

Builds $name, installs it, and sets it up for docker.

  --registry HOST   let docker ask the helper for this registry; can be repeated
  --csv FILE        store the access key in this credentials.csv of Huawei Cloud
  --prefix DIR      install into DIR/bin (default: /usr/local as root, else ~/.local)
  -h, --help        print this text

Without --csv, at a terminal, it asks for the access key.
END
}

main() {
    root=$(cd "$(dirname "$0")" && pwd)
    csv=
    prefix=
    toolchain_only=

    # Each round takes one option off the front; what is for `configure` and `store` goes to the end.
    left=$#
    while [ "$left" -gt 0 ]; do
        option=$1
        shift
        left=$((left - 1))
        case $option in
        -h | --help) usage && exit ;;
        --toolchain) toolchain_only=yes && continue ;;
        --registry=* | --csv=* | --prefix=*)
            value=${option#*=}
            option=${option%%=*}
            ;;
        --registry | --csv | --prefix)
            [ "$left" -gt 0 ] || die "\`$option\` needs a value" "./install.sh --help lists the options"
            value=$1
            shift
            left=$((left - 1))
            ;;
        *) die "unknown option \`$option\`" "./install.sh --help lists the options" ;;
        esac
        [ -n "$value" ] || die "\`$option\` needs a value" "./install.sh --help lists the options"
        case $option in
        --registry) set -- "$@" --registry "$value" ;;
        --csv) csv=$value ;;
        --prefix) prefix=$value ;;
        esac
    done

    [ -z "$csv" ] || [ -r "$csv" ] || die "cannot read \`$csv\`" "give --csv the file that Huawei Cloud let you download"

    need_toolchain
    if [ -n "$toolchain_only" ]; then
        echo "$toolchain"
        exit
    fi
    choose_folder
    build
    put
    need_on_path "$@"
    set_up "$@"
}

# -- the toolchain ------------------------------------------------------------

# Sets `toolchain` to a folder with a cargo and a rustc that are new enough.
need_toolchain() {
    wanted=$(sed -n 's/^rust-version = "\([0-9.]*\)".*/\1/p' "$root/Cargo.toml")
    toolchain=
    seen=
    find_toolchain || install_toolchain
    # rustc links with the C compiler.
    command -v cc >/dev/null || apt_install gcc libc6-dev
}

find_toolchain() {
    IFS=:
    for folder in $PATH "${CARGO_HOME:-${HOME:-}/.cargo}/bin"; do
        if [ ! -x "$folder/cargo" ] || [ ! -x "$folder/rustc" ]; then continue; fi
        # A rustup without a toolchain answers with an error.
        version=$("$folder/rustc" --version 2>/dev/null | sed 's/^rustc \([0-9.]*\).*/\1/')
        if at_least "$version" "$wanted"; then
            toolchain=$folder
            break
        fi
        seen=${version:+"$folder/rustc is $version"}
    done
    unset IFS
    [ -n "$toolchain" ]
}

install_toolchain() {
    if command -v rustup >/dev/null; then
        no_toolchain "rustup default stable && rustup update stable"
    fi
    command -v apt-get >/dev/null || no_toolchain
    as_root apt-get -qq update || die "\`apt-get update\` failed" "its own message is above"
    if [ -n "$(candidate rustup)" ]; then
        apt_install rustup ca-certificates
        { rustup toolchain install stable --profile minimal && rustup default stable; } >&2 ||
            no_toolchain "rustup default stable"
    elif at_least "$(candidate rustc-web)" "$wanted" && at_least "$(candidate cargo-web)" "$wanted"; then
        apt_install rustc-web cargo-web ca-certificates
    else
        no_toolchain
    fi
    find_toolchain || no_toolchain
}

no_toolchain() {
    die "no Rust $wanted or newer here${seen:+ ($seen)}" \
        "run \`${1:-curl --proto '=https' -sSf https://sh.rustup.rs | sh}\`, then this again"
}

# Prints the version that apt would install; nothing when it knows none.
candidate() {
    apt-cache policy "$1" | sed -n 's/^  Candidate: \([0-9].*\)/\1/p'
}

# Returns whether version $1 is at least $2; an empty $1 is not.
at_least() {
    [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

apt_install() {
    command -v apt-get >/dev/null || die "\`$1\` is missing" "install it, then run this again"
    say "installing $*"
    # Nothing that is here already is removed for it.
    as_root apt-get -qq install --yes --no-remove --no-install-recommends "$@" >/dev/null ||
        die "apt-get could not install $*" "run \`apt-get install $*\`, then this again"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null; then
        sudo DEBIAN_FRONTEND=noninteractive "$@"
    else
        die "packages are missing and this is not root" "run \`$*\` as root, then this again"
    fi
}

# -- the binary ---------------------------------------------------------------

# Sets `bin`, the folder to install into, and makes it.
choose_folder() {
    if [ -z "$prefix" ]; then
        if [ "$(id -u)" -eq 0 ]; then prefix=/usr/local; else prefix=${HOME:?is not set}/.local; fi
    fi
    case $prefix in
    /*) ;;
    *) prefix=$PWD/$prefix ;;
    esac
    bin=${prefix%/}/bin
    (umask 022 && mkdir -p "$bin") || die "cannot make \`$bin\`" "choose another folder with --prefix"

    # Whoever can write here can take the helper's place and collect every login.
    me=$(id -un)
    others=$(find "$bin/." -prune \( -perm -002 -o -perm -020 ! -group "$me" -o ! -user "$me" ! -user root \))
    [ -z "$others" ] || die "others can write to \`$bin\`" "\`chmod go-w '$bin'\`, or choose another folder with --prefix"
    [ -w "$bin" ] || die "cannot write to \`$bin\`" "choose another folder with --prefix"
}

build() {
    say "building $name"
    target=${CARGO_TARGET_DIR:-$root/target}
    # A target from somebody's own settings would put the binary elsewhere.
    (
        unset CARGO_BUILD_TARGET
        PATH=$toolchain:$PATH
        # A person sees how far it is; a log needs no line for each dependency.
        if [ ! -t 2 ]; then set -- --quiet; else set --; fi
        cargo build --release --locked "$@" --manifest-path "$root/Cargo.toml" --target-dir "$target"
    ) || die "the build failed" "cargo's own message is above"
}

# Docker never sees half a file: it is written beside its place and then renamed.
put() {
    part=$(mktemp "$bin/.$name.XXXXXX")
    trap 'rm -f "$part"' EXIT
    cp "$target/release/$name" "$part"
    chmod 755 "$part"
    mv -f "$part" "$bin/$name"
    trap - EXIT
    say "installed $bin/$name"
}

# -- setting it up ------------------------------------------------------------

# Stops here when docker would not find what was just installed.
need_on_path() {
    found=$(command -v "$name" || true)
    if [ -z "$found" ]; then
        say "\`$bin\` is not on PATH, so docker would not find the helper; add this line to ~/.profile:"
        echo "export PATH=\"$bin:\$PATH\""
    elif [ "$(readlink -f "$found")" != "$(readlink -f "$bin/$name")" ]; then
        say "docker would run \`$found\`, which comes first on PATH: remove it"
    else
        return 0
    fi
    # Without anything else to do, that is no failure.
    [ $# -eq 0 ] && [ -z "$csv" ] && exit
    die "docker's configuration and the key were left alone" "do that, then run this again"
}

set_up() {
    if [ "$(id -u)" -eq 0 ] && [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
        say "under sudo: what follows is for root's docker, not for $SUDO_USER's"
    fi
    [ $# -eq 0 ] || "$bin/$name" configure "$@"
    if [ -n "$csv" ]; then
        "$bin/$name" store --csv "$csv" "$@"
    elif [ -t 0 ] && [ -t 2 ]; then
        "$bin/$name" store "$@"
    else
        say "next: store the access key with \`$name store\`"
        [ $# -gt 0 ] || say "then: \`$name configure --registry HOST\`"
    fi
}

say() {
    echo "install.sh: $1" >&2
}

die() {
    echo "install.sh: $1" >&2
    echo "hint: $2" >&2
    exit 1
}

main "$@"
