"""The checker of Asana's contract: a request and its answer are held against the published specification.

How another test uses it:

    with AsanaStandIn(config, recording=True) as asana:
        ...                                   # let the client under test work
        contract().check_all(asana.exchanges())   # AssertionError names each deviation
        print(contract().report())

`contract()` loads the specification once per test process; `needs_specs` is the pytest mark that skips aloud where it
is absent.
"""

import functools
from dataclasses import replace
from typing import Any

from tests.contract import openapi
from tests.contract.openapi import Contract, Dialect, Said, Spoken

__all__ = ["Said", "contract", "needs_specs", "probes"]

FILE = "asana.strict.json"
# Only what a ticketing client could call is kept: openapi-core looks through all paths at each call.
ROOMS = ("tasks", "sections", "projects", "portfolios", "users", "webhooks", "workspaces")


def _sound(decoded: Any, status: int) -> bool:
    """Asana's refusals are a list of errors with messages, and with a phrase where it is Asana's own fault."""
    errors = decoded.get("errors")
    sound = isinstance(errors, list) and errors and all(isinstance(each.get("message"), str) for each in errors)
    return bool(sound) and all(("phrase" in each) == (status >= 500) for each in errors)


DIALECT = Dialect(name="Asana", host="https://app.asana.com", prefix="/api/1.0", sound=_sound)
needs_specs = openapi.needed("Asana", FILE)


@functools.cache
def contract() -> Contract:
    """The checker, loaded once per process."""
    document = openapi.load(FILE)
    document["paths"] = {
        path: item for path, item in document["paths"].items() if path.strip("/").partition("/")[0] in ROOMS
    }
    return Contract(mended(document), DIALECT)


def mended(document: dict[str, Any]) -> dict[str, Any]:
    """Return the specification with its known defects mended; all else is checked as published."""
    components = document["components"]
    operations = [each for item in document["paths"].values() for each in item.values() if isinstance(each, dict)]
    for parameters in (components["parameters"].values(), *(each.get("parameters", []) for each in operations)):
        for each in parameters:
            # Deprecated by OpenAPI itself; the one parameter that has it (`opt_pretty`) is never sent.
            each.pop("allowEmptyValue", None)
    # Described as "create-only" and declared read-only: a create names project and section by their gids, and only an
    # answer has them as objects.
    memberships = components["schemas"]["TaskBase"]["allOf"][1]["properties"]["memberships"]
    del memberships["readOnly"]
    named = memberships["items"]["properties"]
    for name in ("project", "section"):
        named[name] = {"anyOf": [named[name], {"type": "string"}]}
    # A portfolio holds portfolios too, and only `resource_type` tells them from projects; the list of `opt_fields`
    # leaves it out although the call has taken it for years.
    for each in document["paths"]["/portfolios/{portfolio_gid}/items"]["get"]["parameters"]:
        if each.get("name") == "opt_fields":
            each["schema"]["items"]["enum"].append("resource_type")
    components["schemas"] = _with_nulls(components["schemas"])
    return document


def _with_nulls(node: Any) -> Any:
    """What is `nullable` in one part of an `allOf` only (assignee, an enum's value) can be no null by the others."""
    match node:
        case {"allOf": [*parts]} if any(isinstance(each, dict) and each.get("nullable") for each in parts):
            whole = {name: _with_nulls(value) for name, value in node.items()}
            return {"anyOf": [whole, {"type": "string", "nullable": True, "enum": [None]}]}
        case dict():
            return {name: _with_nulls(value) for name, value in node.items()}
        case list():
            return [_with_nulls(value) for value in node]
        case _:
            return node


def probes(spoken: Spoken) -> list[Said]:
    """Wrong exchanges made out of a right one."""
    said = Said.of(spoken)
    wrong = [replace(said, status=299), replace(said, query="opt_fields=nonsense")]
    if said.body:
        wrong.append(replace(said, body=b'{"no data": {}}'))
    if said.answer_body:
        wrong.append(replace(said, answer_body=b'"not what was promised"'))
    return wrong
