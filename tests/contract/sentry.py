"""The checker of Sentry's contract: a request and its answer are held against the published specification.

How another test uses it:

    with SentryStandIn(config, recording=True) as sentry:
        ...                                       # let the client under test work
        contract().check_all(sentry.exchanges())  # AssertionError names each deviation
        print(contract().report())

`contract()` loads the specification once per test process; `needs_specs` is the pytest mark that skips aloud where it
is absent.

The older paths without an organisation (`/api/0/issues/…`) are held to the organisation's form, whose shapes they
share. What the specification does not have (comments, the list of tags) is counted as outside, not as checked.
"""

import functools
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tests.contract import openapi
from tests.contract.openapi import JSON_TYPE, ROOT, Contract, Dialect, Said, Spoken, probes

__all__ = ["ROOT", "Contract", "Said", "Spoken", "contract", "needs_specs", "probes", "specs"]

FILE = "sentry.strict.json"
ORGANIZATION = "/api/0/organizations/{organization_id_or_slug}"
#: Only what an error-tracking client could call is kept: openapi-core looks through all paths at each call.
ROOMS = re.compile(
    r"^/api/0/(organizations/\{[^}]+\}/"
    r"(|issues/.*|events/|events-timeseries/|stats_v2/|eventids/.*|shortids/.*|projects/|teams/|members/.*"
    r"|project-keys/|sentry-app-installations/)"
    r"|projects/\{[^}]+\}/\{[^}]+\}/(|issues/|events/|events/\{[^}]+\}/|keys/.*|teams/.*|ownership/|rules/.*)"
    r"|teams/\{[^}]+\}/\{[^}]+\}/(|members/|projects/)"
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
_OWNERSHIP = "/api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/ownership/"
#: What a running 23.7.1 answers with null: rules that nobody wrote, the user of an invitation, the team role that comes
#: with the role in the organisation. Alone, an invitation has an empty user.
_NULLS = (
    (_OWNERSHIP, "get", "200", "raw"),
    (_OWNERSHIP, "get", "200", "dateCreated"),
    (_OWNERSHIP, "get", "200", "lastUpdated"),
    ("/api/0/teams/{organization_id_or_slug}/{team_id_or_slug}/members/", "get", "200", "user"),
    (f"{ORGANIZATION}/members/{{member_id}}/teams/{{team_id_or_slug}}/", "put", "200", "teamRole"),
)


def _pairs(query: str) -> list[tuple[str, str]]:
    """The query's arguments without an empty `query=`.

    To Sentry it means every issue, whatever its status; openapi-core refuses any empty value, and warns where the
    specification allows one.
    """
    return [pair for pair in parse_qsl(query, keep_blank_values=True) if pair != ("query", "")]


def _modern(path: str) -> str:
    """The organisation's form of an older path."""
    return re.sub(r"^/api/0/issues/", "/api/0/organizations/any/issues/", path)


def _sound(decoded: Any, _status: int) -> bool:
    """Refusals are {"detail": text}, or a map of fields to lists of texts."""
    return isinstance(decoded, str) or (
        isinstance(decoded, dict) and bool(decoded) and all(isinstance(each, str | list) for each in decoded.values())
    )


DIALECT = Dialect(name="sentry", host="https://us.sentry.io", sound=_sound, partial=True, modern=_modern, pairs=_pairs)
needs_specs = openapi.needed("Sentry", FILE)


def specs() -> Path | None:
    """The specification file, if it is there."""
    found = openapi.folder(FILE)
    return found / FILE if found else None


@functools.cache
def contract() -> Contract:
    """The checker, loaded once per process."""
    document = openapi.load(FILE)
    document["paths"] = {path: item for path, item in document["paths"].items() if ROOMS.match(path)}
    return Contract(mended(document), DIALECT)


def mended(document: dict[str, Any]) -> dict[str, Any]:
    """The specification without the promises that the server keeps only when asked, or was seen not to keep."""
    listed = document["paths"][f"{ORGANIZATION}/issues/"]["get"]["responses"]["200"]["content"][JSON_TYPE]["schema"]
    issue = listed["items"]
    issue["required"] = [key for key in issue["required"] if key not in ONLY_EXPANDED]
    for path, method, status, field in _NULLS:
        _allow_null(_answer(document, path, method, status)["properties"][field])
    for method in ("get", "put"):
        _answer(document, f"{ORGANIZATION}/members/{{member_id}}/", method, "200")["properties"]["user"][
            "required"
        ] = []
    return document


def _allow_null(schema: dict[str, Any]) -> None:
    schema["nullable"] = True
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]


def _answer(document: dict[str, Any], path: str, method: str, status: str) -> dict[str, Any]:
    """The schema of one answer; of its rows, where it is a list."""
    answer: dict[str, Any] = document["paths"][path][method]["responses"][status]["content"][JSON_TYPE]["schema"]
    found: dict[str, Any] = answer.get("items", answer)
    return found
