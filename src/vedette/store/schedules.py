"""Schedules: gives each aligned slot of a recurring duty to exactly one replica."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, or_

from vedette.store.tables import schedules
from vedette.store.types import microseconds, moment_of
from vedette.store.upserts import unless_there

_FIRST = unless_there(schedules, schedules.c.name)


def due(tx: Connection, name: str, *, every: timedelta, now: datetime) -> datetime | None:
    """The slot (a multiple of `every` since 1970, UTC) that is due and now ours, else None.

    The first time a name is asked for, the slot under way is due at once; missed slots are not made up.
    """
    slot = aligned(now, every=every)
    following = slot + every
    if tx.execute(_FIRST[tx.dialect.name], {"name": name, "next_at": following}).first() is not None:
        return slot
    # A row beyond the next slot comes from a longer `every` of the day before.
    late = or_(schedules.c.next_at <= now, schedules.c.next_at > following)
    taken = tx.execute(schedules.update().where(schedules.c.name == name, late).values(next_at=following))
    return slot if taken.rowcount == 1 else None


def aligned(now: datetime, *, every: timedelta) -> datetime:
    """The newest multiple of `every` since 1970 that is not after `now`."""
    step = every // timedelta(microseconds=1)
    return moment_of(microseconds(now) // step * step)
