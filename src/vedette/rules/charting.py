"""Charting: what a filter's points amount to over a range of time: bars of whole windows, and what they compare with.

Law: a bar is the exact sum of the windows in it and says how many of them are known; what nobody counted is None and
never 0; bars are aligned in UTC, and only windows that are whole on both days are compared.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import attrgetter

from vedette.model.metrics import Lack, Point, Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_WINDOW = attrgetter("window.start", "window.end")
#: Of these windows nothing is known: whatever total stands beside the word is none.
NOTHING_KNOWN = frozenset({Lack.NOT_COUNTED, Lack.REFUSED})


class Range(StrEnum):
    """How far a chart looks back."""

    SIX_HOURS = "6h"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"

    @property
    def length(self) -> timedelta:
        """The whole of it."""
        return _RANGES[self][0]

    @property
    def bar(self) -> timedelta:
        """The least length of a bar, so that a phone can tell them apart."""
        return _RANGES[self][1]

    @property
    def words(self) -> str:
        """As people say it."""
        return _RANGES[self][2]


_RANGES = {
    Range.SIX_HOURS: (timedelta(hours=6), timedelta(minutes=5), "6 hours"),
    Range.DAY: (timedelta(hours=24), timedelta(minutes=15), "24 hours"),
    Range.WEEK: (timedelta(days=7), timedelta(hours=1), "7 days"),
    Range.MONTH: (timedelta(days=30), timedelta(hours=6), "30 days"),
}


class Against(StrEnum):
    """What a range is compared with: the same windows of an earlier time."""

    YESTERDAY = "yesterday"
    LAST_WEEK = "last_week"

    @property
    def by(self) -> timedelta:
        """How much earlier."""
        return _DAY if self is Against.YESTERDAY else 7 * _DAY

    @property
    def words(self) -> str:
        """As people say it."""
        return "the day before" if self is Against.YESTERDAY else "the week before"


class State(StrEnum):
    """How a bar stands; also its class in the style sheet."""

    WHOLE = "whole"
    UNDER_WAY = "under_way"  # whole so far: its last windows are still to come
    INCOMPLETE = "incomplete"  # at least so many
    UNKNOWN = "unknown"  # nothing in it was counted, and should have been
    NONE = "none"  # nothing was to be counted: before the first count, or still ahead


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of `windows` windows. Of the `due` ones `counted` are known, `lacking` of these not whole."""

    window: Window
    windows: int
    due: int
    counted: int
    lacking: int
    total: int | None  # None = nothing is known
    revised: int = 0  # windows whose count changed since they were first told
    lacks: tuple[Lack, ...] = ()  # why it is not whole, in the order of the windows

    @property
    def missing(self) -> int:
        """Windows that should have been counted and were not."""
        return self.due - self.counted

    @property
    def state(self) -> State:
        """How it stands."""
        if self.total is None:
            return State.UNKNOWN if self.due else State.NONE
        if self.missing or self.lacking:
            return State.INCOMPLETE
        return State.WHOLE if self.due == self.windows else State.UNDER_WAY


@dataclass(frozen=True, slots=True)
class Change:
    """A sum against that of the same windows earlier, over those `windows` that are whole both times."""

    now: int
    then: int
    windows: int

    @property
    def share(self) -> float | None:
        """How much more than then, 0 = the same; None where then was nothing to measure by."""
        return (self.now - self.then) / self.then if self.then else None


@dataclass(frozen=True, slots=True)
class Compared:
    """The bars of an earlier time, and the change since; None where no window is whole both times."""

    against: Against
    bars: tuple[Bar, ...]
    change: Change | None


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the bars lie.

    A window that ends after `due` is not missed yet; one that starts before `begun` never is.
    """

    frame: Window
    bar: timedelta
    every: timedelta
    due: datetime
    begun: datetime

    def earlier(self, by: timedelta) -> "Grid":
        """The same bars of an earlier time, which is over."""
        return Grid(self.frame.earlier(by), self.bar, self.every, self.frame.end, self.begun)


@dataclass(frozen=True, slots=True)
class Chart:
    """A filter's range."""

    grid: Grid
    bars: tuple[Bar, ...]
    compared: tuple[Compared, ...] = ()

    @property
    def total(self) -> int | None:
        """What is known of the whole range; None = nothing."""
        known = [bar.total for bar in self.bars if bar.total is not None]
        return sum(known) if known else None

    @property
    def peak(self) -> Bar | None:
        """The highest bar, the first of several; None where nothing was counted."""
        return max((bar for bar in self.bars if bar.total), key=lambda bar: bar.total or 0, default=None)

    def windows(self) -> tuple[int, int, int, int]:
        """How many windows are due, missing, lacking and revised."""
        bars = self.bars
        missing, lacking = sum(bar.missing for bar in bars), sum(bar.lacking for bar in bars)
        return sum(bar.due for bar in bars), missing, lacking, sum(bar.revised for bar in bars)


def known(point: Point) -> bool:
    """Whether anything is known of its window."""
    return point.lack is not Lack.NOT_COUNTED and point.lack is not Lack.REFUSED  # thousands of times a chart


def bar_length(least: timedelta, *, every: timedelta, longest: timedelta = timedelta(0)) -> timedelta:
    """The shortest length that holds whole windows of `every`, divides a day, and is no shorter than either limit.

    `longest`: the longest window of the points to be drawn, since one window is never cut in two.
    """
    wanted = max(least, longest)
    count = max(1, -(-wanted // every))
    while every * count < _DAY and _DAY % (every * count):
        count += 1
    return every * count


def frame_of(length: timedelta, bar: timedelta, *, end: datetime) -> Window:
    """The range of aligned bars whose last one holds the moment before `end`."""
    last = end + (_EPOCH - end) % bar
    count = max(1, -(-length // bar))
    return Window(last - count * bar, last)


def apart(points: Iterable[Point]) -> Iterator[Point]:
    """The points in order, none of whose windows overlap: of two that do the earlier stands, of a start the shorter."""
    end: datetime | None = None
    for point in sorted(points, key=_WINDOW):
        if end is None or point.window.start >= end:
            yield point
            end = point.window.end


def bars_of(points: Iterable[Point], grid: Grid) -> tuple[Bar, ...]:
    """The points' sums, a bar for each stretch of the grid; points outside of its frame are left out."""
    frame, length = grid.frame, grid.bar
    piles: list[list[Point]] = [[] for _ in range((frame.end - frame.start) // length)]
    for point in apart(each for each in points if frame.holds(each.window.start)):
        piles[(point.window.start - frame.start) // length].append(point)
    return tuple(_bar(pile, grid, frame.start + place * length) for place, pile in enumerate(piles))


def _bar(points: Sequence[Point], grid: Grid, start: datetime) -> Bar:
    window = Window(start, start + grid.bar)
    told = [point for point in points if known(point)]
    counted = sum((point.window.length for point in told), timedelta(0)) // grid.every
    first, last = max(start, grid.begun), min(window.end, grid.due)
    due = max(counted, (last - first) // grid.every, 0)
    return Bar(
        window=window,
        windows=grid.bar // grid.every,
        due=due,
        counted=counted,
        lacking=sum(not point.is_complete for point in told),
        total=sum(point.total for point in told) if told else None,
        revised=sum(point.revision > 0 for point in told),
        lacks=_lacks(points, missing=due > counted),
    )


def _lacks(points: Sequence[Point], *, missing: bool) -> tuple[Lack, ...]:
    found = dict.fromkeys(point.lack for point in points if not point.is_complete)
    if missing and not found.keys() & NOTHING_KNOWN:
        found[Lack.NOT_COUNTED] = None
    return tuple(found)


def change(points: Iterable[Point], earlier: Iterable[Point], *, by: timedelta) -> Change | None:
    """The sums of the windows that are whole now and were whole `by` earlier; None where there is no such pair."""
    before = {point.window.start: point for point in apart(earlier) if point.is_complete}
    pairs = [
        (point.total, then.total)
        for point in apart(points)
        if point.is_complete
        and (then := before.get(point.window.start - by)) is not None
        and then.window.end == point.window.end - by
    ]
    return Change(sum(now for now, _ in pairs), sum(then for _, then in pairs), len(pairs)) if pairs else None


def chart(points: Sequence[Point], *, earlier: Mapping[Against, Sequence[Point]], grid: Grid) -> Chart:
    """The bars of a range, and those of the earlier times it is compared with."""
    compared = (
        Compared(against, bars_of(then, grid.earlier(against.by)), change(points, then, by=against.by))
        for against, then in earlier.items()
    )
    return Chart(grid, bars_of(points, grid), tuple(compared))
