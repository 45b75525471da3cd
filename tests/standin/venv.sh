#!/bin/sh
# Makes the virtual environment that holds Huawei's signer, unless it is there already, and prints its Python.
#
#     SWR_TEST_PYTHON=$(tests/standin/venv.sh target/venv) cargo test
set -eu

folder=${1:?usage: venv.sh FOLDER}
here=$(cd "$(dirname "$0")" && pwd)
if ! cmp -s "$here/requirements.txt" "$folder/requirements.txt"; then
    rm -rf "$folder"
    "${PYTHON:-python3}" -m venv "$folder" >&2
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
        --no-deps --require-hashes -r "$here/requirements.txt" >&2
    # Last, so that an environment that was left half made is made again.
    cp "$here/requirements.txt" "$folder/requirements.txt"
fi
echo "$(cd "$folder" && pwd)/bin/python"
