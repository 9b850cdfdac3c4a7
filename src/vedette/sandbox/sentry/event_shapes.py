"""Event shapes: occurrences as the three servers write them; pure."""

from typing import Any

from vedette.sandbox.sentry import dates
from vedette.sandbox.sentry.part_shapes import release_body
from vedette.sandbox.sentry.records import Occurrence
from vedette.sandbox.sentry.settings import Dialect
from vedette.sandbox.sentry.view import View

_FRAME = {
    "filename": "filename",
    "absPath": "abs_path",
    "module": "module",
    "package": "package",
    "platform": "platform",
    "instructionAddr": "instruction_addr",
    "symbolAddr": "symbol_addr",
    "function": "function",
    "rawFunction": "raw_function",
    "symbol": "symbol",
    "lineNo": "lineno",
    "colNo": "colno",
    "inApp": "in_app",
    "trust": "trust",
    "errors": "errors",
    "lock": "lock",
    "vars": "vars",
}


def tags(found: Occurrence) -> list[dict[str, str]]:
    """Tags as objects; a user's carries the query that finds it."""
    return [_tag(key, value) for key, value in found.data["tags"]]


def _tag(key: str, value: str) -> dict[str, str]:
    kind, _, who = value.partition(":")
    extra = {"query": f'user.{kind}:"{who}"'} if key == "user" else {}
    return {"key": key, "value": value} | extra


def user(found: Occurrence) -> dict[str, Any] | None:
    """Who met the error."""
    given = found.data.get("user")
    if not given:
        return None
    body: dict[str, Any] = {key: given.get(key) for key in ("id", "email", "username", "ip_address", "name")}
    return body | {"id": None if given.get("id") is None else str(given["id"]), "data": None}


def listed(found: Occurrence, view: View) -> dict[str, Any]:
    """One line of an issue's or project's list of events."""
    body: dict[str, Any] = {
        "id": found.id,
        "event.type": found.data["type"],
        "groupID": str(found.issue),
        "eventID": found.id,
        "projectID": str(found.project.id),
        "message": found.data["message"],
        "title": found.data["title"],
        "location": found.data["location"],
        "culprit": found.data["culprit"],
        "user": user(found),
        "tags": tags(found),
        "platform": found.data["platform"],
        "dateCreated": _created(found, view),
        "crashFile": None,
        "metadata": found.data["metadata"],
    }
    if view.dialect is not Dialect.GLITCHTIP:
        return body
    return _snake(body) | {"date_received": view.stamp(found.received), "entries": entries(found)}


def _created(found: Occurrence, view: View) -> str:
    return dates.whole(found.at) if view.dialect is Dialect.SENTRY else view.stamp(found.at)


def _snake(body: dict[str, Any]) -> dict[str, Any]:
    names = {
        "groupID": "group_id", "eventID": "event_id", "projectID": "project_id",
        "dateCreated": "date_created", "event.type": "type", "crashFile": "crash_file",
    }  # fmt: skip
    return {names.get(key, key): value for key, value in body.items()}


def detailed(found: Occurrence, view: View, *, siblings: list[str]) -> dict[str, Any]:
    """One event in full; `siblings` are the issue's event ids, oldest first."""
    data = found.data
    place = siblings.index(found.id) if found.id in siblings else 0
    body = listed(found, View(view.base, view.config, view.now)) if view.dialect is not Dialect.GLITCHTIP else {}
    body |= _identity(found, view) | {
        "size": len(str(data)),
        "entries": entries(found),
        "dist": data["dist"],
        "contexts": data["contexts"],
        "sdk": {"name": data["sdk"].get("name"), "version": data["sdk"].get("version")},
        "context": data.get("extra") or {},
        "packages": data.get("modules") or {},
        "type": data["type"],
        "dateReceived": dates.micro(found.received),
        "errors": [],
        "occurrence": None,
        "_meta": {"entries": {}},
        "fingerprints": data["hashes"],
        "groupingConfig": {"id": "newstyle:2023-01-11", "enhancements": ""},
        "release": release_body(data["release"], found.at, view) if data["release"] else None,
        "userReport": None,
        "sdkUpdates": [],
        "resolvedWith": [],
        "nextEventID": siblings[place + 1] if place + 1 < len(siblings) else None,
        "previousEventID": siblings[place - 1] if place else None,
    }
    body.pop("event.type", None)
    return body


def _identity(found: Occurrence, view: View) -> dict[str, Any]:
    return {
        "id": found.id,
        "groupID": str(found.issue),
        "eventID": found.id,
        "projectID": str(found.project.id),
        "message": found.data["message"],
        "title": found.data["title"],
        "location": found.data["location"],
        "culprit": found.data["culprit"],
        "metadata": found.data["metadata"],
        "user": user(found),
        "tags": tags(found),
        "platform": found.data["platform"],
        "dateCreated": _created(found, view),
        "crashFile": None,
    }


def entries(found: Occurrence) -> list[dict[str, Any]]:
    """The event's interfaces: exception or message, request, breadcrumbs."""
    data, found_entries = found.data, []
    if data.get("exception"):
        values = [_exception(value) for value in data["exception"]["values"]]
        shown = {"values": values, "hasSystemFrames": _has_system(values), "excOmitted": None}
        found_entries.append({"type": "exception", "data": shown})
    else:
        found_entries.append({"type": "message", "data": {"formatted": data["message"]}})
    if data.get("request"):
        found_entries.append({"type": "request", "data": data["request"]})
    if data.get("breadcrumbs"):
        found_entries.append({"type": "breadcrumbs", "data": data["breadcrumbs"]})
    return found_entries


def _has_system(values: list[dict[str, Any]]) -> bool:
    stacks = [value["stacktrace"] for value in values if value["stacktrace"]]
    return any(not frame["inApp"] for stack in stacks for frame in stack["frames"])


def _exception(value: dict[str, Any]) -> dict[str, Any]:
    stack = value.get("stacktrace")
    frames = [_frame(frame) for frame in (stack or {}).get("frames") or []]
    return {
        "type": value.get("type"),
        "value": value.get("value"),
        "mechanism": value.get("mechanism"),
        "threadId": value.get("thread_id"),
        "module": value.get("module"),
        "stacktrace": {"frames": frames, "framesOmitted": None, "registers": None, "hasSystemFrames": True}
        if stack
        else None,
        "rawStacktrace": None,
    }


def _frame(frame: dict[str, Any]) -> dict[str, Any]:
    shown = {ours: frame.get(theirs) for ours, theirs in _FRAME.items()}
    line = frame.get("lineno")
    return shown | {"inApp": bool(frame.get("in_app")), "context": _context(frame, line) if line else []}


def _context(frame: dict[str, Any], line: int) -> list[list[Any]]:
    before, after = frame.get("pre_context") or [], frame.get("post_context") or []
    if frame.get("context_line") is None:
        return []
    lines = [*before, frame["context_line"], *after]
    return [[line - len(before) + index, text] for index, text in enumerate(lines)]
