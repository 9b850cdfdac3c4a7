"""Recall: what sweeps saw and hooks should have told of, until the hour is settled; and the sums per hour.

Law: a sighting is counted once, in the transaction that settles it; until then the same sighting again is the same row.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, select
from sqlalchemy.sql import and_

from vedette.model.issues import IssueKey
from vedette.model.recall import HOUR, Hook, RecallHour, Sighting
from vedette.rules.recall import Stretch
from vedette.store import counters
from vedette.store.tables import counters as counter_table
from vedette.store.tables import deliveries, mentions
from vedette.store.upserts import unless_there
from vedette.store.watchtables import UNSETTLED, sightings

#: Names of counters; their slots are whole hours. Labels of SUMS: instance, project, hook, heard (yes or no).
SUMS, SWEEPS, HEARD = "recall", "sweeps", "hooks_heard"
#: The events of deliveries that are hooks of a kind; `created` further by its change.
_KINDS = {Hook.ERROR: "ErrorOccurred", Hook.CREATED: "IssueChanged", Hook.ALERT: "IssueAlerted"}
#: How long a sighting is kept after its hour, settled: as long as `ALERT_EVERY` asks for, and for people to look.
KEPT = timedelta(days=3)
_LOOKED_AT = 50  # changes of one issue within an hour, among which its creation is looked for

_s, _m, _d, _c = sightings.c, mentions.c, deliveries.c, counter_table.c
_SEE = unless_there(sightings)
# Built once: making it for each row would cost more than the row.
_SETTLE = (
    sightings.update()
    .where(
        _s.instance == bindparam("i"),
        _s.hook == bindparam("k"),
        _s.issue == bindparam("n"),
        _s.hour == bindparam("h"),
        UNSETTLED,
    )
    .values(heard=bindparam("word"))
)


def hook_of(kind: str, detail: Mapping[str, Any]) -> Hook | None:
    """The kind of hook that a delivery's mention came by; None for news that no sweep can be held against."""
    hook = next((hook for hook, name in _KINDS.items() if name == kind), None)
    return None if hook is Hook.CREATED and detail.get("change") != Hook.CREATED.value else hook


def note_heard(tx: Connection, heard: Mapping[tuple[str, Hook], int], *, hour: datetime) -> None:
    """That hooks of these kinds came from these instances within the hour."""
    for (instance, hook), count in sorted(heard.items()):
        counters.add(tx, HEARD, {"instance": instance, "hook": hook.value}, count, now=hour)


def note_sweep(tx: Connection, instance: str, *, hour: datetime) -> None:
    """That the instance was swept within the hour."""
    counters.add(tx, SWEEPS, {"instance": instance}, 1, now=hour)


def first_sweep(tx: Connection, instance: str, *, since: datetime) -> datetime | None:
    """The first hour since then in which the instance was swept."""
    return _firsts(tx, SWEEPS, since=since).get((instance, ""))


def first_heard(tx: Connection, instance: str, *, since: datetime) -> dict[Hook, datetime]:
    """The first hour since then in which a hook of each kind came from the instance."""
    found = _firsts(tx, HEARD, since=since)
    return {Hook(hook): at for (name, hook), at in found.items() if name == instance}


def see(tx: Connection, seen: Iterable[Sighting]) -> None:
    """Keep what a sweep saw; what was seen before stays as it is."""
    rows = [_columns(each) for each in seen]
    if rows:
        tx.execute(_SEE[tx.dialect.name], rows)


def alerted_lately(tx: Connection, instance: str, *, after: datetime) -> frozenset[str]:
    """The issues of the instance that an alert was due for in an hour after that one."""
    found = select(_s.issue).where(_s.instance == instance, _s.hook == Hook.ALERT.value, _s.hour > after)
    return frozenset(tx.execute(found.distinct()).scalars())


def unsettled(tx: Connection, *, until: datetime, limit: int) -> list[Sighting]:
    """Sightings of hours that end at or before then, the oldest first."""
    wanted = select(sightings).where(UNSETTLED, _s.hour <= until - HOUR).order_by(_s.hour).limit(limit)
    return [_sighting(row) for row in tx.execute(wanted)]


def was_heard(tx: Connection, sighting: Sighting, stretch: Stretch, *, first: int) -> bool:
    """Whether a delivery of the sighting's kind spoke of the issue within the stretch.

    `first`: no mention before this number can be meant, so that a flood of years is not read.
    """
    about = and_(
        _m.instance == sighting.issue.instance,
        _m.issue == sighting.issue.id,
        _m.id >= first,
        _m.kind == _KINDS[sighting.hook],
        _d.received_at >= stretch.received_from,
        _d.received_at < stretch.received_until,
    )
    if stretch.happened_from is not None:
        about = and_(about, _m.occurred_at >= stretch.happened_from, _m.occurred_at < stretch.happened_until)
    found = select(_m.kind, _m.detail).join(deliveries, _d.id == _m.delivery).where(about).limit(_LOOKED_AT)
    return any(hook_of(row.kind, row.detail) is sighting.hook for row in tx.execute(found))


def first_mention(tx: Connection, *, since: datetime) -> int:
    """The number of the first mention made since then; beyond all where there is none."""
    found = tx.execute(select(func.min(_m.id)).where(_m.created_at >= since)).scalar_one()
    return int(found) if found is not None else 2**62


def settle(tx: Connection, settled: Sequence[tuple[Sighting, bool]]) -> None:
    """Write whether each was heard of, and add it to its hour; one that another replica settled is left out."""
    sums: dict[tuple[datetime, str, str, str, str], int] = {}
    for each, heard in settled:
        same = {"i": each.issue.instance, "n": each.issue.id, "k": each.hook.value, "h": each.hour, "word": int(heard)}
        if tx.execute(_SETTLE, same).rowcount != 1:
            continue
        key = (each.hour, each.issue.instance, each.project, each.hook.value, "yes" if heard else "no")
        sums[key] = sums.get(key, 0) + 1
    for (hour, instance, project, hook, word), count in sorted(sums.items()):
        labels = {"instance": instance, "project": project, "hook": hook, "heard": word}
        counters.add(tx, SUMS, labels, count, now=hour)


def hours(tx: Connection, *, since: datetime, until: datetime) -> list[RecallHour]:
    """Every settled hour of [since, until) in which anything was due, per instance, project and hook; in order."""
    found: dict[tuple[datetime, str, str, str], dict[str, int]] = {}
    rows = select(_c.slot, _c.labels, _c.value).where(_c.name == SUMS, _c.slot >= since, _c.slot < until)
    for row in tx.execute(rows):
        labels = msgspec.json.decode(row.labels, type=dict[str, str])
        counts = found.setdefault((row.slot, labels["instance"], labels["project"], labels["hook"]), {})
        counts[labels["heard"]] = counts.get(labels["heard"], 0) + int(row.value)
    return [
        RecallHour(hour, instance, project, Hook(hook), due=sum(counts.values()), heard=counts.get("yes", 0))
        for (hour, instance, project, hook), counts in sorted(found.items())
    ]


def missed(tx: Connection, *, since: datetime, limit: int) -> list[Sighting]:
    """What no hook told of since then, the newest hour first."""
    wanted = select(sightings).where(_s.heard == 0, _s.hour >= since)
    ordered = wanted.order_by(_s.hour.desc(), _s.instance, _s.issue, _s.hook).limit(limit)
    return [_sighting(row) for row in tx.execute(ordered)]


def forget(tx: Connection, *, before: datetime, limit: int) -> int:
    """Delete sightings of hours before then, settled or not; how many."""
    old = select(_s.hour).where(_s.hour < before).order_by(_s.hour).limit(limit)
    slots = list(tx.execute(old).scalars())
    return tx.execute(sightings.delete().where(_s.hour <= slots[-1])).rowcount if slots else 0


def _firsts(tx: Connection, name: str, *, since: datetime) -> dict[tuple[str, str], datetime]:
    rows = select(_c.labels, func.min(_c.slot).label("first")).where(_c.name == name, _c.slot >= since)
    found = [
        (msgspec.json.decode(row.labels, type=dict[str, str]), row.first)
        for row in tx.execute(rows.group_by(_c.labels))
    ]
    return {(labels["instance"], labels.get("hook", "")): first for labels, first in found}


def _columns(each: Sighting) -> dict[str, Any]:
    return {
        "instance": each.issue.instance,
        "issue": each.issue.id,
        "hook": each.hook.value,
        "hour": each.hour,
        "project": each.project,
        "title": each.title,
        "heard": None,
    }


def _sighting(row: Row[Any]) -> Sighting:
    heard = None if row.heard is None else bool(row.heard)
    return Sighting(IssueKey(row.instance, row.issue), Hook(row.hook), row.hour, row.project, row.title, heard)
