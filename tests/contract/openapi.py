"""The checker of every contract that is written in OpenAPI: a request and its answer held against a specification.

How a vendor's file uses it: it says in a `Dialect` how the vendor writes and refuses, and loads its `Contract` once per
process; `needed` makes the mark that skips aloud where the files are absent. They are sought in the folder that
`VEDETTE_SPECS` names, else in `../shared/specs` beside the project; their licences may forbid shipping them.
"""

import ast
import inspect
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol
from urllib.parse import parse_qsl

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

ROOT = Path(__file__).parents[2]
JSON_TYPE = "application/json"


class SpecsMissing(Exception):
    """A specification is not on this machine."""


class Spoken(Protocol):
    """What the checker reads of an exchange; the stand-ins' `Exchange` has it."""

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
    """An exchange of one's own making, for probes and for clients that no stand-in recorded."""

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


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


def _itself(path: str) -> str:
    return path


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One vendor's ways: `sound` judges a refusal's JSON and status; `modern` and `pairs` read paths and queries.

    Paths of the specification begin after `prefix`. Where it is `partial`, exchanges of operations that it lacks are
    counted as outside instead of wrong.
    """

    name: str
    host: str
    sound: Callable[[Any, int], bool]
    prefix: str = ""
    partial: bool = False
    modern: Callable[[str], str] = _itself
    pairs: Callable[[str], list[tuple[str, str]]] = _pairs


class _Request:
    """openapi-core's view of a request."""

    def __init__(self, spoken: Spoken, dialect: Dialect) -> None:
        self.host_url = dialect.host
        self.path = dialect.modern(spoken.path)
        self.method = spoken.method.lower()
        self.body = spoken.body or None
        self.content_type = content_type(spoken.headers)
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(dialect.pairs(spoken.query)), header=Headers(dict(spoken.headers))
        )


class _Response:
    """openapi-core's view of an answer."""

    def __init__(self, spoken: Spoken) -> None:
        self.status_code = spoken.status
        self.data = spoken.answer_body
        self.content_type = content_type(spoken.answer_headers)
        self.headers = Headers(dict(spoken.answer_headers))


def content_type(headers: Mapping[str, str]) -> str:
    """The type that headers name, without its parameters."""
    named = {name.lower(): value for name, value in headers.items()}
    return named.get("content-type", JSON_TYPE).partition(";")[0].strip().lower()


class Contract:
    """A specification, and a count of what was held against it."""

    def __init__(self, document: dict[str, Any], dialect: Dialect) -> None:
        self.checked: Counter[str] = Counter()
        self.outside: Counter[str] = Counter()
        self._dialect = dialect
        self._openapi = OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))
        self._templates: dict[str, Any] = document["paths"]

    def knows(self, spoken: Spoken) -> bool:
        """Whether the specification has this method of this path."""
        return self._published(spoken) is not None

    def problems(self, spoken: Spoken) -> list[str]:
        """Say every deviation of an exchange from the specification; nothing when it agrees.

        A request that was refused (4xx, 5xx) is not held to the specification, being meant to be wrong as often as
        not; its answer is held to the vendor's shape of refusals.
        """
        if spoken.status >= 400:
            return self._refusal_problems(spoken)
        found = self._request_errors(spoken)
        if spoken.answer_body or spoken.status != 204:
            errors = self._openapi.iter_response_errors(_Request(spoken, self._dialect), _Response(spoken))
            found += [f"answer: {_said(each)}" for each in errors]
        else:
            found += self._bare(spoken)
        return [f"{spoken.method} {spoken.path} -> {spoken.status}: {each}" for each in found]

    def request_problems(self, spoken: Spoken) -> list[str]:
        """Say the deviations of the request alone, whatever came back."""
        return [f"{spoken.method} {spoken.path}: {each}" for each in self._request_errors(spoken)]

    def check_all(self, spoken: Iterable[Spoken]) -> None:
        """Hold exchanges against the specification; raises `AssertionError` with every deviation."""
        found: list[str] = []
        for each in spoken:
            outside = self._dialect.partial and not self.knows(each)
            (self.outside if outside else self.checked)[self.operation(each)] += 1
            found += [] if outside else self.problems(each)
        assert not found, "\n".join(found)

    def operation(self, spoken: Spoken) -> str:
        """The operation that an exchange called, as method and path template."""
        parts = self._dialect.modern(spoken.path).removeprefix(self._dialect.prefix).split("/")
        fitting = [template for template in self._templates if _fits(template.split("/"), parts)]
        template = min(fitting, key=lambda each: each.count("{"), default=spoken.path)
        return f"{spoken.method.upper()} {template}"

    def report(self) -> str:
        """How many exchanges of how many operations were checked."""
        total, outside = sum(self.checked.values()), sum(self.outside.values())
        told = (
            f"{self._dialect.name}: {total} exchanges of {len(self.checked)} operations held against the specification"
        )
        return told + (f", {outside} of {len(self.outside)} operations outside it" if outside else "")

    def _request_errors(self, spoken: Spoken) -> list[str]:
        errors = self._openapi.iter_request_errors(_Request(spoken, self._dialect))
        return [f"request: {_said(each)}" for each in errors]

    def _bare(self, spoken: Spoken) -> list[str]:
        # A 204 has no body, whatever content the specification lists for it; only that it is listed is checked.
        listed = (self._published(spoken) or {}).get("responses", {})
        return [] if str(spoken.status) in listed else [f"answer: {spoken.status} is not listed"]

    def _published(self, spoken: Spoken) -> dict[str, Any] | None:
        method, _, template = self.operation(spoken).partition(" ")
        found: dict[str, Any] | None = self._templates.get(template, {}).get(method.lower())
        return found

    def _refusal_problems(self, spoken: Spoken) -> list[str]:
        # Pages of proxies and of maintenance are not the vendor's.
        if content_type(spoken.answer_headers) != JSON_TYPE or not spoken.answer_body:
            return []
        if self._dialect.sound(json.loads(spoken.answer_body), spoken.status):
            return []
        return [f"{spoken.method} {spoken.path} -> {spoken.status}: not the shape of a refusal"]


def _fits(template: list[str], parts: list[str]) -> bool:
    return len(template) == len(parts) and all(
        wanted == part or wanted.startswith("{") for wanted, part in zip(template, parts, strict=True)
    )


def _said(error: Exception) -> str:
    """openapi-core hides the telling part in the cause."""
    cause = error.__cause__
    details = [str(each)[:300] for each in getattr(cause, "schema_errors", ())]
    return "; ".join([f"{type(error).__name__} {error}".strip(), *([str(cause)[:300]] if cause else []), *details])


def folder(*files: str) -> Path | None:
    """The folder that holds these files of specifications, if there is one."""
    named = os.environ.get("VEDETTE_SPECS")
    found = Path(named) if named else ROOT.parent / "shared" / "specs"
    return found if all((found / file).is_file() for file in files) else None


def needed(vendor: str, *files: str) -> pytest.MarkDecorator:
    """The mark that skips a test, aloud, where a specification is absent."""
    reason = (
        f"NO CONTRACT WAS CHECKED: {vendor}'s specification is not on this machine; set VEDETTE_SPECS to its folder"
    )
    return pytest.mark.skipif(folder(*files) is None, reason=reason)


def load(file: str) -> dict[str, Any]:
    """A specification as JSON; raises `SpecsMissing`."""
    found = folder(file)
    if found is None:
        raise SpecsMissing(f"set VEDETTE_SPECS to the folder that holds {file}")
    document: dict[str, Any] = json.loads((found / file).read_bytes())
    return document


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


class _Paths(ast.NodeVisitor):
    """Every path that stands in a source, what is put into it written as {}."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and node.value.startswith("/"):
            self.found.add(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        if text.startswith("/"):
            self.found.add(text)


def paths_in(module: ModuleType) -> set[str]:
    """Every path that stands in a client's source, with {} for what is put into it."""
    visitor = _Paths()
    visitor.visit(ast.parse(Path(inspect.getfile(module)).read_text(encoding="utf-8")))
    return visitor.found


def unnamed(template: str) -> str:
    """A path's template, or an operation, with its parameters unnamed."""
    return "/".join("{}" if part.startswith("{") else part for part in template.split("/"))
