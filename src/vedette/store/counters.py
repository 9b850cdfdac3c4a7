"""Counters: sums per minute that several processes add to and pages read.

Law: who adds many, sums them up first and adds once: on PostgreSQL a row is locked until the adder's commit.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, func, select

from vedette.store.schedules import aligned
from vedette.store.tables import counters
from vedette.store.types import encode
from vedette.store.upserts import insert

SLOT = timedelta(minutes=1)

_c = counters.c


def add(tx: Connection, name: str, labels: Mapping[str, str], value: int, *, now: datetime) -> None:
    """Add `value` to the minute of `now`."""
    new = insert(tx, counters).values(name=name, labels=_text(labels), slot=aligned(now, every=SLOT), value=value)
    tx.execute(
        new.on_conflict_do_update(
            index_elements=["name", "labels", "slot"], set_={"value": _c.value + new.excluded.value}
        )
    )


def total(tx: Connection, name: str, *, since: datetime, labels: Mapping[str, str] | None = None) -> int:
    """The sum of every minute that begins at or after `since`, over all counters that carry these labels."""
    found = select(_c.labels, func.sum(_c.value).label("sum")).where(_c.name == name, _c.slot >= since)
    return sum(int(row.sum) for row in tx.execute(found.group_by(_c.labels)) if _carries(row.labels, labels))


def by_labels(tx: Connection, name: str, *, since: datetime) -> list[tuple[dict[str, str], int]]:
    """Each counter of that name with its labels and its sum since then."""
    found = select(_c.labels, func.sum(_c.value).label("sum")).where(_c.name == name, _c.slot >= since)
    rows = tx.execute(found.group_by(_c.labels))
    return [(msgspec.json.decode(row.labels, type=dict[str, str]), int(row.sum)) for row in rows]


def by_label(tx: Connection, name: str, label: str, *, since: datetime) -> dict[str, int]:
    """The sum of every minute that begins at or after `since`, for each value of one label."""
    found = select(_c.labels, func.sum(_c.value).label("sum")).where(_c.name == name, _c.slot >= since)
    sums: dict[str, int] = {}
    for row in tx.execute(found.group_by(_c.labels)):
        value = msgspec.json.decode(row.labels, type=dict[str, str]).get(label, "")
        if value:
            sums[value] = sums.get(value, 0) + int(row.sum)
    return sums


def series(
    tx: Connection, name: str, *, since: datetime, until: datetime, labels: Mapping[str, str] | None = None
) -> list[tuple[datetime, int]]:
    """Every minute of [since, until) with its sum, a quiet one as 0."""
    first = aligned(since, every=SLOT)
    sums = {first + number * SLOT: 0 for number in range(max(0, -((first - until) // SLOT)))}
    rows = select(_c.slot, _c.labels, _c.value).where(_c.name == name, _c.slot >= first, _c.slot < until)
    for row in tx.execute(rows):
        if _carries(row.labels, labels):
            sums[row.slot] += row.value
    return list(sums.items())


def _text(labels: Mapping[str, str]) -> str:
    return encode(dict(sorted(labels.items())))


def _carries(text: str, labels: Mapping[str, str] | None) -> bool:
    return not labels or labels.items() <= msgspec.json.decode(text, type=dict[str, str]).items()
