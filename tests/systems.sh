#!/bin/bash
# usage: tests/systems.sh [SUITE...]
#
# README's test command on other systems than this one: tests/run.sh in a clone of this repository, as an ordinary user
# with sudo, on Debian 12 and 13 and Ubuntu 22.04 and 24.04. The systems, and what was built in them, stay in the target
# folder for the next run. With SWR_TEST_TOOLCHAIN, a folder that has Rust's `bin` and `lib`, they need not fetch Rust.
#
# Needs root, for debootstrap, mounts and processes of their own. Each system's output goes to a file in the target
# folder; the last line names what failed and what could not be done.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

suites=("${@:-bookworm trixie jammy noble}")
read -ra suites <<<"${suites[*]}"
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
clone=home/user/docker-credential-swr
failed=()
skipped=()

# Prints where apt finds the packages of a system that is in use, which are more than those that debootstrap takes.
sources() {
    case $1 in
    jammy | noble)
        printf "deb http://archive.ubuntu.com/ubuntu $1%s main universe\n" "" -updates -security
        ;;
    *)
        printf "deb http://deb.debian.org/debian $1%s main\n" "" -updates
        echo "deb http://deb.debian.org/debian-security $1-security main"
        ;;
    esac
}

# Makes the system in the folder $2, with a user who may run everything as root.
make_system() {
    local suite=$1 root=$2 keyring=
    case $suite in
    jammy | noble)
        # Debian 13 has Ubuntu's keys, as a package that its own vouch for.
        keyring=$target/roots/stranger-trixie/usr/share/keyrings/ubuntu-archive-keyring.gpg
        tests/root.sh trixie "$target/roots/stranger-trixie" openssl,ca-certificates,ubuntu-keyring || return
        ;;
    esac
    tests/root.sh "$suite" "$root" openssl,ca-certificates,sudo "$keyring" || return
    sources "$suite" >"$root/etc/apt/sources.list"
    # A link to systemd's, once a package has put it there.
    rm -f "$root/etc/resolv.conf"
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
    # Those of a company's own proxy, which this system trusts already.
    cp -r /usr/local/share/ca-certificates "$root/usr/local/share/"
    chroot "$root" update-ca-certificates >/dev/null
    chroot "$root" id user >/dev/null 2>&1 || chroot "$root" useradd --create-home --shell /bin/bash user
    echo "user ALL=(ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/user"
    chmod 440 "$root/etc/sudoers.d/user"
}

# Copies what git knows, as it is now, with its history, which tests ask for; what was built before stays.
copy_clone() {
    local folder=$1/$clone
    mkdir -p "$folder"
    find "$folder" -mindepth 1 -maxdepth 1 ! -name target -exec rm -rf {} +
    cp -r "$(git rev-parse --git-common-dir)" "$folder/.git"
    git ls-files -z | tar -c --null --files-from=- | tar -x -C "$folder"
    chroot "$1" chown -R user: "/home/user"
}

# Runs `sh -c $2` as the user, in the system in the folder $1: with processes and mounts of its own, of which nothing is
# left at the end. The container engines in it need a root that is a mount.
enter() {
    local root=$1
    mkdir -p "$root/old" "$root/opt/rust"
    # shellcheck disable=SC2016  # for the shell inside
    unshare --mount --pid --fork --kill-child --propagation private /bin/bash -ec '
        root=$1 toolchain=$3
        mount --bind "$root" "$root"
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount --rbind /sys "$root/sys"
        mount -t tmpfs -o mode=755 run "$root/run"
        # Where systemd would have it, whose package replaces the one in /etc.
        mkdir -p "$root/run/systemd/resolve"
        cp /etc/resolv.conf "$root/run/systemd/resolve/stub-resolv.conf"
        [ -z "$toolchain" ] || mount -o ro,bind "$toolchain" "$root/opt/rust"
        cd "$root"
        pivot_root . old
        umount -l /old
        exec runuser -u user -- env -i HOME=/home/user USER=user LANG=C.UTF-8 TERM=dumb \
            PATH=/opt/rust/bin:/usr/local/bin:/usr/bin:/bin sh -c "$2"
    ' enter "$root" "$2" "${SWR_TEST_TOOLCHAIN:-}"
}

run_suite() {
    local suite=$1 root=$target/roots/suite-$1 status=0
    if ! make_system "$suite" "$root"; then
        skipped+=("$suite: debootstrap cannot make it here")
        return
    fi
    copy_clone "$root"
    enter "$root" "cd /$clone && tests/run.sh" >"$target/roots/suite-$suite.txt" 2>&1 || status=$?
    echo "$suite: $(tail -n 1 "$target/roots/suite-$suite.txt")"
    grep -E '^(test .* \.\.\. FAILED|skipped: )' "$target/roots/suite-$suite.txt" || true
    [ "$status" -eq 0 ] || failed+=("$suite")
}

for suite in "${suites[@]}"; do run_suite "$suite"; done
for why in "${skipped[@]}"; do echo "skipped: $why"; done
echo "${#failed[@]} failed: ${failed[*]:-none}; ${#skipped[@]} skipped"
[ ${#failed[@]} -eq 0 ]
