"""Payloads: webhook bodies of all three families, as the servers write them; pure.

For the stand-in itself, for tests, and for load generators, which build them from a `Subject` without any server.
The signature is over the exact bytes: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import uuid4

from vedette.sandbox.sentry import dates, grouping, normalise
from vedette.sandbox.sentry.settings import INSTALLATION, PROJECTS, Person, Project

SENTRY_ACTOR = {"type": "application", "id": "sentry", "name": "Sentry"}
USER_AGENT = "sentry/23.7.1 (https://sentry.io)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a webhook is about: an issue and one occurrence of it."""

    issue_id: int
    at: float
    event_id: str = field(default_factory=lambda: uuid4().hex)
    organization: str = "acme"
    project: Project = PROJECTS[0]
    base: str = "https://sentry.example.test"
    number: int = 1
    type: str = "ValueError"
    value: str = "a value that nobody expected"
    level: str = "error"
    status: str = "unresolved"
    substatus: str | None = "new"
    count: int = 1
    user_count: int = 0
    first_seen: float | None = None
    environment: str = "production"
    release: str = "shop@1.0.0"
    #: Frames as an SDK sends them, the crash last.
    frames: tuple[dict[str, Any], ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    installation: str = INSTALLATION
    #: Bytes that the event is padded to with threads, modules and contexts, as real ones of 24 kB are; 0 is bare.
    size: int = 0


def encode(payload: dict[str, Any]) -> bytes:
    """The bytes Sentry sends: no blanks, ASCII only."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def sign(secret: str, body: bytes) -> str:
    """Hex HMAC-SHA256 of the exact bytes under the UTF-8 of the client secret."""
    return hmac.new(secret.encode(), body, sha256).hexdigest()


def headers(resource: str, body: bytes, *, secret: str, at: float, request_id: str = "") -> dict[str, str]:
    """The headers of a signed webhook; the timestamp and the id are not covered by the signature."""
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Request-ID": request_id or uuid4().hex,
        "Sentry-Hook-Resource": resource,
        "Sentry-Hook-Timestamp": str(int(at)),
        "Sentry-Hook-Signature": sign(secret, body),
    }


def wrap(action: str, data: dict[str, Any], *, installation: str, actor: Person | None = None) -> dict[str, Any]:
    """The outer form; a person's id is a number, Sentry's own is a word."""
    who = SENTRY_ACTOR if actor is None else {"type": "user", "id": actor.id, "name": actor.name}
    return {"action": action, "installation": {"uuid": installation}, "data": data, "actor": who}


def located(stored: dict[str, Any], *, base: str, organization: str, project: str, issue_id: int) -> dict[str, Any]:
    """A stored event with the four addresses that hooks add; `web_url` names one event, not the issue."""
    event = stored["event_id"]
    return stored | {
        "url": f"{base}/api/0/projects/{organization}/{project}/events/{event}/",
        "web_url": f"{base}/organizations/{organization}/issues/{issue_id}/events/{event}/",
        "issue_url": f"{base}/api/0/organizations/{organization}/issues/{issue_id}/",
        "issue_id": str(issue_id),
    }


def event(subject: Subject) -> dict[str, Any]:
    """The stored event of a subject."""
    raw = {
        "event_id": subject.event_id,
        "timestamp": subject.at,
        "platform": subject.project.platform,
        "level": subject.level,
        "environment": subject.environment,
        "release": subject.release,
        "tags": subject.tags,
        "exception": {"values": [_crash(subject)]},
    }
    stored = normalise.normalise(raw, project=subject.project, received=subject.at)
    body = located(
        stored,
        base=subject.base,
        organization=subject.organization,
        project=subject.project.slug,
        issue_id=subject.issue_id,
    )
    return body | _padding(subject.size - len(encode(body)))


def _crash(subject: Subject) -> dict[str, Any]:
    return {"type": subject.type, "value": subject.value, "stacktrace": {"frames": list(subject.frames)}}


def _padding(wanted: int) -> dict[str, Any]:
    """Threads, modules and contexts of about `wanted` bytes, in the proportions of a Python web worker."""
    if wanted <= 0:
        return {}
    modules = {f"package-{number:03d}": f"1.{number}.0" for number in range(wanted // 8 // 27)}
    frames = [_idle_frame(number) for number in range(wanted * 7 // 8 // 272)]
    thread = {"id": "139872", "name": "worker-1", "crashed": False, "stacktrace": {"frames": frames}}
    return {"modules": modules, "threads": {"values": [thread]}}


def _idle_frame(number: int) -> dict[str, Any]:
    return {
        "function": f"wait_for_work_{number:04d}",
        "module": "workers.pool",
        "filename": "workers/pool.py",
        "abs_path": "/srv/app/venv/lib/python3.11/site-packages/workers/pool.py",
        "lineno": 100 + number,
        "in_app": False,
        "context_line": "        item = self.queue.get(timeout=self.patience)",
    }


def issue(subject: Subject) -> dict[str, Any]:
    """The issue as hooks carry it: no permalink, no addresses."""
    at = dates.micro(subject.at)
    meta = grouping.metadata({"exception": {"values": [_crash(subject)]}})
    return {
        "id": str(subject.issue_id),
        "shareId": None,
        "shortId": f"{subject.project.slug.upper()}-{subject.number}",
        "title": grouping.title(meta),
        "culprit": grouping.culprit({"exception": {"values": [_crash(subject)]}}),
        "permalink": None,
        "logger": None,
        "level": subject.level,
        "status": subject.status,
        "statusDetails": {},
        "substatus": subject.substatus,
        "isPublic": False,
        "platform": subject.project.platform,
        "project": _project(subject.project),
        "type": "error",
        "metadata": meta,
        "numComments": 0,
        "assignedTo": None,
        "isBookmarked": False,
        "isSubscribed": False,
        "subscriptionDetails": None,
        "hasSeen": False,
        "annotations": [],
        "issueType": "error",
        "issueCategory": "error",
        "isUnhandled": False,
        "count": str(subject.count),
        "userCount": subject.user_count,
        "firstSeen": at if subject.first_seen is None else dates.micro(subject.first_seen),
        "lastSeen": at,
    }


def _project(project: Project) -> dict[str, Any]:
    return {"id": str(project.id), "name": project.name, "slug": project.slug, "platform": project.platform}


def event_alert(subject: Subject, *, rule: str = "A new issue is created") -> dict[str, Any]:
    """`event_alert.triggered`: a rule that a person wrote has fired."""
    data = {"event": event(subject), "triggered_rule": rule}
    return wrap("triggered", data, installation=subject.installation)


def error_created(subject: Subject) -> dict[str, Any]:
    """`error.created`: one occurrence."""
    return wrap("created", {"error": event(subject)}, installation=subject.installation)


def issue_created(subject: Subject) -> dict[str, Any]:
    """`issue.created`: the first of its kind."""
    return wrap("created", {"issue": issue(subject)}, installation=subject.installation)


def issue_changed(subject: Subject, action: str, *, actor: Person | None = None) -> dict[str, Any]:
    """`issue.resolved|ignored|archived|unresolved|assigned`, the subject saying the new status."""
    data: dict[str, Any] = {"issue": issue(subject)}
    if action == "resolved":
        data["resolution_type"] = "now"
    if action == "assigned" and actor is not None:
        data["assignee"] = {"type": "user", "name": actor.name, "id": actor.id, "email": actor.email}
    return wrap(action, data, installation=subject.installation, actor=actor)


def comment_created(subject: Subject, text: str, *, author: Person, comment_id: int) -> dict[str, Any]:
    """`comment.created`; here the issue's id is a number."""
    data = {
        "comment_id": comment_id,
        "issue_id": subject.issue_id,
        "project_slug": subject.project.slug,
        "timestamp": dates.micro(subject.at),
        "comment": text,
    }
    return wrap("created", data, installation=subject.installation, actor=author)


def legacy(subject: Subject, *, rules: Sequence[str] = ("A new issue is created",)) -> dict[str, Any]:
    """The body of the old webhooks plugin."""
    return legacy_of(
        event(subject),
        project=subject.project,
        base=subject.base,
        organization=subject.organization,
        issue_id=subject.issue_id,
        rules=rules,
    )


def legacy_of(
    located_event: dict[str, Any],
    *,
    project: Project,
    base: str,
    organization: str,
    issue_id: int,
    rules: Sequence[str],
) -> dict[str, Any]:
    """The plugin's body around a stored event; the project's slug stands in `project`, the name beside it."""
    return {
        "id": str(issue_id),
        "project": project.slug,
        "project_name": project.name,
        "project_slug": project.slug,
        "logger": located_event["logger"] or None,
        "level": located_event["level"],
        "culprit": located_event["culprit"],
        "message": located_event["message"] or located_event["title"],
        "url": f"{base}/organizations/{organization}/issues/{issue_id}/?referrer=webhooks_plugin",
        "triggering_rules": list(rules),
        "event": located_event | {"id": located_event["event_id"]},
    }


def glitchtip(subjects: Sequence[Subject]) -> dict[str, Any]:
    """GlitchTip's Slack-shaped alert: one attachment per issue, whose link uses the organisation's slug."""
    return glitchtip_of([_attachment(subject) for subject in subjects])


def _attachment(subject: Subject) -> dict[str, Any]:
    body = issue(subject)
    return attachment(
        title=body["title"],
        link=f"{subject.base}/{subject.organization}/issues/{subject.issue_id}",
        text=body["culprit"],
        fields={"Project": subject.project.name, "Environment": subject.environment, "Release": subject.release},
    )


def attachment(*, title: str, link: str, text: str, fields: dict[str, str]) -> dict[str, Any]:
    """One issue of a GlitchTip alert; empty fields are left out, as they are there."""
    return {
        "title": title,
        "title_link": link,
        "text": text or None,
        "image_url": None,
        "color": "#e52b50",
        "fields": [{"title": name, "value": value, "short": True} for name, value in fields.items() if value],
        "mrkdwn_in": ["text"],
    }


def glitchtip_of(attachments: list[dict[str, Any]]) -> dict[str, Any]:
    """The alert around its attachments; the sections repeat them for another chat system."""
    return {
        "alias": "GlitchTip",
        "text": "GlitchTip Alert" if len(attachments) == 1 else f"GlitchTip Alert ({len(attachments)} issues)",
        "attachments": attachments,
        "sections": [
            {"activityTitle": part["title"], "activitySubtitle": f"[View Issue]({part['title_link']})"}
            for part in attachments
        ],
    }
