"""Asks Python's configparser what it makes of INI files, as Huawei's SDK does.

    ini.py SEED COUNT    prints random texts with what is read of them, one JSON object a line
"""

import configparser
import json
import random
import sys

# What such a file is made of, and what parsers disagree about.
PIECES = (
    ["[basic]", "[DEFAULT]", "[other]", "[basic] x", "[]", "[a]b]", "[basic", "\n", "\n", "\n", "\r\n", "\r", " ", "\t", "  "]
    + ["ak", "AK", "sk", "a b", "=", "=", ":", " = ", "value", "x;y", "#", ";", "; no", "# no", "%", "%%", "%(ak)s", "%(SK)s"]
    + ["%(ak)", "\\", '"', "'", "\u00a0", "\u2003", "\x1c", "\x0b", "é", "Ä", "ak = 1\n", "sk = 2\n", "[basic]\n", " more\n"]
)


def main():
    seed, count = sys.argv[1:]
    source = random.Random(int(seed))
    for _ in range(int(count)):
        start = source.choice(("", "[basic]\n", "[DEFAULT]\nak=0\n[basic]\n", "[basic]\nak = 1\nsk = 2\n"))
        text = start + "".join(source.choice(PIECES) for _ in range(source.randint(0, 14)))
        print(json.dumps({"text": text, "expected": read(text)}))


def read(text):
    """Returns the values of `[basic]`, None where it is not there, or False where the SDK would fail."""
    parser = configparser.ConfigParser()
    try:
        # A file that is opened as text has its line ends made one.
        parser.read_string(text.replace("\r\n", "\n").replace("\r", "\n"))
        return dict(parser.items("basic")) if parser.has_section("basic") else None
    except (configparser.Error, ValueError, AttributeError):
        return False


main()
