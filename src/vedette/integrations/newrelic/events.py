"""Points as events of type SentryMonitoring.

https://docs.newrelic.com/docs/data-apis/custom-data/custom-events/data-requirements-limits-custom-event-data/

Law: what a chart sums is told once. `event_count` and `sentry_issue` are the first count of a window; every later one
is `event_count_revision` and `sentry_issue_revision`. A window that was not counted has no value. A revision is as many
milliseconds after the window's end as its number, so that the latest of a point's records is its newest. Names of ours
beside the well-known ones begin with `vedette.`, and those of tags with `tag.`, so that none overwrites another or is
one that New Relic keeps for itself.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from vedette.model.metrics import Point, Tags, Trending
from vedette.ports.packing import size_of
from vedette.rules.labelling import Letters, cut_short, label
from vedette.rules.sampling import chunks, issues_of, project_of

PAST, FUTURE = timedelta(hours=24), timedelta(hours=24)
MOST_EVENTS = 2000
MOST_BYTES = 950_000  # unpacked, so that it is also less than the million that may come packed
# Lengths are in code points here and may be in UTF-16 units there, which can be twice as many; charts show 255.
_LONGEST, _LONGEST_TAG, _LONGEST_NAME, _MOST_TAGS = 2048, 1000, 255, 100
NAMES = Letters(re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]+"), re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+"), 120)
_TAG_KEYS = Letters(re.compile(r"[A-Za-z0-9:._]+"), re.compile(r"[^A-Za-z0-9:._]+"), 200)


def bodies(points: Iterable[Point]) -> Iterator[list[dict[str, Any]]]:
    """The bodies of the requests that tell of the points, in their order."""
    made = (record for point in points for record in records(point))
    for chunk in chunks(made, size_of, most_items=MOST_EVENTS, most_bytes=MOST_BYTES):
        yield list(chunk)


def records(point: Point) -> Iterator[dict[str, Any]]:
    """The point as one record, and one for each of its issues and, where it is grouped, each group."""
    shared = {
        "eventType": "SentryMonitoring",
        "timestamp": moment(point),
        "project": label(project_of(point), NAMES),
        "filter": label(point.filter, NAMES),
        "vedette.point_id": point.id,
        "vedette.revision": point.revision,
        "vedette.instance": label(point.instance, NAMES),
    }
    yield known(shared | _total(point))
    again = "sentry_issue_revision" if point.revision else "sentry_issue"
    for issue in point.trending:
        for tags, count in _groups(issue):
            yield known(shared | _issue(issue) | {"type": again, "count": count} | tag_attributes(tags))


def moment(point: Point) -> int:
    """The window's end in milliseconds, and one more for each revision."""
    return int(point.window.end.timestamp()) * 1000 + point.revision


def known(record: dict[str, Any]) -> dict[str, Any]:
    """The record without what is not known, which New Relic would not keep, and with texts that it takes."""
    return {
        key: cut_short(value, _LONGEST) if isinstance(value, str) else value
        for key, value in record.items()
        if value is not None and value != ""
    }


def tag_attributes(tags: Tags) -> dict[str, Any]:
    """Tag values as attributes; one that the event does not have is left out."""
    said = [(key, value) for key, value in tags if value is not None][:_MOST_TAGS]
    return {f"tag.{label(key, _TAG_KEYS)}": cut_short(value, _LONGEST_TAG) for key, value in said}


def _total(point: Point) -> dict[str, Any]:
    again = "event_count_revision" if point.revision else "event_count"
    return {
        "type": again if point.is_counted else "event_count_missing",
        "value": point.total if point.is_counted else None,
        "vedette.complete": int(point.is_complete),
        "vedette.lack": point.lack.value,
        "vedette.issues_lack": point.rows_lack.value,
        "vedette.detail": point.detail,
        "vedette.issues": issues_of(point),
        "vedette.users": point.users,
        "vedette.new": point.new,
        "vedette.regressed": point.regressed,
        "vedette.window_s": int(point.window.length.total_seconds()),
    }


def _issue(issue: Trending) -> dict[str, Any]:
    return {
        "project": label(issue.project, NAMES) if issue.project else None,
        "sentryIssueId": issue.issue.id,
        "sentryUrl": issue.link,
        "message": issue.title,
        "vedette.title": cut_short(issue.title, _LONGEST_NAME),
        "vedette.short_id": issue.short_id,
        "vedette.owner": issue.owner,
        "vedette.ticket": issue.ticket,
        "vedette.ticket_url": issue.ticket_url,
        "vedette.users": issue.users,
        "vedette.before": issue.before,
        "vedette.yesterday": issue.yesterday,
        "vedette.last_week": issue.last_week,
        "vedette.first_seen": _seconds(issue.first_seen),
        "vedette.is_new": int(issue.is_new),
        "vedette.is_regressed": int(issue.is_regressed),
    }


def _groups(issue: Trending) -> Iterator[tuple[Tags, int]]:
    """The issue's counts by its tags; what no group holds has none, so that the counts add up to the issue's."""
    yield from issue.groups
    rest = issue.count - sum(count for _, count in issue.groups)
    if rest > 0 or not issue.groups:
        yield (), rest


def _seconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())
