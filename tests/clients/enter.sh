#!/bin/sh
# usage: enter.sh ROOT COMMAND...
#
# Runs a command in the Debian that the folder ROOT holds (or `/`), with this machine's processes, devices, network and
# /tmp, and mounts of its own; in the current folder, where ROOT has it too. It is a root of its own and not chroot's, in
# which nobody can make a user namespace.
set -eu

if [ "$1" = / ]; then
    shift
    exec unshare --mount "$@"
fi
# shellcheck disable=SC2016  # the inner shell reads it
exec unshare --mount sh -euc '
    root=$1
    here=$PWD
    shift
    mount --bind "$root" "$root"
    for folder in proc sys dev tmp; do mount --rbind "/$folder" "$root/$folder"; done
    mkdir -p "$root/.old"
    cd "$root"
    pivot_root . .old
    umount --lazy /.old
    cd "$here" 2>/dev/null || cd /
    exec "$@"' enter "$@"
