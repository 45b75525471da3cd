#!/bin/sh
# usage: packaging/address.sh
#
# Prints where the release of this version will be: what SWR_RELEASE_ADDRESS says, such as
# https://github.com/OWNER/NAME/releases/download/v0.1.0; else that address at the `repository` of Cargo.toml. Nothing
# where neither is set.
set -eu

# Prints the value of a key of the package.
package() {
    sed -n "s/^$1 = \"\(.*\)\"/\1/p" "$(dirname "$0")/../Cargo.toml" | head -n 1
}

address=${SWR_RELEASE_ADDRESS:-}
repository=$(package repository)
if [ -z "$address" ] && [ -n "$repository" ]; then
    address=${repository%/}/releases/download/v$(package version)
fi
# It is put between single quotes.
case $address in
*[!A-Za-z0-9:/._~%-]*) echo "address.sh: \`$address\` is no address" >&2 && exit 2 ;;
esac
echo "${address%/}"
