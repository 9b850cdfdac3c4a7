"""Facts: an issue as the API tells it, as our `Issue` with its counts; pure and tolerant.

Where the count within a window comes from:

- Sentry's organisation-wide list, asked with `start` and `end`, puts the window's count in `count` and keeps the whole
  life's under `lifetime`; the search behind it is exact.
- 9.1.2's lists and details carry `stats`, a count per whole hour or day; the buckets that the window touches are added
  up, which can be up to one bucket too much and says so.
- GlitchTip's `count` is the whole life's and mostly nothing else is there: then only a lifetime count is given.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from vedette.integrations.sentry import dates
from vedette.integrations.sentry.occurrences import title_of
from vedette.integrations.sentry.untrusted import first_text, issue_id, items, mapping, number, text
from vedette.model.issues import Count, CountSpan, Issue, IssueKey, IssueStatus
from vedette.model.settings import Dialect

FROM_LIST = "the issue list's count between start and end"
FROM_LIFETIME = "the issue's count over its whole life"
_STATUS = {
    "unresolved": IssueStatus.UNRESOLVED,
    "reprocessing": IssueStatus.UNRESOLVED,
    "resolved": IssueStatus.RESOLVED,
    "resolvedInNextRelease": IssueStatus.RESOLVED,
    "ignored": IssueStatus.IGNORED,
    "archived": IssueStatus.IGNORED,
    "muted": IssueStatus.IGNORED,
    "pending_deletion": IssueStatus.GONE,
    "deletion_in_progress": IssueStatus.GONE,
    "pending_merge": IssueStatus.GONE,
}
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
# Finest first: name in `stats`, what one bucket spans, how far back the buckets reach.
_SERIES = (("24h", _HOUR, _DAY), ("14d", _DAY, 14 * _DAY), ("30d", _DAY, 30 * _DAY))


@dataclass(frozen=True, slots=True)
class Asked:
    """What an answer answers: of which instance, when, over which window, and whether `start` and `end` were sent."""

    instance: str
    dialect: Dialect
    now: datetime
    window: timedelta | None = None
    bounded: bool = False


def issue(said: Any, asked: Asked) -> Issue | None:
    """The issue, or None where there is no usable id."""
    body = mapping(said)
    number_ = issue_id(body.get("id"))
    if not number_:
        return None
    life = mapping(body.get("lifetime"))
    return Issue(
        key=IssueKey(asked.instance, number_),
        as_of=asked.now,
        title=title_of(body),
        project=text(mapping(body.get("project")).get("slug")),
        short_id=text(body.get("shortId")),
        culprit=text(body.get("culprit")),
        level=first_text(body.get("level"), "error"),
        platform=first_text(body.get("platform"), mapping(body.get("project")).get("platform")),
        status=_STATUS.get(text(body.get("status")), IssueStatus.UNKNOWN),
        substatus=text(body.get("substatus")),
        permalink=text(body.get("permalink")),
        # The list's own dates speak of the window only, and come without their fraction.
        first_seen=dates.parse(life.get("firstSeen")) or dates.parse(body.get("firstSeen")),
        last_seen=dates.parse(life.get("lastSeen")) or dates.parse(body.get("lastSeen")),
        counts=counts(body, asked),
        assignee=_assignee(body.get("assignedTo")),
    )


def asked_for(found: Issue, key: IssueKey) -> Issue:
    """The issue under the key it was asked for; where the server answered with another, it was merged into that one."""
    if found.key == key:
        return found
    return replace(found, key=key, merged_into=found.key, status=IssueStatus.GONE)


def counts(body: Mapping[str, Any], asked: Asked) -> tuple[Count, ...]:
    """Every count that the body gives, with the interface that said so."""
    life = mapping(body.get("lifetime"))
    has_both = asked.bounded and number(life.get("count")) is not None
    lifetime = _count(life if has_both else body, asked, span=CountSpan.LIFETIME, source=FROM_LIFETIME)
    window = _count(body, asked, span=CountSpan.WINDOW, source=FROM_LIST) if has_both else _from_stats(body, asked)
    return tuple(count for count in (window, lifetime) if count is not None)


def no_events() -> Count:
    """The explicit 0 of an issue that the window's list does not hold."""
    return Count(events=0, users=0, span=CountSpan.WINDOW, source=FROM_LIST)


def _count(body: Mapping[str, Any], asked: Asked, *, span: CountSpan, source: str) -> Count | None:
    events = number(body.get("count"))
    if events is None:
        return None
    users = number(body.get("userCount"))
    # GlitchTip was seen to say 0 where there were three: its 0 says nothing.
    unsaid = users == 0 and asked.dialect is Dialect.GLITCHTIP
    return Count(events=events, users=None if unsaid else users, span=span, source=source)


def _from_stats(body: Mapping[str, Any], asked: Asked) -> Count | None:
    stats = mapping(body.get("stats"))
    for name, step, reach in _SERIES:
        if asked.window is None or asked.window > reach:
            continue
        since = (asked.now - asked.window - step).timestamp()
        touched = [seen for at, seen in buckets(stats.get(name)) if at > since]
        # Not one bucket within the window: a placeholder or a sparse series, of which an old server's 0 is no proof.
        if touched:
            source = f"stats[{name}], whole {'hours' if step is _HOUR else 'days'}"
            return Count(events=sum(touched), users=None, span=CountSpan.WINDOW, source=source)
    return None


def buckets(said: Any) -> Iterator[tuple[int, int]]:
    """Epoch second and number of each bucket of a series."""
    for pair in items(said):
        at, seen = (number(pair[0]), number(pair[1])) if isinstance(pair, list) and len(pair) == 2 else (None, None)
        if at is not None and seen is not None:
            yield at, seen


def _assignee(said: Any) -> str:
    who = mapping(said)
    name = first_text(who.get("email"), who.get("name"))
    return f"#{name}" if name and who.get("type") == "team" else name
