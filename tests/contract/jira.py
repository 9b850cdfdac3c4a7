"""The checker of Jira's contract: a request and its answer are held against the published specification of their face.

How another test uses it:

    with JiraStandIn(config, recording=True) as jira:
        ...                                       # let the client under test work
        contract(Face.CLOUD).check_all(jira.exchanges())   # AssertionError names each deviation
        print(contract(Face.CLOUD).report())

`contract(face)` loads a specification once per test process (about a second); `needs_specs` is the pytest mark that
skips aloud where they are absent.
"""

import copy
import functools
from pathlib import Path
from typing import Any

from tests.contract import openapi
from tests.contract.openapi import JSON_TYPE, Contract, Dialect, Said, probes
from vedette.sandbox.jira import Face

__all__ = ["DIALECTS", "FILES", "Contract", "Said", "contract", "needs_specs", "probes", "specs"]

FILES = {Face.CLOUD: "jira_cloud.strict.json", Face.DATACENTER: "jira_dc.strict.json"}
# Only what a ticketing client could call is kept: openapi-core looks through all paths at each call.
ROOMS = ("issue", "search", "project", "priority", "field", "user", "myself", "serverInfo", "mypermissions")


def _sound(decoded: Any, _status: int) -> bool:
    """Jira's refusals are `errorMessages` and `errors`."""
    messages, errors = decoded.get("errorMessages"), decoded.get("errors")
    sound = isinstance(messages, list) and isinstance(errors, dict)
    return sound and all(isinstance(each, str) for each in (*messages, *errors.values()))


# Data Center's paths begin after `/rest`, which stands in its server's address.
DIALECTS = {
    Face.CLOUD: Dialect(name=Face.CLOUD.value, host="https://your-domain.atlassian.net", sound=_sound),
    Face.DATACENTER: Dialect(name=Face.DATACENTER.value, host="http://localhost:8090", prefix="/rest", sound=_sound),
}
needs_specs = openapi.needed("Jira", *FILES.values())


def specs() -> Path | None:
    """The folder of the specification files, if there is one."""
    return openapi.folder(*FILES.values())


@functools.cache
def contract(face: Face) -> Contract:
    """The checker of one face, loaded once per process."""
    document = openapi.load(FILES[face])
    prefix = "/rest/api/3/" if face is Face.CLOUD else "/api/2/"
    document["paths"] = {
        path: item
        for path, item in document["paths"].items()
        if path.startswith(prefix) and path.removeprefix(prefix).partition("/")[0] in ROOMS
    }
    return Contract(mended(document) if face is Face.DATACENTER else with_instants(document), DIALECTS[face])


INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$"


def with_instants(node: Any) -> Any:
    """Return a specification whose moments are as Jira writes them.

    Cloud's document calls them `date-time` (which wants a colon in the offset) while its own examples, like the
    product, have `+0000`; so they are held to that form instead.
    """
    match node:
        case {"format": "date-time", "type": "string"}:
            return {**{name: value for name, value in node.items() if name != "format"}, "pattern": INSTANT}
        case dict():
            return {name: with_instants(value) for name, value in node.items()}
        case list():
            return [with_instants(value) for value in node]
        case _:
            return node


# Data Center's published specification is generated and known to be wrong in these places; each is mended here and
# nowhere else, so that everything not named below is checked as published.
LISTS = (  # the schema declares one item where the product answers a list
    "/api/2/priority",
    "/api/2/field",
    "/api/2/project",
    "/api/2/project/{projectIdOrKey}/components",
    "/api/2/project/{projectIdOrKey}/statuses",
    "/api/2/user/assignable/search",
    "/api/2/issue/{issueIdOrKey}/remotelink",
)
PAGES = (  # declared as one item where the product answers a page of `values`
    "/api/2/issue/createmeta/{projectIdOrKey}/issuetypes",
    "/api/2/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}",
)


def mended(document: dict[str, Any]) -> dict[str, Any]:
    """Return Data Center's specification with its known defects mended."""
    document = copy.deepcopy(document)
    paths, schemas = document["paths"], document["components"]["schemas"]
    for path in LISTS:
        content = paths[path]["get"]["responses"]["200"]["content"][JSON_TYPE]
        item = content["schema"]
        either = [{"type": "array", "items": item}]
        content["schema"] = {"anyOf": [*either, item]} if path.endswith("remotelink") else either[0]
    for path in PAGES:
        content = paths[path]["get"]["responses"]["200"]["content"][JSON_TYPE]
        content["schema"] = _page_of(content["schema"])
    # A property's value is any JSON, not a string (the same document says so for Cloud).
    schemas["EntityPropertyBean"]["properties"]["value"] = {}
    one = "/api/2/issue/{issueIdOrKey}/properties/{propertyKey}"
    paths[one]["put"]["requestBody"]["content"][JSON_TYPE]["schema"] = {}
    # `FieldOperation` describes Java's object; on the wire it is one verb with its value.
    schemas["FieldOperation"] = {"type": "object", "minProperties": 1, "maxProperties": 1}
    # `fields` of a search is one text with commas, not a Java list.
    for parameter in paths["/api/2/search"]["get"]["parameters"]:
        if parameter["name"] == "fields":
            parameter["schema"] = {"type": "string"}
    # A first remote link answers 201, an updated one 200.
    responses = paths["/api/2/issue/{issueIdOrKey}/remotelink"]["post"]["responses"]
    responses["201"] = responses["200"]
    return document


def _page_of(item: dict[str, Any]) -> dict[str, Any]:
    whole = {"type": "integer"}
    return {
        "type": "object",
        "required": ["maxResults", "startAt", "total", "isLast", "values"],
        "properties": {
            "maxResults": whole,
            "startAt": whole,
            "total": whole,
            "isLast": {"type": "boolean"},
            "values": {"type": "array", "items": item},
        },
        "additionalProperties": False,
    }
