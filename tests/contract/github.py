"""The checker of GitHub's contract: a request and its answer are held against the published specification.

How another test uses it:

    with GitHubStandIn(config, recording=True) as github:
        ...                                       # let the client under test work
        contract().check_all(github.exchanges())  # AssertionError names each deviation
        print(contract().report())

The specification at hand is a slice. `UNCHECKED` are the operations of ours that it lacks; tests fail where that list
is not true any more, either way.
"""

import functools
import json
from dataclasses import replace
from typing import Any

from tests.contract import openapi
from tests.contract.openapi import Contract, Dialect, Said, Spoken

__all__ = ["UNCHECKED", "Said", "contract", "needs_specs", "operation", "probes"]

FILE = "github-slice.json"
# Only what a ticketing client could call is kept: openapi-core looks through all paths at each call.
ROOMS = ("/app", "/repos/{owner}/{repo}/issues", "/search", "/users/{username}")
UNCHECKED = frozenset(
    {
        "GET /user",
        "GET /user/repos",
        "GET /issues",
        "GET /installation/repositories",
        "GET /rate_limit",
        "GET /repos/{}/{}",
        "GET /repos/{}/{}/labels",
        "GET /repos/{}/{}/labels/{}",
        "GET /repos/{}/{}/milestones",
        "GET /repos/{}/{}/assignees/{}",
        # Where redirects of transferred issues lead; no page of GitHub's documents it.
        "GET /repositories/{}/issues/{}",
    }
)


def _sound(decoded: Any, _status: int) -> bool:
    """GitHub's refusals are a message, where to read on, and, of wrong fields, objects with a code."""
    errors = decoded.get("errors", [])
    told = isinstance(decoded.get("message"), str) and isinstance(decoded.get("documentation_url"), str)
    return told and isinstance(errors, list) and all(isinstance(each.get("code"), str) for each in errors)


DIALECT = Dialect(name="GitHub", host="https://api.github.com", sound=_sound, partial=True)
needs_specs = openapi.needed("GitHub", FILE)


@functools.cache
def contract() -> Contract:
    """The checker, loaded once per process."""
    document = openapi.load(FILE)
    document["paths"] = {path: item for path, item in document["paths"].items() if path.startswith(ROOMS)}
    return Contract(_with_nulls(document), DIALECT)


def _with_nulls(node: Any) -> Any:
    """Words of which none may be given are `nullable` and yet list no null, which is GitHub's answer all the same."""
    match node:
        case {"enum": [*words], "nullable": True}:
            return {**node, "enum": [*words, None]}
        case dict():
            return {name: _with_nulls(value) for name, value in node.items()}
        case list():
            return [_with_nulls(value) for value in node]
        case _:
            return node


def operation(spoken: Spoken) -> str:
    """An exchange's operation with its parameters unnamed, whether the specification has it or not."""
    if contract().knows(spoken):
        return openapi.unnamed(contract().operation(spoken))
    parts = spoken.path.split("/")
    names = {"repos": (2, 3, 5), "repositories": (2, 4)}.get(parts[1], ())
    return f"{spoken.method} " + "/".join("{}" if place in names else part for place, part in enumerate(parts))


def probes(spoken: Spoken) -> list[Said]:
    """Wrong exchanges made out of a right one."""
    said = Said.of(spoken)
    answered = json.loads(said.answer_body)
    wrong = [replace(said, status=299), replace(said, answer_body=b'"not what was promised"')]
    if said.body:
        wrong.append(replace(said, body=b'["not", "an", "object"]'))
    if isinstance(answered, dict):
        # Each answer that is an object has some key that it cannot be without, but for those in `FREE`.
        wrong.append(replace(said, answer_body=b"{}"))
    return wrong
