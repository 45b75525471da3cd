"""Reads the manifests of a release as Scoop and winget do, and prints what these would refuse.

    manifests.py FOLDER

What each asks for is written down here from their schemas (Scoop's of 2024, winget's 1.9.0), as far as our manifests go:
a key that is not named here is a mistake, too.
"""

import json
import pathlib
import sys

import fastjsonschema
from ruamel.yaml import YAML

TEXT = {"type": "string", "minLength": 1}
ADDRESS = {"type": "string", "pattern": r"^https?://\S+$"}
SUM = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
VERSION = {"type": "string", "pattern": r"^[0-9A-Za-z.+-]+$"}


def thing(keys, optional=()):
    return {
        "type": "object",
        "properties": keys,
        "required": [key for key in keys if key not in optional],
        "additionalProperties": False,
    }


def winget(kind, **keys):
    parts = r"[^.\s\\/:*?\"<>|]{1,32}"
    identifier = {"type": "string", "pattern": rf"^{parts}(\.{parts}){{1,7}}$"}
    return thing({
        "PackageIdentifier": identifier,
        "PackageVersion": VERSION,
        "ManifestType": {"const": kind},
        "ManifestVersion": {"const": "1.9.0"},
        **keys,
    })


INSTALLER = thing({"Architecture": {"enum": ["x64", "arm64"]}, "InstallerUrl": ADDRESS, "InstallerSha256": SUM})
SCHEMAS = {
    "*.json": thing({
        "version": VERSION,
        "description": TEXT,
        "homepage": ADDRESS,
        "license": TEXT,
        "architecture": thing({"64bit": thing({"url": ADDRESS, "hash": SUM})}),
        "bin": TEXT,
        "notes": TEXT,
    }, optional=("notes",)),
    "*.installer.yaml": winget(
        "installer",
        InstallerType={"const": "portable"},
        Commands={"type": "array", "items": {"type": "string", "maxLength": 40}},
        Installers={"type": "array", "minItems": 1, "items": INSTALLER},
    ),
    "*.locale.en-US.yaml": winget(
        "defaultLocale",
        PackageLocale={"const": "en-US"},
        Publisher=TEXT,
        PackageName=TEXT,
        PackageUrl=ADDRESS,
        License=TEXT,
        ShortDescription={"type": "string", "minLength": 3, "maxLength": 256},
        Tags={"type": "array", "items": {"type": "string", "maxLength": 40}},
    ),
    "*swr.yaml": winget("version", DefaultLocale={"const": "en-US"}),
}

found = []
for pattern, schema in SCHEMAS.items():
    files = [file for file in pathlib.Path(sys.argv[1]).glob(pattern) if not file.name.endswith(".cdx.json")]
    if len(files) != 1:
        found.append(f"{pattern}: {files}")
        continue
    read = json.loads if pattern == "*.json" else YAML(typ="safe").load
    try:
        fastjsonschema.compile(schema)(read(files[0].read_text()))
    except fastjsonschema.JsonSchemaException as error:
        found.append(f"{files[0].name}: {error}")
print("\n".join(found))
sys.exit(bool(found))
