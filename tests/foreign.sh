# shellcheck shell=bash
# What a script sources that builds for another system.

# Sets `library` to the options with which cargo has a standard library for the system $1: rustup's, or one that it
# makes here from Debian's source, with the compiler that this belongs to.
standard_library() {
    local source=/usr/lib/rustlib/src/rust/library
    # shellcheck disable=SC2034  # for the script
    library=()
    if rustup target add "$1" 2>/dev/null; then
        return
    fi
    tests/packages.sh /usr/bin/rustc=rustc-web
    [ -d "$source" ] || tests/packages.sh rust-web-src
    export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
    # shellcheck disable=SC2034,SC2054
    library=(-Zbuild-std=std,panic_unwind,test)
}
