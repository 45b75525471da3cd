#!/bin/sh
# usage: tests/venv.sh FOLDER [REQUIREMENTS]
#
# Makes a Python in FOLDER that has what the tests need (or what REQUIREMENTS lists), unless it is there, and prints where
# it is.
set -eu

requirements=${2:-$(dirname "$0")/requirements.txt}
python=$1/bin/python
if ! cmp -s "$requirements" "$1/requirements.txt"; then
    /usr/bin/python3 -c 'import ensurepip, venv' 2>/dev/null || "$(dirname "$0")/packages.sh" '=python3-venv' >&2
    rm -rf "$1"
    /usr/bin/python3 -m venv "$1"
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
        -r "$requirements" >&2
    cp "$requirements" "$1/"
fi
echo "$python"
