"""The checker of Asana's contract: a request and its answer are held against the published specification.

How another test uses it:

    with AsanaStandIn(config, recording=True) as asana:
        ...                                   # let the client under test work
        contract().check_all(asana.exchanges())   # AssertionError names each deviation
        print(contract().report())

`contract()` loads the specification once per test process and raises `SpecsMissing` where the file is absent;
`needs_specs` is the pytest mark that skips aloud in that case. The file is sought in the folder that `VEDETTE_SPECS`
names, else in `../shared/specs` beside the project.
"""

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

ROOT = Path(__file__).parents[2]
FILE = "asana.strict.json"
HOST = "https://app.asana.com"
# Only what a ticketing client could call is kept: openapi-core looks through all paths at each call.
ROOMS = ("tasks", "sections", "projects", "portfolios", "users", "workspaces")
JSON_TYPE = "application/json"


class SpecsMissing(Exception):
    """The specification is not on this machine."""


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
    """An exchange of one's own making, for probes."""

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

    def __init__(self, spoken: Spoken) -> None:
        self.host_url = HOST
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
    """The specification, and a count of what was held against it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.checked: Counter[str] = Counter()
        self._openapi = OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))
        self._templates = document["paths"]

    def problems(self, spoken: Spoken) -> list[str]:
        """Say every deviation of an exchange; a refused request is not held to the specification, its answer is."""
        if spoken.status >= 400:
            return _refusal_problems(spoken)
        request, response = _Request(spoken), _Response(spoken)
        found = [f"request: {_said(each)}" for each in self._openapi.iter_request_errors(request)]
        found += [f"answer: {_said(each)}" for each in self._openapi.iter_response_errors(request, response)]
        return [f"{spoken.method} {spoken.path} -> {spoken.status}: {each}" for each in found]

    def request_problems(self, spoken: Spoken) -> list[str]:
        """Say the deviations of the request alone, whatever came back."""
        request = _Request(spoken)
        return [f"{spoken.method} {spoken.path}: {_said(each)}" for each in self._openapi.iter_request_errors(request)]

    def check_all(self, spoken: Iterable[Spoken]) -> None:
        """Hold exchanges against the specification; raises `AssertionError` with every deviation."""
        found = []
        for each in spoken:
            self.checked[self.operation(each)] += 1
            found += self.problems(each)
        assert found == []

    def operation(self, spoken: Spoken) -> str:
        """The operation that an exchange called, as method and path template."""
        parts = spoken.path.removeprefix("/api/1.0").split("/")
        fitting = [template for template in self._templates if _fits(template.split("/"), parts)]
        template = min(fitting, key=lambda each: each.count("{"), default=spoken.path)
        return f"{spoken.method.upper()} {template}"

    def report(self) -> str:
        """How many exchanges of how many operations were checked."""
        total = sum(self.checked.values())
        return f"Asana: {total} exchanges of {len(self.checked)} operations held against the specification"


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
    """Asana's refusals are a list of errors with messages; pages of proxies and of maintenance are not Asana's."""
    if _type(spoken.answer_headers) != JSON_TYPE:
        return []
    errors = json.loads(spoken.answer_body).get("errors")
    sound = isinstance(errors, list) and errors and all(isinstance(each.get("message"), str) for each in errors)
    phrased = sound and all(("phrase" in each) == (spoken.status >= 500) for each in errors)
    return [] if phrased else [f"{spoken.method} {spoken.path} -> {spoken.status}: not the shape of a refusal"]


def specs() -> Path | None:
    """The folder of the specification, if there is one."""
    named = os.environ.get("VEDETTE_SPECS")
    folder = Path(named) if named else ROOT.parent / "shared" / "specs"
    return folder if (folder / FILE).is_file() else None


needs_specs = pytest.mark.skipif(
    specs() is None,
    reason="NO CONTRACT WAS CHECKED: Asana's specification is not on this machine; set VEDETTE_SPECS to its folder",
)


@functools.cache
def contract() -> Contract:
    """The checker, loaded once per process."""
    folder = specs()
    if folder is None:
        raise SpecsMissing(f"set VEDETTE_SPECS to the folder that holds {FILE}")
    document = json.loads((folder / FILE).read_bytes())
    document["paths"] = {
        path: item for path, item in document["paths"].items() if path.strip("/").partition("/")[0] in ROOMS
    }
    return Contract(mended(document))


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
    """Make wrong exchanges out of a right one: a checker that finds nothing wrong with any of them checks nothing."""
    said = Said.of(spoken)
    wrong = [replace(said, status=299), replace(said, query="opt_fields=nonsense")]
    if said.body:
        wrong.append(replace(said, body=b'{"no data": {}}'))
    if said.answer_body:
        wrong.append(replace(said, answer_body=b'"not what was promised"'))
    return wrong
