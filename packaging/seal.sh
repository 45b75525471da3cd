#!/bin/bash
# usage: packaging/seal.sh FOLDER
#
# Makes a release of the programs and packages in FOLDER: adds the scripts that install it, manifests for package
# managers, and SHA256SUMS of all; and signs that with the private key to packaging/release.pub, which is in the file
# SWR_RELEASE_KEY. packaging/address.sh says where the release will be. Without either it says what it leaves out.
set -euo pipefail

out=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."
name=docker-credential-swr
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
address=$(packaging/address.sh)
key=${SWR_RELEASE_KEY:-}

stamp_scripts() {
    awk -v address="$address" -v version="$version" -v key="$(cat packaging/release.pub)" '
        $0 == "release=" { print "release=\047" address "\047"; next }
        $0 == "release_version=" { print "release_version=\047" version "\047"; next }
        $0 == "release_key=" { print "release_key=\047" key "\047"; next }
        { print }' install.sh >"$out/install.sh"
    awk -v address="$address" -v version="$version" -v key="$(cat packaging/release.pub)" '
        $0 == "$Release = \047\047" { print "$Release = \047" address "\047"; next }
        $0 == "$ReleaseVersion = \047\047" { print "$ReleaseVersion = \047" version "\047"; next }
        $0 == "$ReleaseKey = \047\047" { print "$ReleaseKey = \047" key "\047"; next }
        { print }' install.ps1 >"$out/install.ps1"
    chmod 755 "$out/install.sh"
}

# Writes a manifest with the release's values in the place of its @WORDS@. One that names a program which is not in this
# release is left out.
make_manifest() {
    local template=$1 file=$out/$2 word system
    sed -e "s|@VERSION@|$version|g" -e "s|@ADDRESS@|$address|g" -e "s|@HOMEPAGE@|${address%/releases/*}|g" \
        -e "s|@PUBLISHER@|$(cut -d/ -f4 <<<"$address")|g" "packaging/manifests/$template" >"$file"
    while word=$(grep -om1 '@SHA256:[^@]*@' "$file" | head -1) && [ -n "$word" ]; do
        system=${word#@SHA256:}
        system=${system%@}
        if [ ! -e "$out/$name-$version-$system" ]; then
            echo "seal.sh: left out ${file##*/}: there is no program for $system" >&2
            rm "$file"
            return
        fi
        sed -i "s|$word|$(sha256sum "$out/$name-$version-$system" | cut -c-64)|" "$file"
    done
}

make_manifests() {
    make_manifest Containerfile Containerfile
    if [ -z "$address" ]; then
        echo "seal.sh: left out the manifests of package managers: no address is set" >&2
        return
    fi
    make_manifest homebrew.rb $name.rb
    make_manifest scoop.json $name.json
    local identifier part
    identifier=$(cut -d/ -f4 <<<"$address").$name
    make_manifest winget/version.yaml "$identifier.yaml"
    for part in installer locale.en-US; do
        make_manifest "winget/$part.yaml" "$identifier.$part.yaml"
    done
}

# The signature is what `cosign sign-blob --key` makes: ECDSA with SHA-256, in base64.
sign() {
    if [ -z "$key" ]; then
        echo "seal.sh: not signed: SWR_RELEASE_KEY is not set" >&2
        return
    fi
    if ! diff -q <(openssl pkey -in "$key" -pubout) packaging/release.pub >/dev/null; then
        echo "seal.sh: SWR_RELEASE_KEY is not the private key to packaging/release.pub" >&2
        exit 1
    fi
    openssl dgst -sha256 -sign "$key" "$out/SHA256SUMS" | openssl base64 -A >"$out/SHA256SUMS.sig"
}

rm -f "$out/SHA256SUMS" "$out/SHA256SUMS.sig" "$out"/*.yaml
stamp_scripts
make_manifests
(cd "$out" && sha256sum --text -- *) >"$out/.sums"
mv "$out/.sums" "$out/SHA256SUMS"
sign
cat "$out/SHA256SUMS"
