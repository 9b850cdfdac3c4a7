"""Intake: many deliveries into one statement, each known or new.

A delivery is the same as another when dialect, instance, request id and the sha256 of the body are the same.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import zstandard
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from vedette.model.deliveries import DeliveryState, NewDelivery
from vedette.store.tables import deliveries
from vedette.store.types import storable
from vedette.store.waking import mark

Row = dict[str, Any]
_Key = tuple[str, str, str, str]

# Level 1 costs 24 to 32 us for 27 kB and makes the insert cheaper than the raw body would.
_LEVEL = 1

# One compressor a thread: making it costs as much as compressing a delivery, and it may not be used by two at once.
_OWN = threading.local()

_KEY = (deliveries.c.kind, deliveries.c.instance, deliveries.c.request_id, deliveries.c.sha256)
_INSERT = {
    "sqlite": sqlite.insert(deliveries).on_conflict_do_nothing().returning(deliveries.c.id, *_KEY),
    "postgresql": postgresql.insert(deliveries).on_conflict_do_nothing().returning(deliveries.c.id, *_KEY),
}
_KNOWN = select(deliveries.c.id).where(*(column == bindparam(column.name) for column in _KEY))


@dataclass(frozen=True, slots=True)
class Accepted:
    """The row that stands for a delivery; `repeat` when it was there before."""

    id: int
    repeat: bool


def compress(body: bytes) -> bytes:
    """`body` as zstd; its frame says the length, so that reading needs no limit of its own."""
    compressor: zstandard.ZstdCompressor | None = getattr(_OWN, "compressor", None)
    if compressor is None:
        compressor = _OWN.compressor = zstandard.ZstdCompressor(level=_LEVEL)
    return compressor.compress(body)


def decompress(body: bytes) -> bytes:
    """What `compress` was given."""
    return zstandard.ZstdDecompressor().decompress(body)


def row(delivery: NewDelivery) -> Row:
    """The columns of a delivery, its body compressed; done before the transaction begins."""
    return {
        "kind": delivery.kind.value,
        "instance": delivery.instance,
        "request_id": storable(delivery.request_id),
        "sha256": delivery.sha256,
        "headers": delivery.headers,
        "body": compress(delivery.body),
        "size": len(delivery.body),
        "received_at": delivery.received_at,
        "state": DeliveryState.PENDING.value,
        "reason": "",
        "changed_at": delivery.received_at,
        "leased_by": "",
        "leased_until": None,
    }


def insert(tx: Connection, rows: Sequence[Row]) -> list[Accepted]:
    """Store what is new, find what is known; one answer per row, in order."""
    distinct = {_key(new): new for new in reversed(rows)}
    answer = tx.execute(_INSERT[tx.dialect.name], list(reversed(distinct.values())))
    fresh = {(found.kind, found.instance, found.request_id, found.sha256): found.id for found in answer}
    if fresh:
        mark(tx)
    known: dict[_Key, int] = {}
    return [_accepted(tx, _key(new), fresh=fresh, known=known) for new in rows]


def _accepted(tx: Connection, key: _Key, *, fresh: dict[_Key, int], known: dict[_Key, int]) -> Accepted:
    if key in fresh:
        known[key] = fresh.pop(key)  # the next one alike in this batch is a repeat
        return Accepted(known[key], repeat=False)
    if key not in known:
        names: Mapping[str, str] = dict(zip((column.name for column in _KEY), key, strict=True))
        known[key] = tx.execute(_KNOWN, names).scalar_one()
    return Accepted(known[key], repeat=True)


def _key(new: Row) -> _Key:
    return (new["kind"], new["instance"], new["request_id"], new["sha256"])
