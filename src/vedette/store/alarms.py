"""Alarms: each cause once, however many processes raise it, with what was told of it.

Law: raising is one statement, so that it may stand in any transaction; whoever tells holds the cause's row until the
commit that also holds the job.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select
from sqlalchemy.sql import and_, case, or_

from vedette.model.alarms import Alarm, Cause, CauseKind, Severity
from vedette.store.upserts import insert
from vedette.store.watchtables import alarms

_a = alarms.c
_NOBODY = bindparam("nobody", [], type_=_a.told.type)
_LONGEST = 500  # characters of a key


def raise_(tx: Connection, cause: Cause, *, now: datetime, count: int | None = None) -> None:
    """The cause stands: once more than before, or `count` times in all.

    One that was cleared begins a new episode, unless nobody has been told of its end yet: then it never ended.
    """
    new = insert(tx, alarms).values(_columns(cause, now=now, count=1 if count is None else count))
    ended = and_(_a.resolved_at.is_not(None), _a.told == _NOBODY)
    follows = _a.times + 1 if count is None else new.excluded.times
    said = ("kind", "severity", "title", "cure", "facts", "path", "owner", "about", "patience", "lasts", "notify")
    tx.execute(
        new.on_conflict_do_update(
            index_elements=["key"],
            set_={name: new.excluded[name] for name in said}
            | {
                "last_at": new.excluded.last_at,
                "episode": case((ended, _a.episode + 1), else_=_a.episode),
                "first_at": case((ended, new.excluded.first_at), else_=_a.first_at),
                "times": case((ended, new.excluded.times), else_=follows),
                "told_count": case((ended, 0), else_=_a.told_count),
                "resolved_at": None,
            },
        )
    )


def clear(tx: Connection, key: str, *, now: datetime) -> bool:
    """The cause is gone; whether it stood."""
    standing = and_(_a.key == key[:_LONGEST], _a.resolved_at.is_(None))
    return tx.execute(alarms.update().where(standing).values(resolved_at=now)).rowcount == 1


def standing(tx: Connection, *, kinds: Collection[CauseKind] | None = None) -> list[Alarm]:
    """Every cause that stands, the worst and oldest first."""
    wanted = select(alarms).where(_a.resolved_at.is_(None))
    if kinds is not None:
        wanted = wanted.where(_a.kind.in_([kind.value for kind in kinds]))
    found = [_alarm(row) for row in tx.execute(wanted.order_by(_a.first_at, _a.key))]
    return sorted(found, key=lambda alarm: -alarm.cause.severity.rank)


def untold(tx: Connection) -> list[Alarm]:
    """Causes of which there may be something to tell: they stand, or somebody was not told yet that they are gone."""
    news = or_(_a.resolved_at.is_(None), _a.told != _NOBODY)
    return [_alarm(row) for row in tx.execute(select(alarms).where(news).order_by(_a.first_at, _a.key))]


def locked(tx: Connection, key: str) -> Alarm | None:
    """The cause, nobody else's until the commit."""
    row = tx.execute(select(alarms).where(_a.key == key[:_LONGEST]).with_for_update()).first()
    return None if row is None else _alarm(row)


def told(tx: Connection, alarm: Alarm, *, names: Collection[str], now: datetime) -> None:
    """These notifiers were told of it as it is (a cause that is gone is forgotten with that)."""
    gone = alarm.resolved_at is not None
    everybody = [] if gone else sorted({*alarm.told, *names})
    values: dict[str, Any] = {"told": everybody}
    if not gone:
        values |= {"told_at": now, "told_count": alarm.count}
    tx.execute(alarms.update().where(_a.key == alarm.cause.key[:_LONGEST]).values(values))


def _columns(cause: Cause, *, now: datetime, count: int) -> dict[str, Any]:
    return {
        "key": cause.key[:_LONGEST],
        "kind": cause.kind.value,
        "severity": cause.severity.value,
        "title": cause.title,
        "cure": cause.cure,
        "facts": dict(cause.facts),
        "path": cause.path,
        "owner": cause.owner,
        "about": cause.about,
        "patience": cause.patience,
        "lasts": cause.lasts,
        "notify": list(cause.notify),
        "episode": 1,
        "first_at": now,
        "last_at": now,
        "times": count,
        "told_at": None,
        "told_count": 0,
        "told": [],
        "resolved_at": None,
    }


def _alarm(row: Row[Any]) -> Alarm:
    cause = Cause(
        row.key,
        CauseKind(row.kind),
        Severity(row.severity),
        row.title,
        row.cure,
        facts=row.facts,
        path=row.path,
        owner=row.owner,
        about=row.about,
        patience=row.patience,
        lasts=row.lasts,
        notify=tuple(row.notify),
    )
    return Alarm(
        cause,
        episode=row.episode,
        first_at=row.first_at,
        last_at=row.last_at,
        count=row.times,
        told_at=row.told_at,
        told_count=row.told_count,
        told=tuple(row.told),
        resolved_at=row.resolved_at,
    )
