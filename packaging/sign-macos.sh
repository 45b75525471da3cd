#!/bin/bash
# usage: packaging/sign-macos.sh FOLDER
#
# Signs the programs for macOS in FOLDER, on macOS: with the Developer ID in APPLE_CERTIFICATE, a .p12 in base64 that the
# password in APPLE_PASSWORD opens; or ad hoc where that is not set. macOS has an old bash: this works there.
set -euo pipefail

identity=-
options=()
if [ -n "${APPLE_CERTIFICATE:-}" ]; then
    folder=$(mktemp -d)
    keychain=$folder/release.keychain-db
    trap 'security delete-keychain "$keychain" || :; rm -rf "$folder"' EXIT
    # Of this keychain alone, which lasts as long as this script.
    password=$(openssl rand -hex 32)
    security create-keychain -p "$password" "$keychain"
    security unlock-keychain -p "$password" "$keychain"
    (umask 077 && printf %s "$APPLE_CERTIFICATE" | base64 --decode >"$folder/certificate.p12")
    security import "$folder/certificate.p12" -k "$keychain" -P "${APPLE_PASSWORD:?is not set}" -T /usr/bin/codesign
    security set-key-partition-list -S apple-tool:,apple: -s -k "$password" "$keychain" >/dev/null
    identity=$(security find-identity -v -p codesigning "$keychain" |
        sed -n 's/.*"\(Developer ID Application: .*\)"/\1/p')
    if [ -z "$identity" ]; then
        echo "sign-macos.sh: APPLE_CERTIFICATE holds no Developer ID Application" >&2
        exit 1
    fi
    options=(--keychain "$keychain" --options runtime --timestamp)
fi

# The keychain knows a program again by identity and identifier.
for program in "$1"/docker-credential-swr-*-apple-darwin; do
    codesign --force --sign "$identity" --identifier docker-credential-swr ${options[@]+"${options[@]}"} "$program"
    codesign --verify --strict "$program"
done
