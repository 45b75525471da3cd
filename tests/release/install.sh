#!/bin/sh
# usage: tests/release/install.sh RELEASE
#
# Installs the release in a folder with the install.sh in it, asks the program for a login, sets it up, and takes all of it
# back. For a real macOS; in homes of its own.
set -eu

release=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/home"
registry=swr.cn-north-4.myhuaweicloud.com
ak=QTWAOYTTINDUT2QVKYUC
sk=MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc
csv=$work/credentials.csv
printf 'User Name,Access Key Id,Secret Access Key\r\nme,%s,%s\r\n' "$ak" "$sk" >"$csv"

# Nothing of it sees this machine's settings, or reaches the network.
clean() {
    env -i HOME="$work/home" PATH="$work/prefix/bin:$PATH" TMPDIR="$work" HTTPS_PROXY=http://127.0.0.1:1 "$@"
}

confirm() {
    what=$1
    shift
    "$@" || { echo "it does not hold that $what" >&2 && exit 1; }
    echo "ok: $what"
}

answers() {
    echo "$registry" | clean "$@" docker-credential-swr get |
        grep 89aca1198a970e4360203d71cdaa80cfc13ecd55ee84409719e88162d139ef34 >/dev/null
}

# Whether docker asks the helper.
asks() {
    grep "\"$registry\": \"swr\"" "$work/home/.docker/config.json" >/dev/null 2>&1
}

refuses() {
    said=$(clean "$work/copy/install.sh" --from "$work/copy" --prefix "$work/prefix" --no-set-up 2>&1) && return 1
    case $said in
    *"$1"*) ;;
    *) return 1 ;;
    esac
}

clean "$release/install.sh" --from "$release" --prefix "$work/prefix" --no-set-up
confirm 'the program answers' answers HUAWEICLOUD_SDK_AK="$ak" HUAWEICLOUD_SDK_SK="$sk"
clean "$release/install.sh" --from "$release" --prefix "$work/prefix" --region cn-north-4 --csv "$csv" --backend file
confirm 'docker asks it' asks
confirm 'the stored key answers' answers
clean "$release/install.sh" --uninstall --erase-secrets --prefix "$work/prefix"
confirm 'the program is gone' [ ! -e "$work/prefix/bin/docker-credential-swr" ]
confirm 'docker asks it no more' [ ! -e "$work/home/.docker/config.json" ]

cp -R "$release" "$work/copy"
for program in "$work/copy/docker-credential-swr-"*-apple-darwin "$work/copy/docker-credential-swr-"*-musl; do
    [ ! -e "$program" ] || echo changed >>"$program"
done
confirm 'a changed program is refused' refuses "does not have the release's checksum"
echo >>"$work/copy/SHA256SUMS"
confirm 'a changed list is refused' refuses 'is not signed with the key'
confirm 'nothing of it is there' [ ! -e "$work/prefix/bin/docker-credential-swr" ]
