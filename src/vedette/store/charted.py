"""Charted: which filters have points, and sums over their windows, as the pages of the monitor show them.

Law: a look costs what it shows, however many windows are kept.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, Connection, func, select, type_coerce
from sqlalchemy.sql import and_, case

from vedette.model.metrics import Lack, Point
from vedette.rules.charting import NOTHING_KNOWN, Change
from vedette.store import windows as points
from vedette.store.monitortables import windows
from vedette.store.types import microseconds, moment_of

_w = windows.c
_then = windows.alias("earlier")
_MICROSECOND = timedelta(microseconds=1)
_NOTHING = [lack.value for lack in NOTHING_KNOWN]

Name = tuple[str, str]  # instance, filter


@dataclass(frozen=True, slots=True)
class Sum:
    """The known windows of a filter that begin in [start, start + step); `lacking`: how many of them are not whole."""

    start: datetime
    total: int
    windows: int
    lacking: int
    revised: int


def filters(tx: Connection) -> list[Name]:
    """Every filter of which a point is kept, in order; a step through the index for each, not through the points."""
    found: list[Name] = []
    name = _next(tx, None)
    while name is not None:
        found.append(name)
        name = _next(tx, name)
    return found


def _next(tx: Connection, name: Name | None) -> Name | None:
    """The filter after this one; of the next instance where this one's has no more."""
    order = select(_w.instance, _w.filter).order_by(_w.instance, _w.filter).limit(1)
    if name is None:
        row = tx.execute(order).first()
    else:  # in two steps, since SQLite would walk through all windows of a filter to compare pairs
        row = tx.execute(order.where(_w.instance == name[0], _w.filter > name[1])).first()
        row = row or tx.execute(order.where(_w.instance > name[0])).first()
    return None if row is None else (row.instance, row.filter)


def newest(tx: Connection, names: Collection[Name]) -> dict[Name, Point]:
    """The newest point of each of the filters that has one, without its issues."""
    found = {name: _end(tx, name, last=True) for name in names}
    told = ((name, points.at(tx, *name, [start]).get(start)) for name, start in found.items() if start)
    return {name: point for name, point in told if point is not None}


def first(tx: Connection, name: Name) -> datetime | None:
    """When the filter's oldest window begins; None where there is none."""
    return _end(tx, name, last=False)


def sums(tx: Connection, *, since: datetime, until: datetime, step: timedelta) -> dict[Name, list[Sum]]:
    """Each filter's sums over the windows that begin in [since, until), a step at a time, oldest first.

    A step of which nothing is known is left out. `since` should be a multiple of the step.
    """
    width, first_start = step // _MICROSECOND, microseconds(since)
    place = ((_plain(_w.start) - first_start) // width).label("place")
    counted = (
        select(
            _w.instance,
            _w.filter,
            place,
            func.sum(_w.total).label("total"),
            func.count().label("windows"),
            func.sum(case((_w.lack != Lack.NONE.value, 1), else_=0)).label("lacking"),
            func.sum(case((_w.revision > 0, 1), else_=0)).label("revised"),
        )
        .where(_w.start >= since, _w.start < until, _w.lack.not_in(_NOTHING))
        .group_by(_w.instance, _w.filter, place)
        .order_by(_w.instance, _w.filter, place)
    )
    found: dict[Name, list[Sum]] = {}
    for row in tx.execute(counted):
        start = moment_of(first_start + int(row.place) * width)
        numbers = (int(row.total), int(row.windows), int(row.lacking), int(row.revised))
        found.setdefault((row.instance, row.filter), []).append(Sum(start, *numbers))
    return found


def changes(tx: Connection, *, since: datetime, until: datetime, by: timedelta) -> dict[Name, Change]:
    """Each filter's sum over the windows in [since, until) that are whole now and were `by` earlier, and then."""
    shift = by // _MICROSECOND
    same = and_(
        _then.c.instance == _w.instance,
        _then.c.filter == _w.filter,
        _plain(_then.c.start) == _plain(_w.start) - shift,
        _plain(_then.c.end) == _plain(_w.end) - shift,
    )
    whole = (_w.lack == Lack.NONE.value, _then.c.lack == Lack.NONE.value)
    told = (
        select(
            _w.instance,
            _w.filter,
            func.sum(_w.total).label("now"),
            func.sum(_then.c.total).label("then"),
            func.count().label("windows"),
        )
        .select_from(windows.join(_then, same))
        .where(_w.start >= since, _w.start < until, *whole)
        .group_by(_w.instance, _w.filter)
    )
    return {
        (row.instance, row.filter): Change(int(row.now), int(row.then), int(row.windows)) for row in tx.execute(told)
    }


def stretches(since: datetime, until: datetime, *, step: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """[since, until) cut into steps, so that a long answer is read a piece at a time."""
    while since < until:
        yield since, min(since + step, until)
        since += step


def _end(tx: Connection, name: Name, *, last: bool) -> datetime | None:
    order = _w.start.desc() if last else _w.start
    wanted = select(_w.start).where(_w.instance == name[0], _w.filter == name[1]).order_by(order).limit(1)
    found: datetime | None = tx.execute(wanted).scalar()
    return found


def _plain(column: ColumnElement[datetime]) -> ColumnElement[int]:
    """Its microseconds, to reckon with."""
    return type_coerce(column, BigInteger)
