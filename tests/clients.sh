#!/bin/bash
# usage: tests/clients.sh [DOCUMENT [NAME...]]
#
# Tries every client that can be had here with the helper, and writes docs/clients.md (or DOCUMENT). Where names are given,
# only the clients whose names contain one of them are tried. Needs root: engines do, and so do the roots with other
# releases of Debian, which are made once, below the target folder.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

tests/packages.sh \
    dbus-run-session=dbus dbus-send=dbus gnome-keyring-daemon=gnome-keyring secret-tool=libsecret-tools \
    docker-registry=docker-registry htpasswd=apache2-utils openssl=openssl setpriv=util-linux debootstrap=debootstrap \
    dockerd=docker.io containerd=containerd docker-compose=docker-compose podman=podman buildah=buildah skopeo=skopeo \
    busybox=busybox npm=npm
# In a package of its own from Debian 13 on.
tests/packages.sh docker=docker-cli

toolchain=$(./install.sh --toolchain)
export PATH=$toolchain:$PATH
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR=$target
folder=$target/clients
mkdir -p "$folder"

# usage: make_root RELEASE PACKAGE...
#
# Puts a release of Debian with these packages into a folder. Where that cannot be, its clients are left out aloud.
make_root() {
    local root=$folder/$1 release=$1
    shift
    [ ! -e "$root.ready" ] || return 0
    tests/root.sh "$release" "$root" || return 0
    # As in tests/packages.sh.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    tests/clients/enter.sh "$root" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install --yes --no-install-recommends "$@" >>"$root.log" 2>&1 || return 0
    touch "$root.ready"
}

common=(docker.io docker-cli docker-buildx docker-compose podman buildah skopeo oras cosign)
make_root trixie "${common[@]}"
make_root sid "${common[@]}" crane apptainer

# What is installed: it runs in each of the roots.
program=$(./install.sh --program)
cargo build --locked --manifest-path tests/clients/crate/Cargo.toml --target-dir "$folder/crate"
python=$(tests/venv.sh "$folder/venv" tests/clients/requirements.txt)
npm install --silent --no-audit --no-fund --ignore-scripts --no-package-lock --prefix "$folder/npm" testcontainers@10.28.0

PYTHON=$python NODE_MODULES=$folder/npm/node_modules CRATE=$folder/crate/debug/ask
export PYTHON NODE_MODULES CRATE
exec "$python" -B tests/clients/main.py "$program" "$folder" "${1:-docs/clients.md}" "${@:2}"
