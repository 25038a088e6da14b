"""Validates an SBOM against CycloneDX's own schema: validate-sbom.py FILE. What is wrong is on standard error, one line each, and the exit code is 1."""
import json
import os
import sys

from jsonschema import FormatChecker, RefResolver
from jsonschema.validators import validator_for

SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "cyclonedx")
REFERENCED = ("spdx.schema.json", "jsf-0.82.schema.json")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main(path):
    sbom = load(path)
    name = f"bom-{sbom.get('specVersion')}.schema.json"
    if name not in os.listdir(SCHEMAS):
        sys.exit(f"validate-sbom.py: {path} has the specVersion {sbom.get('specVersion')!r}: expected one whose schema is in tests/cyclonedx")
    schema = load(os.path.join(SCHEMAS, name))
    base = schema["$id"].rsplit("/", 1)[0]
    validator = validator_for(schema)
    validator.check_schema(schema)
    resolver = RefResolver.from_schema(schema, store={f"{base}/{other}": load(os.path.join(SCHEMAS, other)) for other in REFERENCED})
    errors = [f"{path}: {error.json_path}: {error.message[:300]}" for error in validator(schema, resolver=resolver, format_checker=FormatChecker()).iter_errors(sbom)]
    if errors:
        sys.exit("\n".join(errors))


if len(sys.argv) != 2:
    sys.exit(__doc__)
main(sys.argv[1])
