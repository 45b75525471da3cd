"""Checks the JSON documents on stdin, one a line, against the schema of the kubelet's types.

    check.py SCHEMA
"""

import json
import sys

import fastjsonschema


def unique(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError(f"a field occurs twice: {names}")
    return dict(pairs)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        validate = fastjsonschema.compile(json.load(file))
    for line in sys.stdin:
        validate(json.loads(line, object_pairs_hook=unique))


main()
