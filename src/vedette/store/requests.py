"""Requests for access, and who was told of them.

Law: a telling is written only in the transaction that ends the job by which a notifier took it; a request that comes
again after it was closed is a new one, of which everybody is told anew.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from vedette.model.requests import RequestSeen, Weighed
from vedette.store.requesttables import OPEN_REQUEST, requests, tellings
from vedette.store.upserts import insert

_r, _t = requests.c, tellings.c


def see(tx: Connection, weighed: Iterable[Weighed], *, now: datetime) -> None:
    """That these are open now."""
    for each in weighed:
        closed = select(_r.key).where(_r.key == each.key, ~OPEN_REQUEST)
        if tx.execute(closed).first() is not None:
            tx.execute(tellings.delete().where(_t.request == each.key))
            tx.execute(requests.delete().where(_r.key == each.key))
        changing = {"weighed": msgspec.to_builtins(each), "last_at": now}
        row = {"key": each.key, "instance": each.instance, "source": each.request.source, "first_at": now}
        new = insert(tx, requests).values(row | changing | {"closed_at": None})
        tx.execute(new.on_conflict_do_update(index_elements=["key"], set_=changing))


def close(tx: Connection, keys: Iterable[str], *, now: datetime) -> int:
    """That these are answered, or gone; how many were open."""
    return tx.execute(requests.update().where(_r.key.in_(list(keys)), OPEN_REQUEST).values(closed_at=now)).rowcount


def open_ones(tx: Connection, *, instance: str | None = None) -> list[RequestSeen]:
    """Every open request, the oldest first."""
    wanted = select(requests).where(OPEN_REQUEST).order_by(_r.first_at, _r.key)
    found = list(tx.execute(wanted if instance is None else wanted.where(_r.instance == instance)))
    told = _told(tx, [row.key for row in found])
    return [_seen(row, told.get(row.key, {})) for row in found]


def closed_since(tx: Connection, since: datetime, *, limit: int) -> list[RequestSeen]:
    """Requests that were closed since then, the newest first."""
    wanted = select(requests).where(_r.closed_at >= since).order_by(_r.closed_at.desc(), _r.key).limit(limit)
    found = list(tx.execute(wanted))
    told = _told(tx, [row.key for row in found])
    return [_seen(row, told.get(row.key, {})) for row in found]


def get(tx: Connection, key: str) -> RequestSeen | None:
    """The request of that key, open or closed."""
    row = tx.execute(select(requests).where(_r.key == key)).first()
    return None if row is None else _seen(row, _told(tx, [key]).get(key, {}))


def tell(tx: Connection, key: str, *, notifier: str, now: datetime) -> None:
    """That the notifier took a notice of it."""
    new = insert(tx, tellings).values(request=key, notifier=notifier, told_at=now)
    tx.execute(new.on_conflict_do_update(index_elements=["request", "notifier"], set_={"told_at": now}))


def forget(tx: Connection, *, before: datetime, limit: int) -> int:
    """Delete requests that were closed before then; how many."""
    old = list(tx.execute(select(_r.key).where(_r.closed_at < before).order_by(_r.closed_at).limit(limit)).scalars())
    tx.execute(tellings.delete().where(_t.request.in_(old)))
    return tx.execute(requests.delete().where(_r.key.in_(old))).rowcount if old else 0


def _told(tx: Connection, keys: list[str]) -> Mapping[str, Mapping[str, datetime]]:
    found: dict[str, dict[str, datetime]] = {}
    for row in tx.execute(select(tellings).where(_t.request.in_(keys))) if keys else ():
        found.setdefault(row.request, {})[row.notifier] = row.told_at
    return found


def _seen(row: Row[Any], told: Mapping[str, datetime]) -> RequestSeen:
    weighed = msgspec.convert(row.weighed, Weighed)
    return RequestSeen(weighed, row.first_at, row.last_at, row.closed_at, tuple(sorted(told.items())))
