"""Retention: forgets what is older than the settings keep, a little at a time.

Law: what is live stays, however old: deliveries that wait, mentions without a decision, claims, jobs that are ready,
leased or dead.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, Table, exists, select
from sqlalchemy.sql import and_

from vedette.model.deliveries import DeliveryState
from vedette.store import access, flood, known, recall, requests, windows
from vedette.store.database import Store
from vedette.store.failures import StoreRefused
from vedette.store.tables import OPEN_MENTION, OVER, counters, deliveries, jobs, journal, mentions

ISSUES_KEPT = timedelta(days=90)  # what is known of an issue that no window has held since is asked anew
COUNTERS_KEPT = timedelta(days=30)  # where the settings do not say; nobody asks for older minutes

CUTS_KEPT = timedelta(days=2)  # the caps ask for an hour, and for a sweep's whole run

_Step = Callable[[Connection, datetime, int], int]


def prune(
    store: Store, retention: Mapping[str, timedelta | None], *, now: datetime, step: int = 500
) -> Mapping[str, int]:
    """Delete what is too old, at most `step` rows in a transaction; how many rows went, per table.

    `None` keeps a table for good. Raises StoreRefused for a table that has no retention.
    """
    if unknown := sorted(set(retention) - set(_STEPS)):
        raise StoreRefused(f"retention.{unknown[0]} is no table to prune; there are {', '.join(_STEPS)}")
    kept = {"counters": COUNTERS_KEPT, "sightings": recall.KEPT, "issues": ISSUES_KEPT} | dict(retention)
    return {name: _pruned(store, name, now - age, step=step) for name, age in kept.items() if age is not None}


def _pruned(store: Store, name: str, before: datetime, *, step: int) -> int:
    total = 0
    for some in _STEPS[name]:
        while True:
            gone = store.write(lambda tx, some=some: some(tx, before, step))  # type: ignore[misc]
            total += gone
            if gone < step:
                break
    return total


def _deliveries(tx: Connection, before: datetime, step: int) -> int:
    d, m = deliveries.c, mentions.c
    over = d.state.in_([DeliveryState.DONE.value, DeliveryState.IGNORED.value])
    waits = exists().where(m.delivery == d.id, OPEN_MENTION).correlate(deliveries)
    old = select(d.id).where(d.received_at < before, over, ~waits).order_by(d.received_at).limit(step)
    ids = list(tx.execute(old.with_for_update(skip_locked=True)).scalars())
    tx.execute(mentions.delete().where(m.delivery.in_(ids)))
    return tx.execute(deliveries.delete().where(d.id.in_(ids))).rowcount


def _of_polls(tx: Connection, before: datetime, step: int) -> int:
    m = mentions.c
    return _some(
        tx,
        mentions,
        select(m.id).where(and_(m.created_at < before, m.delivery.is_(None), ~OPEN_MENTION)).order_by(m.created_at),
        step,
    )


def _jobs(tx: Connection, before: datetime, step: int) -> int:
    old = select(jobs.c.id).where(OVER, jobs.c.finished_at < before).order_by(jobs.c.finished_at)
    return _some(tx, jobs, old, step)


def _journal(tx: Connection, before: datetime, step: int) -> int:
    return _some(tx, journal, select(journal.c.id).where(journal.c.at < before).order_by(journal.c.at), step)


def _cuts(tx: Connection, before: datetime, step: int) -> int:  # noqa: ARG001 - an hour of rows, which the caps bound
    return flood.forget_cuts(tx, before=before)


def _counters(tx: Connection, before: datetime, step: int) -> int:
    c = counters.c
    slots = list(tx.execute(select(c.slot).where(c.slot < before).order_by(c.slot).limit(step)).scalars())
    return tx.execute(counters.delete().where(c.slot <= slots[-1])).rowcount if slots else 0


def _sightings(tx: Connection, before: datetime, step: int) -> int:
    return recall.forget(tx, before=before, limit=step)


def _windows(tx: Connection, before: datetime, step: int) -> int:
    return windows.forget(tx, before=before, limit=step)


def _issues(tx: Connection, before: datetime, step: int) -> int:
    return known.forget(tx, before=before, limit=step)


def _access(tx: Connection, before: datetime, step: int) -> int:
    return access.forget(tx, before=before, limit=step)


def _requests(tx: Connection, before: datetime, step: int) -> int:
    return requests.forget(tx, before=before, limit=step)


def _some(tx: Connection, table: Table, old: Select[tuple[int]], step: int) -> int:
    ids = list(tx.execute(old.limit(step)).scalars())
    return tx.execute(table.delete().where(table.c.id.in_(ids))).rowcount if ids else 0


_STEPS: Mapping[str, tuple[_Step, ...]] = {
    "deliveries": (_deliveries, _of_polls),
    "journal": (_journal,),
    "jobs": (_jobs,),
    "counters": (_counters,),
    "cuts": (_cuts,),
    "sightings": (_sightings,),
    "windows": (_windows,),
    "issues": (_issues,),
    "access": (_access, _requests),
}
