"""Hearing: which tickets their trackers' hooks spoke of, and that they wait to be read.

Law: a hook about a ticket that is not ours leaves no trace here, and a mark goes only by a reading that is newer.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.sql import and_

from vedette.model.tickets import Claim
from vedette.store.claimrows import claim_of
from vedette.store.tables import HEARD, claims

_c = claims.c


def ours(tx: Connection, tracker: str, names: Sequence[str]) -> list[int]:
    """The claims whose tickets are named, by id or by key."""
    named = [name for name in names if name]
    known = _c.ticket_id.in_(named) | _c.ticket_key.in_(named)
    return list(tx.execute(select(_c.id).where(_c.tracker == tracker, known)).scalars())


def heard(tx: Connection, claim_ids: Sequence[int], *, at: datetime) -> int:
    """Note that the tickets are to be read, unless they were since `at`; how many claims wait for it now."""
    older = _c.refreshed_at.is_(None) | (_c.refreshed_at < at)
    newer = _c.heard_at.is_(None) | (_c.heard_at < at)
    # In one order, so that two writers with the same tickets cannot wait for each other.
    which = select(_c.id).where(_c.id.in_(list(claim_ids)), older).order_by(_c.id).with_for_update()
    found = list(tx.execute(which).scalars())
    if found:
        tx.execute(claims.update().where(_c.id.in_(found), newer).values(heard_at=at))
    return len(found)


def waiting(tx: Connection, tracker: str, *, after_id: int = 0, limit: int) -> list[Claim]:
    """Claims whose tickets are to be read again, by number."""
    about = and_(_c.tracker == tracker, _c.id > after_id, HEARD)
    return [claim_of(row) for row in tx.execute(select(claims).where(about).order_by(_c.id).limit(limit))]


def answered(tx: Connection, claim_ids: Sequence[int], *, before: datetime) -> None:
    """The tickets were read at `before`; what was heard since then waits on."""
    done = claims.update().where(_c.id.in_(list(claim_ids)), _c.heard_at <= before)
    tx.execute(done.values(heard_at=None))


def count(tx: Connection, tracker: str) -> int:
    """How many claims of the tracker wait to be read."""
    asked = select(func.count()).select_from(claims).where(_c.tracker == tracker, HEARD)
    return int(tx.execute(asked).scalar_one())
