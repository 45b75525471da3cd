# shellcheck shell=bash
# What a script sources that builds for another system.

# Sets `library` to the options with which cargo has a standard library for the system $1: one that is here, rustup's, or
# one that it makes here from Debian's source, with the compiler that this belongs to. Fails where none can be had.
standard_library() {
    local source=/usr/lib/rustlib/src/rust/library
    # shellcheck disable=SC2034  # for the script
    library=()
    if compgen -G "$(rustc --print target-libdir --target "$1")/libstd-*" >/dev/null ||
        rustup target add "$1" 2>/dev/null; then
        return
    fi
    tests/packages.sh /usr/bin/rustc=rustc-web || return
    [ -d "$source" ] || tests/packages.sh rust-web-src || return
    export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
    # shellcheck disable=SC2034,SC2054
    library=(-Zbuild-std=std,panic_unwind,test)
}
