"""The checker of Jira's contract: a request and its answer are held against the published specification of their face.

How another test uses it:

    with JiraStandIn(config, recording=True) as jira:
        ...                                       # let the client under test work
        contract(Face.CLOUD).check_all(jira.exchanges())   # AssertionError names each deviation
        print(contract(Face.CLOUD).report())

`contract(face)` loads a specification once per test process (about a second) and raises `SpecsMissing` where the files
are absent; `needs_specs` is the pytest mark that skips aloud in that case. The files are sought in the folder that
`VEDETTE_SPECS` names, else in `../shared/specs` beside the project; their licences forbid shipping them.
"""

import copy
import functools
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from vedette.sandbox.jira import Face

ROOT = Path(__file__).parents[2]
FILES = {Face.CLOUD: "jira_cloud.strict.json", Face.DATACENTER: "jira_dc.strict.json"}
HOSTS = {Face.CLOUD: "https://your-domain.atlassian.net", Face.DATACENTER: "http://localhost:8090"}
# Only what a ticketing client could call is kept: openapi-core looks through all paths at each call.
ROOMS = ("issue", "search", "project", "priority", "field", "user", "myself", "serverInfo", "mypermissions")
JSON_TYPE = "application/json"


class SpecsMissing(Exception):
    """The specification files are not on this machine."""


class Spoken(Protocol):
    """What the checker reads of an exchange; the stand-in's `Exchange` has it."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def status(self) -> int: ...
    @property
    def answer_headers(self) -> Mapping[str, str]: ...
    @property
    def answer_body(self) -> bytes: ...


@dataclass(frozen=True, kw_only=True)
class Said:
    """An exchange of one's own making, for probes and for clients that are not recorded by the stand-in."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int = 200
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    answer_body: bytes = b""

    @classmethod
    def of(cls, spoken: Spoken) -> "Said":
        return cls(**{name: getattr(spoken, name) for name in cls.__dataclass_fields__})


class _Request:
    """openapi-core's view of a request."""

    def __init__(self, spoken: Spoken, host: str) -> None:
        self.host_url = host
        self.path = spoken.path
        self.method = spoken.method.lower()
        self.body = spoken.body or None
        self.content_type = _type(spoken.headers)
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(parse_qsl(spoken.query, keep_blank_values=True)),
            header=Headers(dict(spoken.headers)),
        )


class _Response:
    """openapi-core's view of an answer."""

    def __init__(self, spoken: Spoken) -> None:
        self.status_code = spoken.status
        self.data = spoken.answer_body
        self.content_type = _type(spoken.answer_headers)
        self.headers = Headers(dict(spoken.answer_headers))


def _type(headers: Mapping[str, str]) -> str:
    named = {name.lower(): value for name, value in headers.items()}
    return named.get("content-type", JSON_TYPE).partition(";")[0].strip().lower()


class Contract:
    """One face's specification, and a count of what was held against it."""

    def __init__(self, face: Face, document: dict[str, Any]) -> None:
        self.face = face
        self.checked: Counter[str] = Counter()
        self._openapi = OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))
        self._templates = document["paths"]

    def problems(self, spoken: Spoken) -> list[str]:
        """Say every deviation of an exchange from the specification; nothing when it agrees.

        A request that Jira refused (4xx, 5xx) is not held to the specification, being meant to be wrong as often as
        not; its answer is held to Jira's one shape of refusals.
        """
        if spoken.status >= 400:
            return _refusal_problems(spoken)
        request, response = _Request(spoken, HOSTS[self.face]), _Response(spoken)
        found = [f"request: {_said(each)}" for each in self._openapi.iter_request_errors(request)]
        if not (spoken.status == 204 and not spoken.answer_body):
            found += [f"answer: {_said(each)}" for each in self._openapi.iter_response_errors(request, response)]
        else:
            found += self._bare(spoken)
        return [f"{spoken.method} {spoken.path} -> {spoken.status}: {each}" for each in found]

    def request_problems(self, spoken: Spoken) -> list[str]:
        """Say the deviations of the request alone, whatever came back."""
        request = _Request(spoken, HOSTS[self.face])
        return [f"{spoken.method} {spoken.path}: {_said(each)}" for each in self._openapi.iter_request_errors(request)]

    def check_all(self, spoken: Iterable[Spoken]) -> None:
        """Hold exchanges against the specification; raises `AssertionError` with every deviation."""
        found = []
        for each in spoken:
            self.checked[self.operation(each)] += 1
            found += self.problems(each)
        assert not found, "\n".join(found)

    def operation(self, spoken: Spoken) -> str:
        """Name an exchange's operation by its method and path template."""
        parts = _local(spoken.path, self.face).split("/")
        fitting = [template for template in self._templates if _fits(template.split("/"), parts)]
        template = min(fitting, key=lambda each: each.count("{"), default=spoken.path)
        return f"{spoken.method.upper()} {template}"

    def report(self) -> str:
        """How many exchanges of how many operations were checked."""
        total = sum(self.checked.values())
        return f"{self.face.value}: {total} exchanges of {len(self.checked)} operations held against the specification"

    def _bare(self, spoken: Spoken) -> list[str]:
        # A 204 has no body, whatever content the specification lists for it; only that it is listed is checked.
        template = self.operation(spoken).partition(" ")[2]
        listed = self._templates.get(template, {}).get(spoken.method.lower(), {}).get("responses", {})
        return [] if str(spoken.status) in listed else [f"answer: {spoken.status} is not listed"]


def _local(path: str, face: Face) -> str:
    """Data Center's paths begin after `/rest`, which stands in its server's address."""
    return path.removeprefix("/rest") if face is Face.DATACENTER else path


def _fits(template: list[str], parts: list[str]) -> bool:
    return len(template) == len(parts) and all(
        wanted == part or wanted.startswith("{") for wanted, part in zip(template, parts, strict=True)
    )


def _said(error: Exception) -> str:
    """openapi-core hides the telling part in the cause."""
    cause = error.__cause__
    details = [str(each)[:300] for each in getattr(cause, "schema_errors", ())]
    return "; ".join([f"{type(error).__name__} {error}".strip(), *([str(cause)[:300]] if cause else []), *details])


def _refusal_problems(spoken: Spoken) -> list[str]:
    """Jira's refusals are `errorMessages` and `errors`; pages of proxies and of maintenance are not Jira's."""
    if _type(spoken.answer_headers) != JSON_TYPE:
        return []
    decoded = json.loads(spoken.answer_body)
    messages, errors = decoded.get("errorMessages"), decoded.get("errors")
    sound = isinstance(messages, list) and isinstance(errors, dict)
    words = sound and all(isinstance(each, str) for each in (*messages, *errors.values()))
    return [] if words else [f"{spoken.method} {spoken.path} -> {spoken.status}: not the shape of a refusal"]


def specs() -> Path | None:
    """The folder of the specification files, if there is one."""
    named = os.environ.get("VEDETTE_SPECS")
    folder = Path(named) if named else ROOT.parent / "shared" / "specs"
    return folder if all((folder / name).is_file() for name in FILES.values()) else None


needs_specs = pytest.mark.skipif(
    specs() is None,
    reason="NO CONTRACT WAS CHECKED: Jira's specifications are not on this machine; set VEDETTE_SPECS to their folder",
)


@functools.cache
def contract(face: Face) -> Contract:
    """The checker of one face, loaded once per process."""
    folder = specs()
    if folder is None:
        raise SpecsMissing("set VEDETTE_SPECS to the folder that holds " + " and ".join(FILES.values()))
    document = json.loads((folder / FILES[face]).read_bytes())
    prefix = "/rest/api/3/" if face is Face.CLOUD else "/api/2/"
    document["paths"] = {
        path: item
        for path, item in document["paths"].items()
        if path.startswith(prefix) and path.removeprefix(prefix).partition("/")[0] in ROOMS
    }
    return Contract(face, mended(document) if face is Face.DATACENTER else with_instants(document))


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


def probes(spoken: Spoken) -> list[Said]:
    """Make wrong exchanges out of a right one: a wrong body, a wrong answer, a status that does not exist.

    A checker that finds nothing wrong with any of them checks nothing.
    """
    said = Said.of(spoken)
    wrong = [replace(said, status=299)]
    if said.body:
        wrong.append(replace(said, body=b'["not", "an", "object"]'))
    if said.answer_body:
        wrong.append(replace(said, answer_body=b'"not what was promised"'))
    return wrong
