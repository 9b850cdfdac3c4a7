"""Windowing: which windows there are, which are owed, and which are looked at again for late events."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vedette.model.metrics import Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
#: As far back as the grace itself can be: a server that has forgotten its events by then would tell of none.
_LONGEST_MISSED = timedelta(days=14)
#: Of a longer span a server chooses buckets of its own.
_WINDOWS_AN_ANSWER = 2000


@dataclass(frozen=True, slots=True)
class Owed:
    """The windows that are to be counted, oldest first; `given_up`: those before, which are too old to be made up."""

    windows: tuple[Window, ...]
    given_up: int = 0


def aligned(at: datetime, *, every: timedelta) -> datetime:
    """The newest multiple of `every` since 1970, in UTC, that is not after the moment."""
    return _EPOCH + (at - _EPOCH) // every * every


def newest(now: datetime, *, every: timedelta, delay: timedelta) -> Window:
    """The newest window that ended at least `delay` ago."""
    end = aligned(now - delay, every=every)
    return Window(end - every, end)


def windows_of(span: Window, *, every: timedelta) -> Iterator[Window]:
    """The aligned windows that lie wholly within the span, oldest first."""
    start = aligned(span.start, every=every)
    start = start if start == span.start else start + every
    while start + every <= span.end:
        yield Window(start, start + every)
        start += every


def owed(until: datetime | None, *, now: datetime, every: timedelta, delay: timedelta, catch_up: timedelta) -> Owed:
    """What is to be counted, where counting has come `until` then: nothing twice, and nothing older than `catch_up`.

    The first time, the newest window alone: an operator who wants more says so (`vedette monitor backfill`).
    """
    last = newest(now, every=every, delay=delay)
    if until is None:
        return Owed((last,))
    oldest = max(until, aligned(now - catch_up, every=every))
    missed = 0 if oldest <= until else (oldest - aligned(until, every=every)) // every
    return Owed(tuple(windows_of(Window(oldest, last.end), every=every)), max(missed, 0))


@dataclass(frozen=True, slots=True)
class Look:
    """The span in which late events are looked for; `whole`: it is the whole grace, and what a missed look left."""

    span: Window
    whole: bool

    def parts(self, *, every: timedelta) -> Iterator[Window]:
        """The span in parts that a server tells in one answer, the oldest first."""
        start = self.span.start
        while start < self.span.end:
            end = min(start + _WINDOWS_AN_ANSWER * every, self.span.end)
            yield Window(start, end)
            start = end


def look_back(
    now: datetime, *, every: timedelta, delay: timedelta, grace: timedelta, looked: datetime | None = None
) -> Look:
    """Where late events are looked for now: the last hour, and once an hour the whole grace.

    `looked`: the end of the last whole look. Nobody looked while Vedette was down, and the grace of some windows ended
    meanwhile: they have their last look when it is back, up to two weeks later.
    """
    end = newest(now, every=every, delay=delay).end
    first_of_the_hour = aligned(end, every=_HOUR) + every > end
    missed = looked is not None and end - looked >= max(_HOUR, every)
    if not first_of_the_hour and not missed:
        return Look(Window(aligned(end - min(grace, _HOUR), every=every), end), whole=False)
    since = end if looked is None or not grace else min(end, looked)
    start = max(since - grace, end - max(grace, _LONGEST_MISSED))
    return Look(Window(aligned(start, every=every), end), whole=True)


def late(told: Mapping[datetime, int], before: Mapping[datetime, int], *, every: timedelta) -> tuple[Window, ...]:
    """The windows whose totals are others than when they were counted, oldest first; one never counted is not late."""
    changed = (start for start, total in told.items() if start in before and before[start] != total)
    return tuple(Window(start, start + every) for start in sorted(changed))
