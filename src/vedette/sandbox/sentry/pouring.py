"""Pouring: heaps of occurrences put into an issue at once, for counts at any rate; nothing is announced."""

from collections.abc import Iterable

import msgspec

from vedette.sandbox.sentry import dates
from vedette.sandbox.sentry.memory import Memory
from vedette.sandbox.sentry.records import Issue
from vedette.sandbox.sentry.tides import Arrival, Traits


class Pour(msgspec.Struct, forbid_unknown_fields=True):
    """`weights[n]` occurrences at `at + n * step`; an `at` of the past is an event that comes late."""

    issue: int
    at: str | float
    weights: list[int] = msgspec.field(default_factory=lambda: [1])
    step: float = 1.0
    environment: str = "production"
    release: str = ""
    level: str = ""
    title: str = ""
    culprit: str = ""
    message: str = ""
    tags: dict[str, str] = {}
    #: So many users take turns.
    users: int = 0
    #: Seconds from the time that each names to its arrival; GlitchTip lists events by that.
    late: float = 0.0


class Drop(msgspec.Struct, forbid_unknown_fields=True):
    """Occurrences that are deleted: those of the half-open span, or the whole issue where none is named."""

    issue: int
    start: str | float | None = None
    end: str | float | None = None


class Outcome(msgspec.Struct, forbid_unknown_fields=True):
    """Events of a project that were dropped or filtered within an hour."""

    project: int
    at: str | float
    outcome: str
    quantity: int
    reason: str = "none"


def pour(memory: Memory, wanted: Iterable[Pour], *, now: float) -> int:
    """Put the heaps in; how many occurrences that were. Raises `KeyError` for an issue that is not there."""
    many = 0
    for each in wanted:
        issue = _issue(memory, each.issue)
        memory.count(issue, _arrivals(each, now))
        many += sum(each.weights)
        if issue.status == "resolved":
            memory.change_status(issue, "unresolved", at=now, substatus="regressed")
    return many


def _arrivals(wanted: Pour, now: float) -> Iterable[Arrival]:
    start = dates.parse(wanted.at, now)
    traits = Traits(
        environment=wanted.environment,
        release=wanted.release,
        level=wanted.level,
        title=wanted.title,
        culprit=wanted.culprit,
        message=wanted.message,
        tags=tuple(sorted(wanted.tags.items())),
        pool=wanted.users,
        late=wanted.late,
        unseen=True,
    )
    for place, weight in enumerate(wanted.weights):
        if weight > 0:
            yield Arrival(start + place * wanted.step, weight, traits)


def drop(memory: Memory, wanted: Iterable[Drop]) -> None:
    """Delete. Raises `KeyError` for an issue that is not there."""
    for each in wanted:
        issue = _issue(memory, each.issue)
        if each.start is None and each.end is None:
            memory.forget(issue)
        else:
            start, end = dates.parse(each.start, float("-inf")), dates.parse(each.end, float("inf"))
            issue.times_seen -= issue.arrivals.drop(start, end)


def _issue(memory: Memory, number: int) -> Issue:
    found = memory.issue(number)
    if found is None:
        raise KeyError(number)
    return found
