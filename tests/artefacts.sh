#!/bin/bash
# usage: tests/artefacts.sh FOLDER PUBLIC_KEY
#
# Tries everything that .ci/release has made in FOLDER, on a machine that is made for it: install.sh and the .deb in the
# smallest Debian 12 and 13, the .rpm in a root of its own, the program for aarch64 under emulation, the image. Its last
# line says what failed. Only root can make such machines.
set -euo pipefail

release=$(realpath "$1")
key=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
name=docker-credential-swr
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
host=swr.cn-north-4.myhuaweicloud.com
ak=QTWAOYTTINDUT2QVKYUC
sk=MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc
login_key=89aca1198a970e4360203d71cdaa80cfc13ecd55ee84409719e88162d139ef34
failed=()

tests/packages.sh debootstrap=debootstrap rpm=rpm qemu-aarch64-static=qemu-user-static buildah=buildah dockerd=docker.io file=file \
    x86_64-w64-mingw32-objdump=binutils-mingw-w64-x86-64
# In a package of its own from Debian 13 on, where it builds with a plugin.
tests/packages.sh /usr/bin/docker=docker-cli
/usr/bin/docker --version | grep -q 'version 20' || tests/packages.sh docker-buildx

# A folder of its own for each check, gone at the end.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Runs one check in a shell of its own, and notes when it fails.
check() {
    echo "== $*"
    # Not as a condition: there the shell would go on after an error.
    set +e
    (
        set -e
        "$@"
    )
    # shellcheck disable=SC2181
    [ $? -eq 0 ] || failed+=("$*")
    set -e
}

# Runs a command in a root, with nothing of this machine's environment.
inside() {
    local root=$1
    shift
    chroot "$root" env -i HOME=/root PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# Fails unless the program in a root answers a `get` from the environment.
answers() {
    printf %s $host |
        env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin HOME=/root HUAWEICLOUD_SDK_AK=$ak HUAWEICLOUD_SDK_SK=$sk \
            chroot "$1" "$2" get | grep -q $login_key
}

debian() {
    local suite=$1
    tests/root.sh "$suite" "$target/roots/$suite"
    cp -a "$target/roots/$suite" "$work/$suite"
    [ ! -e "$work/$suite/usr/bin/cc" ]
    cp -R "$release" "$work/$suite/release"
}

# Without the network but for openssl, which apt brings.
installs_from_a_folder() {
    local root=$work/$1
    inside "$root" sh /release/install.sh --from /release --no-set-up
    answers "$root" $name
    inside "$root" sh /release/install.sh --uninstall --keep-secrets
    [ ! -e "$root/usr/local/bin/$name" ]
}

deb_installs_works_and_purges() {
    local root=$work/$1 before after
    before=$(find "$root/usr" "$root/etc" | grep -v "$root/usr/share/doc$" | sort)
    # Debian's smallest images leave out manual pages; here they are to be seen.
    inside "$root" dpkg --path-include='/usr/share/*' --install "/release/${name}_$version-1_amd64.deb"
    answers "$root" $name
    for file in bash-completion/completions/$name zsh/vendor-completions/_$name fish/vendor_completions.d/$name.fish \
        man/man1/$name.1.gz man/man1/$name-get.1.gz doc/$name/copyright; do
        [ -s "$root/usr/share/$file" ] || { echo "no $file" && exit 1; }
    done
    inside "$root" dpkg --purge $name
    after=$(find "$root/usr" "$root/etc" | grep -v "$root/usr/share/doc$" | sort)
    diff <(echo "$before") <(echo "$after")
}

rpm_installs_and_goes() {
    local root=$work/rpm package=$release/$name-$version-1.x86_64.rpm
    mkdir -p "$root"
    rpm --root "$root" --initdb
    if rpm --query --requires --package "$package" | grep -v '^rpmlib'; then exit 1; fi
    rpm --root "$root" --install "$package"
    # Nothing else is in that root: the program is static.
    answers "$root" /usr/bin/$name
    [ -s "$root/usr/share/licenses/$name/LICENSE-MIT" ] && [ -s "$root/usr/share/man/man1/$name.1.gz" ]
    rpm --root "$root" --erase $name
    [ ! -e "$root/usr/bin/$name" ]
}

# The packages of the other machine have that machine's program in them.
packages_for_aarch64() {
    local folder=$work/aarch64
    mkdir -p "$folder/deb" "$folder/rpm"
    dpkg-deb --extract "$release/${name}_$version-1_arm64.deb" "$folder/deb"
    rpm --root "$folder/rpm" --initdb
    rpm --root "$folder/rpm" --install --ignorearch "$release/$name-$version-1.aarch64.rpm"
    [ "$(dpkg-deb --field "$release/${name}_$version-1_arm64.deb" Architecture)" = arm64 ]
    [ "$(rpm --query --queryformat '%{ARCH}' --package "$release/$name-$version-1.aarch64.rpm")" = aarch64 ]
    for package in deb rpm; do
        cmp "$folder/$package/usr/bin/$name" "$release/$name-$version-aarch64-unknown-linux-musl"
    done
}

# Static, and loaded at any address.
linux_program() {
    local program=$release/$name-$version-$1-unknown-linux-musl emulator=("${@:2}")
    file --brief "$program"
    LC_ALL=C readelf --wide --file-header "$program" | grep -q 'Type: *DYN'
    if LC_ALL=C readelf --wide --program-headers "$program" | grep INTERP; then exit 1; fi
    chmod 755 "$program"
    printf %s $host | env -i HOME="$work" HUAWEICLOUD_SDK_AK=$ak HUAWEICLOUD_SDK_SK=$sk \
        "${emulator[@]}" "$program" get | grep -q $login_key
}

windows_program() {
    local program=$release/$name-$version-x86_64-pc-windows-gnu.exe
    file --brief "$program" | grep 'PE32+ executable (console) x86-64'
    # Nothing but what Windows has: no library of mingw's.
    if x86_64-w64-mingw32-objdump --private-headers "$program" | grep -iE 'DLL Name: .*(gcc|pthread|stdc)'; then exit 1; fi
}

image_by_buildah() {
    local container root
    images() { buildah --storage-driver vfs --root "$work/images" --runroot "$work/run" "$@"; }
    images bud --isolation chroot --quiet --target "$(dpkg --print-architecture)" --tag swr \
        --file "$release/Containerfile" "$release"
    container=$(images from swr)
    root=$(images mount "$container")
    [ "$(cd "$root" && find . -type f)" = ./$name ]
    answers "$root" /$name
}

# By an engine of its own, which has no network; its sockets want short names.
image_by_docker() {
    local folder engine
    folder=$(mktemp -d /tmp/swr-XXXXXX)
    echo '{}' >"$folder/daemon.json"
    # What it mounts goes with it.
    unshare --mount dockerd --config-file "$folder/daemon.json" --host "unix://$folder/socket" --pidfile "$folder/pid" \
        --data-root "$folder/data" --exec-root "$folder/exec" --storage-driver vfs --bridge none --iptables=false \
        --ip-forward=false --ip-masq=false >"$folder/log" 2>&1 &
    engine=$!
    # shellcheck disable=SC2064  # these values
    trap "kill $engine; wait $engine || true; rm -rf '$folder'" EXIT
    export DOCKER_HOST=unix://$folder/socket DOCKER_BUILDKIT=1 HOME=$folder
    docker() { /usr/bin/docker "$@"; }
    until docker version >/dev/null 2>&1; do kill -0 $engine && sleep 0.1; done
    docker build --quiet --network none --tag swr --file "$release/Containerfile" "$release"
    printf %s $host | docker run --rm --interactive --network none \
        --env HUAWEICLOUD_SDK_AK=$ak --env HUAWEICLOUD_SDK_SK=$sk swr get | grep -q $login_key
}

all_is_listed() {
    (cd "$release" && sha256sum --quiet --check SHA256SUMS)
    openssl base64 -d -A -in "$release/SHA256SUMS.sig" -out "$work/signature"
    openssl dgst -sha256 -verify "$key" -signature "$work/signature" "$release/SHA256SUMS"
}

check all_is_listed
for suite in bookworm trixie; do
    check debian $suite
    check installs_from_a_folder $suite
    check deb_installs_works_and_purges $suite
done
check rpm_installs_and_goes
check packages_for_aarch64
check linux_program x86_64
check linux_program aarch64 qemu-aarch64-static
check windows_program
check image_by_buildah
check image_by_docker

echo "${#failed[@]} failed: ${failed[*]:-none}"
[ ${#failed[@]} -eq 0 ]
