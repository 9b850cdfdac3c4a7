"""Claim rows: a claim from its row, and the one way in which a row changes its state."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, bindparam, exists
from sqlalchemy.sql import case

from vedette.model.boards import Placement
from vedette.model.issues import Baseline, IssueKey
from vedette.model.tickets import Claim, ClaimState, Route, TicketRef
from vedette.store.tables import LIVE_CLAIM_STATES, claims

_c = claims.c
_other = claims.alias("other")

# What a fresh claim has in the columns that its ticket and its attempts fill later.
NOTHING_YET: dict[str, Any] = {
    "ticket_id": "",
    "ticket_key": "",
    "ticket_url": "",
    "ticket_status": "",
    "opened_at": None,
    "closed_at": None,
    "attempts": 0,
    "watermark": "",
    "attempted_at": None,
    "ended_at": None,
    "settle_at": None,
    "refreshed_at": None,
    "heard_at": None,
    "place": None,
    "event": "",
    "event_at": None,
    "sentry_project": "",
    "previous": None,
    "root": None,
    "baselines": "[]",
    "grown": 0,
    "priority": None,
    "raising": "",
    "unchanged_at": None,
}


def move(tx: Connection, claim_id: int, states: Collection[ClaimState], **values: Any) -> bool:
    """Change the claim if it is in one of `states`; False when it is not."""
    allowed = _c.state.in_([state.value for state in states])
    return tx.execute(claims.update().where(_c.id == claim_id, allowed).values(**values)).rowcount == 1


def ticket_columns(ticket: TicketRef) -> dict[str, str]:
    """Where the ticket lives."""
    return {
        "tracker": ticket.tracker,
        "ticket_id": ticket.id,
        "ticket_key": ticket.key,
        "ticket_url": ticket.url,
    }


def later(moment: datetime) -> ColumnElement[datetime]:
    """The claim's `as_of`, or `moment` if that is newer: a fact never becomes older."""
    new = bindparam("newer", moment, type_=_c.as_of.type)
    return case((_c.as_of < new, new), else_=_c.as_of)


def first_opened(moment: datetime) -> ColumnElement[datetime]:
    """When the ticket was first known to exist, which is `moment` if it was not known before."""
    new = bindparam("opening", moment, type_=_c.opened_at.type)
    return case((_c.opened_at.is_(None), new), else_=_c.opened_at)


def another_is_live() -> ColumnElement[bool]:
    """Whether a claim beside this one is live for the same issue (or event of it) and track."""
    same = [_other.c[name] == _c[name] for name in ("instance", "issue", "track", "event")]
    return exists().where(*same, _other.c.id != _c.id, _other.c.state.in_(LIVE_CLAIM_STATES)).correlate(claims)


def claim_of(row: Row[Any]) -> Claim:
    """The claim of a row of the whole table."""
    return Claim(
        id=row.id,
        issue=IssueKey(row.instance, row.issue),
        track=row.track,
        generation=row.generation,
        state=ClaimState(row.state),
        route=msgspec.json.decode(row.route, type=Route),
        stamp=row.stamp,
        created_at=row.created_at,
        as_of=row.as_of,
        owner=row.owner,
        ticket=_ticket(row),
        ticket_status=row.ticket_status,
        closed_at=row.closed_at,
        attempts=row.attempts,
        watermark=row.watermark,
        attempted_at=row.attempted_at,
        ended_at=row.ended_at,
        settle_at=row.settle_at,
        refreshed_at=row.refreshed_at,
        place=None if row.place is None else msgspec.json.decode(row.place, type=Placement),
        event=row.event,
        event_at=row.event_at,
        sentry_project=row.sentry_project,
        previous=row.previous,
        root=row.root,
        baselines=msgspec.json.decode(row.baselines, type=tuple[Baseline, ...]),
        grown=row.grown,
        priority=row.priority,
        raising=row.raising,
        unchanged_at=row.unchanged_at,
    )


def _ticket(row: Row[Any]) -> TicketRef | None:
    if not row.ticket_id and not row.ticket_key:
        return None
    return TicketRef(tracker=row.tracker, key=row.ticket_key, id=row.ticket_id, url=row.ticket_url)
