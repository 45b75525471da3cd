#!/bin/bash
# usage: tests/strangers.sh [SUITE...]
#
# What a stranger does first, as an ordinary user on the smallest Debian 12 and 13 and Ubuntu 22.04 and 24.04: README's
# first line with a release of this program, then `get`, and all of it back. It must go like tests/data/stranger.txt on
# each of them. Nothing there reaches a registry: the proxy that is set leads nowhere.
#
# Needs root, for debootstrap and chroot. Its last line names what failed and what could not be done.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

suites=("${@:-bookworm trixie jammy noble}")
read -ra suites <<<"${suites[*]}"
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
expected=tests/data/stranger.txt
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
system=$(uname -m)-unknown-linux-musl
failed=()
skipped=()

# A release, signed with a key of its own, of the one program that is needed.
make_release() {
    local program
    program=${SWR_TEST_BINARY:-$(./install.sh --program)}
    mkdir -p "$folder/release"
    cp "$program" "$folder/release/docker-credential-swr-$version-$system"
    openssl ecparam -name prime256v1 -genkey -noout -out "$folder/key"
    (
        cd "$folder/release"
        sha256sum "docker-credential-swr-$version-$system" >SHA256SUMS
        openssl dgst -sha256 -sign "$folder/key" SHA256SUMS | openssl base64 -A >SHA256SUMS.sig
    )
    # As .ci/release fills it in.
    awk -v key="$(openssl ec -in "$folder/key" -pubout 2>/dev/null)" \
        '/^release_key=$/ { printf "release_key='\''%s'\''\n", key; next } { print }' install.sh >"$folder/release/install.sh"
    printf 'User Name,Access Key Id,Secret Access Key\nme,%s,%s\n' QTWAOYTTINDUT2QVKYUC \
        MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc >"$folder/release/credentials.csv"
}

# What is typed, a line each; the words before them are those of a login shell of Debian's.
session() {
    cat <<'END'
sh /release/install.sh --from /release --region Bejing4 --csv /release/credentials.csv --backend file
sh /release/install.sh --from /release --region Beijing4 --csv /release --backend file
sh /release/install.sh --from /release --region Beijing4 --csv /release/credentials.csv
sh /release/install.sh --from /release --region Beijing4 --csv /release/credentials.csv --backend file
echo swr.cn-north-4.myhuaweicloud.com | docker-credential-swr get
docker-credential-swr accounts
sh /release/install.sh --from /release --region Shanghai1
sh /release/install.sh --uninstall --from /release --erase-secrets
find /home/stranger -type f -path '*swr*'
END
}

be_stranger() {
    local suite=$1 root=$target/roots/stranger-$1 keyring=
    case $suite in
    jammy | noble) keyring=$target/roots/stranger-trixie/usr/share/keyrings/ubuntu-archive-keyring.gpg ;;
    esac
    # Debian 13 has Ubuntu's keys, as a package that its own vouch for.
    if ! tests/root.sh trixie "$target/roots/stranger-trixie" openssl,ca-certificates,ubuntu-keyring ||
        ! tests/root.sh "$suite" "$root" openssl,ca-certificates "$keyring"; then
        skipped+=("$suite: debootstrap cannot make it here")
        return
    fi
    rm -rf "$root/release" "$root/home/stranger"
    cp -r "$folder/release" "$root/release"
    if ! grep -q ^stranger: "$root/etc/passwd"; then
        echo "stranger:x:4242:4242::/home/stranger:/bin/sh" >>"$root/etc/passwd"
        echo "stranger:x:4242:" >>"$root/etc/group"
    fi
    install -d -o 4242 -g 4242 "$root/home/stranger"
    session | while read -r line; do
        echo "\$ $line"
        chroot --userspec=4242:4242 --groups= "$root" /usr/bin/env -i HOME=/home/stranger \
            PATH=/home/stranger/.local/bin:/usr/bin:/bin HTTPS_PROXY=http://127.0.0.1:1 sh -c "$line" 2>&1 || echo "= $?"
    done | sed "s/-$version-$system/-VERSION-SYSTEM/; s/ $version\b/ VERSION/g" >"$folder/$suite"
    rm -rf "$root/release" "$root/home/stranger"
    if [ -n "${SWR_TEST_WRITE:-}" ]; then cp "$folder/$suite" "$expected"; fi
    diff "$expected" "$folder/$suite" || failed+=("$suite")
}

make_release
for suite in "${suites[@]}"; do be_stranger "$suite"; done
for why in "${skipped[@]}"; do echo "skipped: $why"; done
echo "${#failed[@]} failed: ${failed[*]:-none}; ${#skipped[@]} skipped"
[ ${#failed[@]} -eq 0 ]
