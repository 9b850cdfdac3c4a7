"""Event lists: every occurrence of a project, newest first, those that nobody sent made up from their heap; pure.

Made-up events keep their ids: the n-th of a heap stays the n-th when more of its kind come.
"""

from collections import defaultdict
from collections.abc import Iterator
from hashlib import md5
from heapq import merge
from typing import Any, NamedTuple

from vedette.sandbox.sentry import dates
from vedette.sandbox.sentry.memory import Memory
from vedette.sandbox.sentry.query import Window
from vedette.sandbox.sentry.records import Issue, Occurrence
from vedette.sandbox.sentry.settings import Project
from vedette.sandbox.sentry.tides import Traits

_MADE_UP = 50_000  # remembered, so that one can be read by its id


class Listed(NamedTuple):
    """One occurrence in a list: when, of which issue, and an event that is kept or what one is made of."""

    at: float
    issue: int
    kind: int
    turn: int
    traits: Traits
    kept: str = ""


def newest_first(memory: Memory, project: Project, window: Window) -> Iterator[Listed]:
    """Every occurrence of the project within the window; those of one instant in an order that does not change."""
    issues = [issue for issue in memory.issues.values() if issue.project == project]
    streams = [_of(memory, issue, window) for issue in issues]
    return merge(*streams, key=lambda each: (-each.at, each.issue))


def last_come_first(memory: Memory, project: Project) -> Iterator[Listed]:
    """Every occurrence of the project, in the order of GlitchTip: by when it came, whatever time it names."""
    return iter(sorted(newest_first(memory, project, Window()), key=lambda each: -(each.at + each.traits.late)))


def _of(memory: Memory, issue: Issue, window: Window) -> Iterator[Listed]:
    kept: dict[tuple[float, str], list[str]] | None = None
    for at, weight, kind, traits in issue.arrivals.newest_first(window.start, window.end):
        if kept is None and not traits.unseen:
            kept = _kept(memory, issue)
        for turn in range(weight - 1, -1, -1):
            same = None if traits.unseen or kept is None else kept.get((at, traits.user))
            yield Listed(at, issue.id, kind, turn, traits, same.pop() if same else "")


def _kept(memory: Memory, issue: Issue) -> dict[tuple[float, str], list[str]]:
    found: defaultdict[tuple[float, str], list[str]] = defaultdict(list)
    for event in issue.occurrences:
        occurrence = memory.occurrences[event]
        found[occurrence.at, dict(occurrence.data["tags"]).get("user", "")].append(event)
    return found


def occurrence(memory: Memory, listed: Listed) -> Occurrence:
    """The event that a list tells of."""
    if listed.kept:
        return memory.occurrences[listed.kept]
    name = f"{listed.issue}:{listed.at!r}:{listed.kind}:{listed.turn}"
    number = md5(name.encode(), usedforsecurity=False).hexdigest()
    if number not in memory.made_up:
        if len(memory.made_up) >= _MADE_UP:
            memory.made_up.clear()
        memory.made_up[number] = _made_up(memory, listed, number)
    return memory.made_up[number]


def _made_up(memory: Memory, listed: Listed, number: str) -> Occurrence:
    issue, traits = memory.issues[listed.issue], listed.traits
    like = memory.occurrences[issue.occurrences[-1]]
    user = traits.user or (f"id:{issue.id}-{listed.turn % traits.pool}" if traits.pool else "")
    data: dict[str, Any] = like.data | {
        "event_id": number,
        "timestamp": listed.at,
        "datetime": dates.micro(listed.at),
        "received": listed.at + traits.late,
        "title": traits.title or issue.title,
        "culprit": traits.culprit or issue.culprit,
        "message": traits.message or like.data["message"],
        "level": traits.level or issue.level,
        "release": traits.release or None,
        "environment": traits.environment or None,
        "tags": [[key, value] for key, value in sorted(tags(traits, issue, user).items())],
    }
    data["user"] = {user.partition(":")[0]: user.partition(":")[2]} if user else None
    return Occurrence(number, issue.project, issue.id, listed.at, listed.at + traits.late, data)


def tags(traits: Traits, issue: Issue, user: str) -> dict[str, str]:
    """The tags of an occurrence: its own, and what Sentry makes tags of."""
    said = dict(traits.tags)
    made = (("environment", traits.environment), ("level", traits.level or issue.level), ("release", traits.release))
    for key, value in (*made, ("user", user)):
        if value:
            said.setdefault(key, value)
    return said
