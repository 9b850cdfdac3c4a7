"""Deliveries and the mentions of issues read from them: what came in, and what of it still waits for a decision.

Law: a delivery is DONE only when every mention of it was decided; both are changed in the caller's transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, select
from sqlalchemy.sql import and_, or_

from vedette.model.deliveries import Delivery, DeliveryKind, DeliveryState
from vedette.model.issues import IssueKey
from vedette.store import intake
from vedette.store.tables import OPEN_MENTION, PENDING, deliveries, mentions
from vedette.store.waking import mark


@dataclass(frozen=True, slots=True)
class NewMention:
    """That a delivery (or a poll, `delivery` None) spoke of an issue; `kind` names the event and its change."""

    issue: IssueKey
    kind: str
    occurred_at: datetime
    delivery: int | None = None
    position: int = 0  # within the delivery
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention as stored; `decided_at` None = it waits for a decision."""

    id: int
    issue: IssueKey
    kind: str
    occurred_at: datetime
    delivery: int | None
    position: int
    detail: Mapping[str, Any]
    created_at: datetime
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """A delivery without its body, for explain and pages."""

    id: int
    kind: DeliveryKind
    instance: str
    request_id: str
    size: int
    received_at: datetime
    state: DeliveryState
    reason: str


_d, _m = deliveries.c, mentions.c
_FREE = (
    select(deliveries)
    .where(PENDING, or_(_d.leased_until.is_(None), _d.leased_until < bindparam("now", type_=_d.received_at.type)))
    .order_by(_d.id)
    .limit(bindparam("rows"))
    .with_for_update(skip_locked=True)
)
_LEASE = (
    deliveries.update()
    .where(_d.id == bindparam("row"))
    .values(leased_by=bindparam("worker"), leased_until=bindparam("until"))
)
_LEAVE = (
    deliveries.update()
    .where(_d.id == bindparam("row"), PENDING)
    .values(
        state=bindparam("to"), reason=bindparam("why"), changed_at=bindparam("now"), leased_by="", leased_until=None
    )
)
_WAITING = (
    select(mentions)
    .where(_m.instance == bindparam("instance"), _m.issue == bindparam("issue"), OPEN_MENTION)
    .order_by(_m.occurred_at, _m.id)
    .limit(bindparam("rows"))
)
_BY_ID = select(deliveries).where(_d.id == bindparam("row"))


def take(tx: Connection, *, worker: str, limit: int, lease: timedelta, now: datetime) -> list[Delivery]:
    """Lease the oldest deliveries that nobody reads, for `lease`; who lets it run out has them read by another."""
    found = tx.execute(_FREE, {"now": now, "rows": limit}).all()
    if found:
        until = now + lease
        tx.execute(_LEASE, [{"row": row.id, "worker": worker, "until": until} for row in found])
    return [_delivery(row) for row in found]


def sorted_(
    tx: Connection,
    delivery_id: int,
    found: Sequence[NewMention],
    *,
    state: DeliveryState,
    reason: str = "",
    now: datetime,
) -> bool:
    """Move a PENDING delivery on and record what it mentions; False when somebody else did so already."""
    moved = tx.execute(_LEAVE, {"row": delivery_id, "to": state.value, "why": reason, "now": now})
    if moved.rowcount != 1:
        return False
    _record(tx, found, now=now)
    return True


def mention(tx: Connection, new: NewMention, *, now: datetime) -> None:
    """Record what a poll found."""
    _record(tx, [new], now=now)


def waiting(tx: Connection, issue: IssueKey, *, limit: int = 1000) -> list[Mention]:
    """The mentions of `issue` that wait for a decision, the oldest occurrence first."""
    rows = tx.execute(_WAITING, {"instance": issue.instance, "issue": issue.id, "rows": limit})
    return [_mention(row) for row in rows]


def settle(tx: Connection, mention_ids: Sequence[int], *, now: datetime) -> None:
    """Mark mentions as decided, and deliveries whose mentions are all decided as DONE."""
    ids = list(mention_ids)
    if not ids:
        return
    touched = select(_m.delivery).where(_m.id.in_(ids), _m.delivery.is_not(None))
    # Two decisions may settle two mentions of one delivery at once: each must see the other's.
    tx.execute(select(_d.id).where(_d.id.in_(touched)).order_by(_d.id).with_for_update()).all()
    tx.execute(mentions.update().where(_m.id.in_(ids), OPEN_MENTION).values(decided_at=now))
    still = exists().where(_m.delivery == _d.id, OPEN_MENTION).correlate(deliveries)
    tx.execute(
        deliveries.update()
        .where(_d.id.in_(touched), _d.state == DeliveryState.SORTED.value, ~still)
        .values(state=DeliveryState.DONE.value, changed_at=now)
    )


def get(tx: Connection, delivery_id: int) -> Delivery | None:
    """The delivery with its body."""
    row = tx.execute(_BY_ID, {"row": delivery_id}).one_or_none()
    return None if row is None else _delivery(row)


def reopen(tx: Connection, delivery_id: int, *, now: datetime) -> bool:
    """Have a delivery read again: back to PENDING, its mentions forgotten.

    False when there is no such delivery, or nobody has read it yet.
    """
    moved = tx.execute(
        deliveries.update()
        .where(_d.id == delivery_id, ~PENDING)
        .values(state=DeliveryState.PENDING.value, reason="", changed_at=now, leased_by="", leased_until=None)
    )
    if moved.rowcount != 1:
        return False
    tx.execute(mentions.delete().where(_m.delivery == delivery_id))
    mark(tx)
    return True


def of_issue(tx: Connection, issue: IssueKey, *, limit: int = 50) -> list[DeliverySummary]:
    """The newest deliveries that mention `issue`, newest first."""
    about = select(_m.delivery).where(_m.instance == issue.instance, _m.issue == issue.id)
    return listing(tx, about, limit=limit)


def mentions_of(tx: Connection, issue: IssueKey, *, limit: int = 100) -> list[Mention]:
    """The newest mentions of `issue`, decided or not, newest first."""
    about = and_(_m.instance == issue.instance, _m.issue == issue.id)
    return [_mention(row) for row in tx.execute(select(mentions).where(about).order_by(_m.id.desc()).limit(limit))]


def listing(tx: Connection, ids: Any = None, *, limit: int) -> list[DeliverySummary]:
    """The newest deliveries (among `ids`, a selection, where given), newest first, without bodies."""
    columns = (_d.id, _d.kind, _d.instance, _d.request_id, _d.size, _d.received_at, _d.state, _d.reason)
    wanted = select(*columns).order_by(_d.id.desc()).limit(limit)
    if ids is not None:
        wanted = wanted.where(_d.id.in_(ids))
    return [_summary(row) for row in tx.execute(wanted)]


def _record(tx: Connection, found: Sequence[NewMention], *, now: datetime) -> None:
    if found:
        tx.execute(mentions.insert(), [_columns(new, now=now) for new in found])


def _columns(new: NewMention, *, now: datetime) -> dict[str, Any]:
    return {
        "instance": new.issue.instance,
        "issue": new.issue.id,
        "kind": new.kind,
        "occurred_at": new.occurred_at,
        "delivery": new.delivery,
        "position": new.position,
        "detail": new.detail,
        "created_at": now,
        "decided_at": None,
    }


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        kind=DeliveryKind(row.kind),
        instance=row.instance,
        request_id=row.request_id,
        headers=tuple((name, value) for name, value in row.headers),
        body=intake.decompress(row.body),
        received_at=row.received_at,
        state=DeliveryState(row.state),
        reason=row.reason,
    )


def _summary(row: Any) -> DeliverySummary:
    return DeliverySummary(
        id=row.id,
        kind=DeliveryKind(row.kind),
        instance=row.instance,
        request_id=row.request_id,
        size=row.size,
        received_at=row.received_at,
        state=DeliveryState(row.state),
        reason=row.reason,
    )


def _mention(row: Row[Any]) -> Mention:
    return Mention(
        id=row.id,
        issue=IssueKey(row.instance, row.issue),
        kind=row.kind,
        occurred_at=row.occurred_at,
        delivery=row.delivery,
        position=row.position,
        detail=row.detail,
        created_at=row.created_at,
        decided_at=row.decided_at,
    )
