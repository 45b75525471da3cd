"""Prints what in these files is not as GitHub and GitLab read them, by the schemas that come with check-jsonschema.

    schemas.py SCHEMA FILE [SCHEMA FILE]...
"""

import importlib.util
import json
import pathlib
import sys

import fastjsonschema
from ruamel.yaml import YAML

# The package itself would want others to be imported.
PACKAGE = pathlib.Path(importlib.util.find_spec("check_jsonschema").origin).parent
SCHEMAS = PACKAGE / "builtin_schemas/vendor"


def mistakes(schema, file):
    validate = fastjsonschema.compile(json.loads((SCHEMAS / f"{schema}.json").read_text()))
    for document in YAML(typ="safe").load_all(pathlib.Path(file)):
        try:
            validate(document)
        except fastjsonschema.JsonSchemaException as error:
            yield f"{file}: {error}"


found = [mistake for schema, file in zip(sys.argv[1::2], sys.argv[2::2]) for mistake in mistakes(schema, file)]
print("\n".join(found))
sys.exit(bool(found))
