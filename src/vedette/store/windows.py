"""Windows: what each filter counted in each window, with its revisions; and how far counting has come.

Law: a window's row changes only together with its revision, and a count that changes nothing writes nothing, so that
the same window counted twice gives the same point and tells nobody twice.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
import zstandard
from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.sql import and_

from vedette.model.metrics import Lack, Point, Trending, Window
from vedette.store import sums
from vedette.store.monitortables import asked, progress, windows
from vedette.store.monitortables import sums as summed
from vedette.store.types import encode
from vedette.store.upserts import insert, unless_there

_w, _a, _p, _s = windows.c, asked.c, progress.c, summed.c
_LEVEL = 3
_LACKS = {lack.value: lack for lack in Lack}  # an enum's own look-up is the dearest part of reading a month
# What a point is told by; a change in `trending` alone (an owner that was found) makes no new revision.
_TOLD = ("total", "issues", "users", "new", "regressed", "lack", "rows_lack")
_PLAIN = [column for column in windows.c if column.name not in ("trending", "counts")]
_ONE = select(*windows.c).where(_w.instance == bindparam("i"), _w.filter == bindparam("f"), _w.start == bindparam("s"))
_FIRST = unless_there(windows, _w.start)
_BEGIN = unless_there(progress)


def save(tx: Connection, point: Point, *, counts: Mapping[str, int], now: datetime) -> Point | None:
    """Keep the point, as the next revision where it says something new; None where it says what is kept already.

    `counts`: every issue's count by its number, not of the largest alone. A count that is less whole than the one that
    is kept never takes its place.
    """
    blobs = {"trending": _packed(point.trending), "counts": _packed(counts)}
    first = replace(point, revision=0, counted_at=now)
    if tx.execute(_FIRST[tx.dialect.name], _columns(first) | blobs).first() is not None:
        sums.note(tx, first, before=None)
        return first
    row = tx.execute(_ONE.with_for_update(), _key(point)).one()
    kept = _point(row)
    if kept.is_complete and not point.is_complete:
        return None
    if _says(kept) == _says(point) and row.counts == blobs["counts"]:
        if row.trending != blobs["trending"]:
            tx.execute(windows.update().where(_same(point)).values(trending=blobs["trending"]))
        return None
    # What Sentry refused to count was told to nobody: the first number is no correction.
    saved = replace(first, revision=kept.revision + 1) if kept.is_counted else first
    tx.execute(windows.update().where(_same(point)).values(_columns(saved) | blobs))
    sums.note(tx, saved, before=kept)
    return saved


def get(tx: Connection, instance: str, name: str, start: datetime) -> Point | None:
    """The point of the filter's window that begins then, with its trending issues."""
    row = tx.execute(_ONE, {"i": instance, "f": name, "s": start}).first()
    return None if row is None else _point(row, trending=_trending(row))


def between(tx: Connection, instance: str, name: str, *, since: datetime, until: datetime) -> list[Point]:
    """The filter's points whose windows begin in [since, until), oldest first, without their issues."""
    wanted = select(*_PLAIN).where(_w.instance == instance, _w.filter == name, _w.start >= since, _w.start < until)
    return [_point(row) for row in tx.execute(wanted.order_by(_w.start))]


def at(tx: Connection, instance: str, name: str, starts: Collection[datetime]) -> dict[datetime, Point]:
    """The filter's points of the windows that begin at these moments, without their issues."""
    wanted = select(*_PLAIN).where(_w.instance == instance, _w.filter == name, _w.start.in_(list(starts)))
    return {row.start: _point(row) for row in tx.execute(wanted)} if starts else {}


def counts(tx: Connection, instance: str, name: str, starts: Collection[datetime]) -> dict[datetime, Mapping[str, int]]:
    """Every issue's count by its number, of the windows that begin at these moments and are known."""
    wanted = select(_w.start, _w.counts).where(_w.instance == instance, _w.filter == name, _w.start.in_(list(starts)))
    rows = tx.execute(wanted) if starts else ()
    return {row.start: msgspec.json.decode(_unpacked(row.counts), type=dict[str, int]) for row in rows}


def trending(
    tx: Connection, instance: str, name: str, *, since: datetime, until: datetime
) -> dict[datetime, tuple[Trending, ...]]:
    """The largest issues of each of the filter's windows that begin in [since, until)."""
    wanted = select(_w.start, _w.trending).where(
        _w.instance == instance, _w.filter == name, _w.start >= since, _w.start < until
    )
    return {row.start: _trending(row) for row in tx.execute(wanted.order_by(_w.start))}


def latest(tx: Connection) -> list[Point]:
    """The newest point of every filter, without its issues, by instance and filter."""
    newest = select(_w.instance, _w.filter, func.max(_w.start).label("start")).group_by(_w.instance, _w.filter)
    last = newest.subquery()
    joined = and_(_w.instance == last.c.instance, _w.filter == last.c.filter, _w.start == last.c.start)
    wanted = select(*_PLAIN).join(last, joined).order_by(_w.instance, _w.filter)
    return [_point(row) for row in tx.execute(wanted)]


def whole(tx: Connection, instance: str, *, window: Window, names: Collection[str]) -> frozenset[str]:
    """Which of the filters have a point of this very window that is whole."""
    wanted = select(_w.filter).where(
        _w.instance == instance,
        _w.start == window.start,
        _w.end == window.end,
        _w.lack == Lack.NONE.value,
        _w.rows_lack == Lack.NONE.value,
        _w.filter.in_(list(names)),
    )
    return frozenset(tx.execute(wanted).scalars()) if names else frozenset()


def counted(tx: Connection, *, since: datetime) -> list[tuple[Point, int]]:
    """The newest counted point of every filter that has one since then, and all that the filter ever counted."""
    joined = and_(_w.instance == _s.instance, _w.filter == _s.filter, _w.start == _s.start)
    wanted = select(*_PLAIN, _s.shown).join(summed, joined).where(_s.start >= since)
    return [(_point(row), row.shown) for row in tx.execute(wanted.order_by(_w.instance, _w.filter))]


def note_asked(tx: Connection, instance: str, question: str, totals: Mapping[datetime, int]) -> None:
    """The server's own totals of a question, by the start of their windows."""
    for start, total in totals.items():
        new = insert(tx, asked).values(instance=instance, question=question, start=start, total=total)
        same = ["instance", "question", "start"]
        tx.execute(new.on_conflict_do_update(index_elements=same, set_={"total": new.excluded.total}))


def asked_before(
    tx: Connection, instance: str, question: str, *, since: datetime, until: datetime
) -> dict[datetime, int]:
    """The server's totals of the question as they were when its windows in [since, until) were last counted."""
    wanted = select(_a.start, _a.total).where(
        _a.instance == instance, _a.question == question, _a.start >= since, _a.start < until
    )
    return {row.start: row.total for row in tx.execute(wanted)}


def counted_until(tx: Connection, instance: str) -> datetime | None:
    """The end of the last window up to which everything was counted, or given up; None before the first."""
    until: datetime | None = tx.execute(select(_p.until).where(_p.instance == instance)).scalar()
    return until


def begin(tx: Connection, instance: str, *, until: datetime) -> None:
    """Counting begins there, unless it has begun: a first window that fails is owed like any other."""
    tx.execute(_BEGIN[tx.dialect.name], {"instance": instance, "until": until, "looked": until})


def advance(tx: Connection, instance: str, *, until: datetime) -> bool:
    """Counting has come so far; False where it had already."""
    new = insert(tx, progress).values(instance=instance, until=until)
    further = new.on_conflict_do_update(
        index_elements=["instance"], set_={"until": new.excluded.until}, where=_p.until < new.excluded.until
    )
    return tx.execute(further.returning(_p.until)).first() is not None


def looked_until(tx: Connection, instance: str) -> datetime | None:
    """The end of the last look over the whole grace; None before the first."""
    looked: datetime | None = tx.execute(select(_p.looked).where(_p.instance == instance)).scalar()
    return looked


def note_looked(tx: Connection, instance: str, *, until: datetime) -> None:
    """The whole grace before then was looked at for late events; nothing before counting has begun."""
    tx.execute(progress.update().where(_p.instance == instance).values(looked=until))


def forget(tx: Connection, *, before: datetime, limit: int) -> int:
    """Delete windows that began before then, what was asked of them, and sums of filters without others; how many."""
    old = select(_w.start).where(_w.start < before).order_by(_w.start).limit(limit)
    starts = list(tx.execute(old).scalars())
    tx.execute(asked.delete().where(_a.start < before))
    sums.forget(tx, before=before)
    return tx.execute(windows.delete().where(_w.start <= starts[-1])).rowcount if starts else 0


def _key(point: Point) -> dict[str, Any]:
    return {"i": point.instance, "f": point.filter, "s": point.window.start}


def _same(point: Point) -> Any:
    return and_(_w.instance == point.instance, _w.filter == point.filter, _w.start == point.window.start)


def _says(point: Point) -> tuple[Any, ...]:
    return (*(getattr(point, name) for name in _TOLD), point.window.end)


def _columns(point: Point) -> dict[str, Any]:
    return {
        "instance": point.instance,
        "filter": point.filter,
        "start": point.window.start,
        "end": point.window.end,
        "total": point.total,
        "issues": point.issues,
        "users": point.users,
        "new": point.new,
        "regressed": point.regressed,
        "lack": point.lack.value,
        "rows_lack": point.rows_lack.value,
        "detail": point.detail,
        "revision": point.revision,
        "counted_at": point.counted_at,
    }


def _point(row: Any, *, trending: tuple[Trending, ...] = ()) -> Point:
    return Point(
        row.filter,
        row.instance,
        Window(row.start, row.end),
        row.total,
        issues=row.issues,
        users=row.users,
        new=row.new,
        regressed=row.regressed,
        lack=_LACKS[row.lack],
        rows_lack=_LACKS[row.rows_lack],
        detail=row.detail,
        revision=row.revision,
        counted_at=row.counted_at,
        trending=trending,
    )


def _trending(row: Any) -> tuple[Trending, ...]:
    return msgspec.json.decode(_unpacked(row.trending), type=tuple[Trending, ...])


def _packed(value: Sequence[Any] | Mapping[str, int] | Iterable[Any]) -> bytes:
    return zstandard.ZstdCompressor(level=_LEVEL).compress(encode(value).encode())


def _unpacked(blob: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(blob)
