"""Sampling: points as the numbers that metric sinks want, in their order, cut to what a vendor takes at once.

Law: a number that is not known is left out, never told as 0; a window that was not counted tells only that it is not
whole.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from vedette.model.metrics import Lack, Point, Sample

T = TypeVar("T")

TOTAL = "vedette.errors"
USERS = "vedette.errors.users"
ISSUES = "vedette.errors.issues"
NEW = "vedette.errors.new"
REGRESSED = "vedette.errors.regressed"
COMPLETE = "vedette.errors.complete"
UNITS = {TOTAL: "{event}", USERS: "{user}", ISSUES: "{issue}", NEW: "{issue}", REGRESSED: "{issue}", COMPLETE: "1"}


def samples(point: Point) -> tuple[Sample, ...]:
    """The point's numbers, each at the window's end; `vedette.errors.complete` is 1 for a whole total, else 0."""
    values: tuple[tuple[str, int | None], ...] = (
        (TOTAL, point.total if point.is_counted else None),
        (USERS, point.users),
        (ISSUES, issues_of(point)),
        (NEW, point.new),
        (REGRESSED, point.regressed),
        (COMPLETE, int(point.is_complete)),
    )
    labels = (("filter", point.filter), ("instance", point.instance))
    window = point.window
    return tuple(
        Sample(name, float(value), window.end, window.length, labels, point.id, unit=UNITS[name])
        for name, value in values
        if value is not None
    )


def chronological(points: Iterable[Point]) -> tuple[Point, ...]:
    """The points, oldest window first; of one window by filter, and the newest revision of a point last."""
    return tuple(
        sorted(points, key=lambda each: (each.window.end, each.window.start, each.instance, each.filter, each.revision))
    )


def within(
    points: Iterable[Point], *, now: datetime, past: timedelta, future: timedelta
) -> tuple[tuple[Point, ...], tuple[str, ...]]:
    """The points that a vendor takes by their age, oldest first, and in words how many it would not take, and why."""
    ordered = chronological(points)
    old = tuple(point for point in ordered if point.window.end < now - past)
    early = tuple(point for point in ordered if point.window.end > now + future)
    said = (_left_out(old, f"older than {_span(past)}"), _left_out(early, f"more than {_span(future)} ahead of us"))
    return ordered[len(old) : len(ordered) - len(early)], tuple(filter(None, said))


def issues_of(point: Point) -> int | None:
    """How many issues there were; None where nothing was answered."""
    return point.issues if point.is_counted and point.rows_lack is not Lack.NOT_COUNTED else None


def project_of(point: Point) -> str:
    """The projects that are counted, in one word; `all` where the filter names none."""
    return ",".join(point.projects) or "all"


def _left_out(points: tuple[Point, ...], why: str) -> str:
    if not points:
        return ""
    ends = [point.window.end.astimezone(UTC) for point in points]
    span = f"{min(ends):%Y-%m-%dT%H:%M:%SZ} to {max(ends):%Y-%m-%dT%H:%M:%SZ}"
    return f"{len(points)} of the points, of windows that end {span}, are left out: {why}"


def _span(length: timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def chunks(
    items: Iterable[T],
    size_of: Callable[[T], int],
    *,
    most_items: int,
    most_bytes: int,
    between: int = 1,
    around: int = 2,
) -> Iterator[tuple[T, ...]]:
    """The items in their order, in as few requests as keep both limits; one that is too large alone stands alone.

    `between` and `around` are the bytes of a separator and of the brackets: those of a JSON array, unless told.
    """
    held: list[T] = []
    size = around
    for item in items:
        more = size_of(item) + (between if held else 0)
        if held and (len(held) >= most_items or size + more > most_bytes):
            yield tuple(held)
            held, size, more = [], around, size_of(item)
        held.append(item)
        size += more
    if held:
        yield tuple(held)
