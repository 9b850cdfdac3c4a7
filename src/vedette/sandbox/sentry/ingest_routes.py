"""Ingest routes: what SDKs post, as envelopes or to the old store."""

import re
from uuid import uuid4

import msgspec
from starlette.responses import Response

from vedette.sandbox.sentry import answers, envelope, normalise
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.settings import Dialect, Project

_KEY = re.compile(r"sentry_key=([0-9a-fA-F]+)")


def receive_envelope(ask: Ask) -> Response:
    """POST envelope/: events become issues; sessions, client reports and transactions are accepted and ignored."""
    if ask.dialect is Dialect.SENTRY9:
        return answers.unknown_path(ask.request.url.path, ask.dialect)
    try:
        head, items = envelope.items(envelope.unpack(ask.raw, ask.request.headers.get("content-encoding", "")))
    except envelope.Malformed as broken:
        raise answers.refuse(400, {"detail": "invalid event envelope", "causes": [str(broken)]}) from broken
    project = _authorised(ask, str(head.get("dsn", "")))
    accepted = [_take(ask, project, item.payload) for item in items if item.type == "event"]
    event_id = accepted[0] if accepted else str(head.get("event_id") or "")
    return answers.reply({"id": event_id} if event_id else {})


def receive_event(ask: Ask) -> Response:
    """POST store/: one event, bare."""
    try:
        body = envelope.unpack(ask.raw, ask.request.headers.get("content-encoding", ""))
    except envelope.Malformed as broken:
        raise answers.refuse(400, {"detail": "invalid event", "causes": [str(broken)]}) from broken
    return answers.reply({"id": _take(ask, _authorised(ask, ""), body)})


def _authorised(ask: Ask, dsn: str) -> Project:
    """The project, when the caller shows its key: in a header, the query, or the envelope's own DSN."""
    header = ask.request.headers.get("x-sentry-auth", "") or ask.request.headers.get("authorization", "")
    found = _KEY.search(header)
    in_dsn = re.search(r"//([0-9a-fA-F]+)[:@]", dsn)
    key = found[1] if found else ask.arg("sentry_key") or (in_dsn[1] if in_dsn else "")
    project = ask.memory.project(ask.path("project"))
    row = None if project is None else ask.world.roster.projects.get(project.id)
    if project is None or row is None or not any(key == each.public and each.active for each in row.keys):
        raise answers.refuse(403, {"detail": "event submission rejected with_reason: ProjectId"})
    return project


def _take(ask: Ask, project: Project, payload: bytes) -> str:
    """Store one event and tell whoever asked; a second event of the same id is dropped, as Sentry does."""
    try:
        event = msgspec.json.decode(payload, type=dict)
    except msgspec.DecodeError as broken:
        raise answers.refuse(400, {"detail": "invalid event", "causes": [str(broken)]}) from broken
    event.setdefault("event_id", uuid4().hex)
    stored = normalise.normalise(event, project=project, received=ask.world.clock())
    if stored["event_id"] not in ask.memory.occurrences:
        ask.world.notices.happened(ask.memory.ingest(project, stored), ask.world.view())
    return str(stored["event_id"])
