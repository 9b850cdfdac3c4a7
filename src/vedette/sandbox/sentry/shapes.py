"""Shapes: issues as the three servers write them; pure.

Keys follow 23.7.1, plus those that sentry.io added since (priority, seer…). Counts are strings.
"""

from typing import Any

from vedette.sandbox.sentry import dates
from vedette.sandbox.sentry.part_shapes import release
from vedette.sandbox.sentry.records import Issue, Link
from vedette.sandbox.sentry.settings import Dialect, Person, Project, Team
from vedette.sandbox.sentry.view import View

#: What 9.1.2 did not have yet.
_AFTER_9 = (
    "platform", "isUnhandled", "issueType", "issueCategory", "substatus", "priority", "priorityLockedAt",
    "seerFixabilityScore", "seerAutofixLastTriggered", "seerExplorerAutofixLastTriggered",
)  # fmt: skip
#: What GlitchTip leaves out.
_NOT_GLITCHTIP = (
    *_AFTER_9[4:], "assignedTo", "annotations", "isBookmarked", "isSubscribed", "subscriptionDetails", "seenBy",
)  # fmt: skip


#: What is the same for every issue that the stand-in keeps.
_CONSTANT: dict[str, Any] = {
    "shareId": None,
    "isPublic": False,
    "priorityLockedAt": None,
    "seerFixabilityScore": None,
    "seerAutofixLastTriggered": None,
    "seerExplorerAutofixLastTriggered": None,
    "isSubscribed": False,
    "subscriptionDetails": None,
    "annotations": [],
    "issueType": "error",
    "issueCategory": "error",
}


def issue(found: Issue, view: View) -> dict[str, Any]:
    """The base every answer about an issue starts from: lifetime counts."""
    body: dict[str, Any] = _CONSTANT | {
        "id": str(found.id),
        "shortId": found.short_id,
        "title": found.title,
        "culprit": found.culprit,
        "permalink": view.permalink(found),
        "logger": found.logger,
        "level": found.level,
        "status": found.status,
        "statusDetails": found.status_details,
        "substatus": found.substatus,
        "platform": found.project.platform,
        "priority": found.priority,
        "project": project(found.project),
        "type": found.type,
        "metadata": found.metadata,
        "numComments": len(found.comments),
        "assignedTo": actor(found.assignee),
        "isBookmarked": found.bookmarked,
        "hasSeen": found.has_seen,
        "isUnhandled": found.unhandled,
        "count": str(found.times_seen),
        # GlitchTip was seen to say 0 with three distinct users.
        "userCount": 0 if view.dialect is Dialect.GLITCHTIP else len(found.users),
        "firstSeen": view.stamp(found.first_seen),
        "lastSeen": view.seen(found, found.last_seen),
    }
    return _as_spoken(body, view.dialect)


def _as_spoken(body: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    missing = {Dialect.SENTRY: (), Dialect.SENTRY9: _AFTER_9, Dialect.GLITCHTIP: _NOT_GLITCHTIP}[dialect]
    return {key: value for key, value in body.items() if key not in missing}


def listed(found: Issue, view: View) -> dict[str, Any]:
    """An issue in a project's list: lifetime counts, and stats when asked."""
    body = issue(found, view)
    if view.stats:
        body["stats"] = {view.stats: series(found, view.stats, view.now)}
    return body


def listed_in_organization(found: Issue, view: View) -> dict[str, Any]:
    """An issue in the organisation's list: counts of the window, and a `lifetime` block beside them."""
    # Of an issue's whole life, too: sums, since a month of occurrences is read by every list.
    parts = found.sums_between(view.window.start, view.window.end, view.window.environments)
    last = max((part.last for part in parts), default=found.last_seen)
    body = listed(found, view) | {
        "count": str(sum(part.weight for part in parts)),
        "userCount": len({part.traits.user for part in parts if part.traits.user}),
        "firstSeen": dates.whole(found.first_seen),
        "lastSeen": view.seen(found, last),
        "lifetime": {
            "count": str(found.times_seen),
            "userCount": len(found.users),
            "firstSeen": dates.micro(found.first_seen),
            "lastSeen": view.seen(found, found.last_seen),
            "stats": None,
        },
        "filtered": None,
    }
    return body | _expanded(found, view)


def _expanded(found: Issue, view: View) -> dict[str, Any]:
    dated = {"date_added": dates.micro(found.first_seen)}
    every = {
        "inbox": {"reason": 0, "reason_details": None} | dated,
        "owners": {"type": "codeowners", "owner": f"team:{found.id}"} | dated,
        "integrationIssues": [],
        "sentryAppIssues": [external(link) for link in found.links],
        "latestEventHasAttachments": False,
        "sessions": 0,
    }
    return {{"sessions": "sessionCount"}.get(key, key): value for key, value in every.items() if key in view.expand}


def detailed(found: Issue, view: View) -> dict[str, Any]:
    """One issue by itself: lifetime counts, activity, tags, releases, stats."""
    body = issue(found, view) | {
        "firstRelease": release(found, first=True, view=view),
        "lastRelease": release(found, first=False, view=view),
        "tags": [tag(key, found) for key in sorted(found.tags)],
        "activity": [_activity(line, view) for line in reversed(found.activity)] + [_birth(found, view)],
        "seenBy": [],
        "participants": [],
        "pluginActions": [],
        "pluginIssues": [],
        "pluginContexts": [],
        "userReportCount": 0,
        "stats": {span: series(found, span, view.now) for span in ("24h", "30d")},
    }
    return body | _expanded(found, view)


def _activity(line: dict[str, Any], view: View) -> dict[str, Any]:
    kept = {key: line[key] for key in ("id", "type", "data")}
    return kept | {"user": None, "dateCreated": view.stamp(line["at"])}


def _birth(found: Issue, view: View) -> dict[str, Any]:
    return {"id": "0", "user": None, "type": "first_seen", "data": {}, "dateCreated": view.stamp(found.first_seen)}


def series(found: Issue, span: str, now: float) -> list[list[int]]:
    """[start of the hour or day, occurrences], oldest first: 24 hours, or 14 or 30 days."""
    step, many = {"24h": (3600, 24), "14d": (86400, 14), "30d": (86400, 30)}.get(span, (3600, 24))
    last = int(now) // step
    slots = [0] * many
    for arrival in found.arrivals.within((last - many + 1) * step, None):
        age = last - int(arrival.at) // step
        if 0 <= age < many:
            slots[many - 1 - age] += arrival.weight
    return [[(last - many + 1 + index) * step, seen] for index, seen in enumerate(slots)]


def project(found: Project) -> dict[str, Any]:
    """The short form inside an issue."""
    return {"id": str(found.id), "name": found.name, "slug": found.slug, "platform": found.platform}


def actor(found: Person | Team | None) -> dict[str, Any] | None:
    """An assignee: a team, or a person with an address."""
    if found is None:
        return None
    if isinstance(found, Team):
        return {"type": "team", "id": str(found.id), "name": found.slug}
    return {"email": found.email, "type": "user", "id": str(found.id), "name": found.name}


def tag(key: str, found: Issue) -> dict[str, Any]:
    """A tag's heading inside an issue."""
    return {"key": key, "name": key.replace("_", " ").title(), "totalValues": found.tags[key].total()}


def tag_value(key: str, value: str, seen: int, *, found: Issue, view: View) -> dict[str, Any]:
    """One value of a tag; a user's has a query beside it."""
    name = value.split(":", 1)[-1] if key == "user" else value
    body: dict[str, Any] = {
        "key": key, "name": name, "value": value, "count": seen,
        "lastSeen": view.seen(found, found.last_seen), "firstSeen": dates.whole(found.first_seen),
    }  # fmt: skip
    kind, _, who = value.partition(":")
    return body | {"query": f'user.{kind}:"{who}"'} if key == "user" else body


def external(link: Link) -> dict[str, Any]:
    """A ticket of another system."""
    return {
        "id": str(link.id),
        "issueId": str(link.issue),
        "serviceType": link.service,
        "displayName": link.display,
        "webUrl": link.url,
    }
