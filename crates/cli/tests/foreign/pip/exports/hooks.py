"""What Schemathesis does around each request: a fresh fake, the user of the operation, and what goes before it.

What the fake's own timeline has of the request goes into a file, a line of JSON each.
"""

import json
import os

import requests
import schemathesis
from schemathesis.core import NotSet

URL = os.environ["GWS_URL"]
SEEN = os.environ["GWS_SEEN"]
SECONDS = 10
OPERATIONS = {}
BODIES = {}
# How many entries of the timeline are not the case's own, by its id.
BEFORE = {}

with open(os.environ["GWS_OPENAPI"], encoding="utf-8") as file:
    DOCUMENT = json.load(file)
for item in DOCUMENT["paths"].values():
    post = item.get("post", {})
    OPERATIONS.update(post.get("x-operations", {}))
    examples = post.get("requestBody", {}).get("content", {}).get("application/json", {})
    BODIES.update(examples.get("examples", {}))


def timeline():
    return requests.get(f"{URL}/__fake/timeline", timeout=SECONDS).json()


@schemathesis.hook
def filter_case(context, case):
    """CometD answers nothing with HTTP 200 and nothing; OpenAPI has no words for a body that may be absent."""
    is_nothing = case.body is None or isinstance(case.body, NotSet)
    return not (case.path == "/api/v2/notifications" and is_nothing)


@schemathesis.hook
def before_call(context, case, kwargs):
    requests.post(f"{URL}/__fake/reset", timeout=SECONDS).raise_for_status()
    name = case.body.get("operationName") if isinstance(case.body, dict) else None
    operation = OPERATIONS.get(name) if isinstance(name, str) else None
    for step in operation["before"] if operation else []:
        sent = requests.post(
            URL + step["path"],
            json=BODIES[step["operationName"]]["value"],
            auth=(step["user"], "password"),
            timeout=SECONDS,
        )
        sent.raise_for_status()
    user = operation["user"] if operation else "a1"
    # What the case itself says of its sender stays.
    headers = case.headers if case.headers is not None else {}
    headers.setdefault("Authorization", requests.auth._basic_auth_str(user, "password"))
    case.headers = headers
    BEFORE[case.id] = len(timeline())


@schemathesis.hook
def after_call(context, case, response):
    with open(SEEN, "a", encoding="utf-8") as file:
        for entry in timeline()[BEFORE.pop(case.id) :]:
            file.write(json.dumps({"path": case.operation.path, "entry": entry}) + "\n")


@schemathesis.check
def server_errors_are_documented(ctx, response, case):
    """Every method counts, also one that the document does not have; for OPTIONS its introduction says 501."""
    described = case.operation.definition.raw["responses"]
    of_options = response.request.method == "OPTIONS" and response.status_code == 501
    if response.status_code >= 500 and str(response.status_code) not in described and not of_options:
        raise AssertionError(f"{response.request.method}: HTTP {response.status_code} is not documented")
