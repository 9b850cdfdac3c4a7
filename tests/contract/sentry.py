"""The checker of Sentry's contract: a request and its answer are held against the published specification.

How another test uses it:

    with SentryStandIn(config, recording=True) as sentry:
        ...                                       # let the client under test work
        contract().check_all(sentry.exchanges())  # AssertionError names each deviation
        print(contract().report())

`contract()` loads the specification once per test process and raises `SpecsMissing` where the file is absent;
`needs_specs` is the pytest mark that skips aloud in that case. The file is sought in the folder that `VEDETTE_SPECS`
names, else in `../shared/specs` beside the project; its licence forbids shipping it.

The older paths without an organisation (`/api/0/issues/…`) are held to the organisation's form, whose shapes they
share. What the specification does not have (comments, the list of tags) is counted as outside, not as checked.
"""

import functools
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.contract.jira import Said, Spoken, probes

__all__ = ["Contract", "Said", "SpecsMissing", "Spoken", "contract", "needs_specs", "probes", "specs"]

ROOT = Path(__file__).parents[2]
FILE = "sentry.strict.json"
HOST = "https://us.sentry.io"
JSON_TYPE = "application/json"
ORGANIZATION = "/api/0/organizations/{organization_id_or_slug}"
#: Only what an error-tracking client could call is kept: openapi-core looks through all paths at each call.
ROOMS = re.compile(
    r"^/api/0/(organizations/\{[^}]+\}/"
    r"(|issues/.*|events/|events-timeseries/|eventids/.*|shortids/.*|projects/|teams/|members/|sentry-app-installations/)"
    r"|projects/\{[^}]+\}/\{[^}]+\}/(|issues/|events/|events/\{[^}]+\}/)"
    r"|sentry-app-installations/.*)$"
)
#: Keys of a listed issue that the specification requires although the server adds them only for `expand=`, and
#: those that it has only on sentry.io; measured on 23.7.1.
ONLY_EXPANDED = {
    "derivedData",
    "inbox",
    "integrationIssues",
    "latestEventHasAttachments",
    "matchingEventEnvironment",
    "matchingEventId",
    "owners",
    "sentryAppIssues",
    "sessionCount",
}


class SpecsMissing(Exception):
    """The specification file is not on this machine."""


class _Request:
    """openapi-core's view of a request."""

    def __init__(self, spoken: Spoken) -> None:
        self.host_url = HOST
        self.path = _modern(spoken.path)
        self.method = spoken.method.lower()
        self.body = spoken.body or None
        self.content_type = _type(spoken.headers)
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(_pairs(spoken.query)),
            header=Headers(dict(spoken.headers)),
        )


class _Response:
    """openapi-core's view of an answer."""

    def __init__(self, spoken: Spoken) -> None:
        self.status_code = spoken.status
        self.data = spoken.answer_body
        self.content_type = _type(spoken.answer_headers)
        self.headers = Headers(dict(spoken.answer_headers))


def _pairs(query: str) -> list[tuple[str, str]]:
    """The query's arguments without an empty `query=`.

    To Sentry it means every issue, whatever its status; openapi-core refuses any empty value, and warns where the
    specification allows one.
    """
    return [pair for pair in parse_qsl(query, keep_blank_values=True) if pair != ("query", "")]


def _type(headers: Mapping[str, str]) -> str:
    named = {name.lower(): value for name, value in headers.items()}
    return named.get("content-type", JSON_TYPE).partition(";")[0].strip().lower()


def _modern(path: str) -> str:
    """The organisation's form of an older path."""
    return re.sub(r"^/api/0/issues/", "/api/0/organizations/any/issues/", path)


class Contract:
    """The specification, and a count of what was held against it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.checked: Counter[str] = Counter()
        self.outside: Counter[str] = Counter()
        self._openapi = OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))
        self._templates: dict[str, Any] = document["paths"]

    def knows(self, spoken: Spoken) -> bool:
        """Whether the specification has this method of this path."""
        method, _, template = self.operation(spoken).partition(" ")
        return method.lower() in self._templates.get(template, {})

    def problems(self, spoken: Spoken) -> list[str]:
        """Say every deviation of an exchange from the specification; nothing when it agrees.

        A request that was refused (4xx, 5xx) is not held to the specification, being meant to be wrong as often as
        not; its answer is held to Sentry's shapes of refusals.
        """
        if spoken.status >= 400:
            return _refusal_problems(spoken)
        found = self._request_errors(spoken)
        if spoken.answer_body:
            errors = self._openapi.iter_response_errors(_Request(spoken), _Response(spoken))
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
            known = self.knows(each)
            (self.checked if known else self.outside)[self.operation(each)] += 1
            found += self.problems(each) if known else []
        assert not found, "\n".join(found)

    def operation(self, spoken: Spoken) -> str:
        """Name an exchange's operation by its method and path template."""
        parts = _modern(spoken.path).split("/")
        fitting = [template for template in self._templates if _fits(template.split("/"), parts)]
        template = min(fitting, key=lambda each: each.count("{"), default=spoken.path)
        return f"{spoken.method.upper()} {template}"

    def report(self) -> str:
        """How many exchanges of how many operations were checked."""
        total, outside = sum(self.checked.values()), sum(self.outside.values())
        return (
            f"sentry: {total} exchanges of {len(self.checked)} operations held against the specification, "
            f"{outside} of {len(self.outside)} private operations outside it"
        )

    def _request_errors(self, spoken: Spoken) -> list[str]:
        return [f"request: {_said(each)}" for each in self._openapi.iter_request_errors(_Request(spoken))]

    def _bare(self, spoken: Spoken) -> list[str]:
        # No body: only that the status is listed can be checked.
        method, _, template = self.operation(spoken).partition(" ")
        listed = self._templates.get(template, {}).get(method.lower(), {}).get("responses", {})
        return [] if str(spoken.status) in listed else [f"answer: {spoken.status} is not listed"]


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
    """Refusals are {"detail": text}, a map of fields to lists of texts, or nothing; HTML pages are not Sentry's."""
    if _type(spoken.answer_headers) != JSON_TYPE or not spoken.answer_body:
        return []
    decoded = json.loads(spoken.answer_body)
    sound = isinstance(decoded, str) or (
        isinstance(decoded, dict) and bool(decoded) and all(isinstance(each, str | list) for each in decoded.values())
    )
    return [] if sound else [f"{spoken.method} {spoken.path} -> {spoken.status}: not the shape of a refusal"]


def specs() -> Path | None:
    """The specification file, if it is there."""
    named = os.environ.get("VEDETTE_SPECS")
    file = (Path(named) if named else ROOT.parent / "shared" / "specs") / FILE
    return file if file.is_file() else None


needs_specs = pytest.mark.skipif(
    specs() is None,
    reason="NO CONTRACT WAS CHECKED: Sentry's specification is not on this machine; set VEDETTE_SPECS to its folder",
)


@functools.cache
def contract() -> Contract:
    """The checker, loaded once per process."""
    file = specs()
    if file is None:
        raise SpecsMissing(f"set VEDETTE_SPECS to the folder that holds {FILE}")
    document = json.loads(file.read_bytes())
    document["paths"] = {path: item for path, item in document["paths"].items() if ROOMS.match(path)}
    return Contract(mended(document))


def mended(document: dict[str, Any]) -> dict[str, Any]:
    """The specification without the promises that the server keeps only when asked; nothing else is loosened."""
    listed = document["paths"][f"{ORGANIZATION}/issues/"]["get"]["responses"]["200"]["content"][JSON_TYPE]["schema"]
    issue = listed["items"]
    issue["required"] = [key for key in issue["required"] if key not in ONLY_EXPANDED]
    return document
