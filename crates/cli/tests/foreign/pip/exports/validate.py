"""Reads an OpenAPI document with the validator of PyPI, and prints each thing that is wrong with it."""

import json
import sys

from openapi_spec_validator import OpenAPIV31SpecValidator

with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)
errors = list(OpenAPIV31SpecValidator(document).iter_errors())
for error in errors:
    print("/".join(str(it) for it in error.absolute_path), error.message)
sys.exit(1 if errors else 0)
