"""Ledger: which ticket stands for which issue on which track, and who may create the next.

Law: every change says from which states it may be made, so that a late outcome of an earlier attempt changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.sql import and_, case

from vedette.model.boards import Placement
from vedette.model.issues import Baseline, IssueKey
from vedette.model.tickets import Claim, ClaimState, Route, Ticket, TicketRef, TicketState, stamp_of
from vedette.store.claimrows import (
    NOTHING_YET,
    another_is_live,
    claim_of,
    first_opened,
    later,
    move,
    ticket_columns,
)
from vedette.store.tables import LIVE_CLAIM, claims
from vedette.store.types import encode
from vedette.store.upserts import unless_there

_c = claims.c
_OF_TRACK = and_(_c.instance == bindparam("instance"), _c.issue == bindparam("issue"), _c.track == bindparam("track"))
_LIVE = select(claims).where(_OF_TRACK, LIVE_CLAIM).order_by(_c.generation.desc()).limit(1)
_BEFORE = (
    select(claims)
    .where(_OF_TRACK, _c.generation < bindparam("generation"), _c.state != ClaimState.DROPPED.value)
    .order_by(_c.generation.desc())
    .limit(1)
)
_BY_ID = select(claims).where(_c.id == bindparam("row"))
_HELD = _BY_ID.with_for_update()  # which SQLite leaves out: there one transaction writes at a time
_BY_STAMP = select(claims).where(_c.stamp == bindparam("stamp")).order_by(_c.id.desc()).limit(1)
_CLAIM = unless_there(claims, _c.id)
_STATE_OF = {
    TicketState.OPEN: ClaimState.OPEN,
    TicketState.DONE: ClaimState.DONE,
    TicketState.WONT_DO: ClaimState.WONT_DO,
    TicketState.GONE: ClaimState.GONE,
}
_UNDER_WAY = (ClaimState.CREATING, ClaimState.UNCERTAIN)
_UNOPENED = (ClaimState.CLAIMED, *_UNDER_WAY)


def live(tx: Connection, issue: IssueKey, track: str) -> Claim | None:
    """The claim of this issue and track that is claimed, creating, uncertain or open; of several events' the newest."""
    row = tx.execute(_LIVE, {"instance": issue.instance, "issue": issue.id, "track": track}).one_or_none()
    return None if row is None else claim_of(row)


def history(tx: Connection, issue: IssueKey, track: str | None = None) -> list[Claim]:
    """Every claim of the issue (on the track), the oldest generation first."""
    wanted = select(claims).where(_c.instance == issue.instance, _c.issue == issue.id)
    if track is not None:
        wanted = wanted.where(_c.track == track)
    return [claim_of(row) for row in tx.execute(wanted.order_by(_c.track, _c.generation))]


def get(tx: Connection, claim_id: int) -> Claim | None:
    """The claim with that number."""
    row = tx.execute(_BY_ID, {"row": claim_id}).one_or_none()
    return None if row is None else claim_of(row)


def held(tx: Connection, claim_id: int) -> Claim | None:
    """The claim with that number, which nobody else changes until this transaction ends."""
    row = tx.execute(_HELD, {"row": claim_id}).one_or_none()
    return None if row is None else claim_of(row)


def by_ticket(tx: Connection, tracker: str, *, id: str | None = None, key: str | None = None) -> Claim | None:  # noqa: A002
    """The newest claim whose ticket has this id (which never changes) or this key."""
    wanted = select(claims).where(_c.tracker == tracker).order_by(_c.id.desc()).limit(1)
    if id:
        wanted = wanted.where(_c.ticket_id == id)
    if key:
        wanted = wanted.where(_c.ticket_key == key)
    row = tx.execute(wanted).one_or_none() if id or key else None
    return None if row is None else claim_of(row)


def by_stamp(tx: Connection, stamp: str) -> Claim | None:
    """The claim that put this stamp on its ticket."""
    row = tx.execute(_BY_STAMP, {"stamp": stamp}).one_or_none()
    return None if row is None else claim_of(row)


def claim(
    tx: Connection,
    *,
    issue: IssueKey,
    track: str,
    generation: int,
    route: Route,
    owner: str,
    now: datetime,
    as_of: datetime,
    event: str = "",
    event_at: datetime | None = None,
    sentry_project: str = "",
    previous: int | None = None,
    baselines: Sequence[Baseline] = (),
) -> Claim | None:
    """Claim the right to create that generation's ticket; None when there is a live claim, or that generation was.

    An event has one claim for good. `previous` is the claim that this one follows; without it, the newest before it on
    the track.
    """
    parent = get(tx, previous) if previous is not None else before(tx, issue, track, generation)
    values = {
        "event": event,
        "event_at": event_at,
        "sentry_project": sentry_project,
        "previous": parent.id if parent else None,
        "root": (parent.root or parent.id) if parent else None,
        "instance": issue.instance,
        "issue": issue.id,
        "track": track,
        "generation": generation,
        "state": ClaimState.CLAIMED.value,
        "tracker": route.tracker,
        "project": route.project,
        "route": encode(route),
        "owner": owner,
        "stamp": stamp_of(issue, track=track, generation=generation),
        "created_at": now,
        "as_of": as_of,
        "baselines": encode(baselines),
    }
    row = tx.execute(_CLAIM[tx.dialect.name], NOTHING_YET | values).scalar()
    return None if row is None else get(tx, row)


def before(tx: Connection, issue: IssueKey, track: str, generation: int) -> Claim | None:
    """The newest claim before that generation which was not refused; among several of one decision, the one before."""
    asked = {"instance": issue.instance, "issue": issue.id, "track": track, "generation": generation}
    row = tx.execute(_BEFORE, asked).one_or_none()
    return None if row is None else claim_of(row)


def chain(tx: Connection, claim: Claim) -> tuple[Claim | None, Claim | None]:
    """The claim before this one and the first of its chain, past those that were refused since."""
    previous = get(tx, claim.previous) if claim.previous is not None else None
    while previous is not None and previous.state is ClaimState.DROPPED:
        previous = get(tx, previous.previous) if previous.previous is not None else None
    root = get(tx, claim.root) if previous is not None and claim.root is not None else None
    return previous, previous if root is None or root.state is ClaimState.DROPPED else root


def begin(
    tx: Connection,
    claim_id: int,
    *,
    watermark: str,
    attempted_at: datetime,
    settle_at: datetime,
    now: datetime,  # noqa: ARG001
    place: Placement | None = None,
) -> bool:
    """An attempt is about to be sent to that place: CLAIMED -> CREATING."""
    sent = {} if place is None else {"place": encode(place), "project": place.project}
    return move(
        tx,
        claim_id,
        (ClaimState.CLAIMED,),
        state=ClaimState.CREATING.value,
        watermark=watermark,
        attempted_at=attempted_at,
        settle_at=settle_at,
        ended_at=None,
        attempts=_c.attempts + 1,
        **sent,
    )


def uncertain(tx: Connection, claim_id: int, *, ended_at: datetime, settle_at: datetime, now: datetime) -> bool:  # noqa: ARG001
    """The attempt ended without a whole answer; `settle_at`: when absence, if then seen, is proven."""
    return move(tx, claim_id, _UNDER_WAY, state=ClaimState.UNCERTAIN.value, ended_at=ended_at, settle_at=settle_at)


def absent(tx: Connection, claim_id: int, *, now: datetime) -> bool:  # noqa: ARG001
    """Nothing stands in the tracker, surely: a new attempt may begin."""
    return move(tx, claim_id, _UNDER_WAY, state=ClaimState.CLAIMED.value, settle_at=None)


def opened(
    tx: Connection, claim_id: int, *, ticket: TicketRef, status: str, now: datetime, as_of: datetime
) -> bool:  # fmt: skip
    """The ticket exists, as seen at `as_of`; also once more for a claim that is OPEN already."""
    return move(
        tx,
        claim_id,
        (*_UNOPENED, ClaimState.OPEN),
        state=ClaimState.OPEN.value,
        **ticket_columns(ticket),
        ticket_status=status,
        opened_at=first_opened(now),
        settle_at=None,
        refreshed_at=as_of,
        as_of=later(as_of),
    )


def named(tx: Connection, claim_id: int, *, status: str) -> bool:
    """The open ticket was just moved to that status, by us."""
    return move(tx, claim_id, (ClaimState.OPEN,), ticket_status=status)


def dropped(tx: Connection, claim_id: int, *, now: datetime) -> bool:
    """The create was refused or given up, and nothing stands in the tracker."""
    return move(tx, claim_id, _UNOPENED, state=ClaimState.DROPPED.value, closed_at=now, settle_at=None)


def refreshed(tx: Connection, claim_id: int, ticket: Ticket, *, now: datetime) -> Claim:
    """Take over what the tracker says; a reading older than the last one changes nothing.

    A closed ticket that was reopened while a newer generation is live stays closed here, with its new status: there is
    one live claim, and the audit reports the difference. Raises LookupError for a claim that does not exist.
    """
    newer = (_c.refreshed_at.is_(None)) | (_c.refreshed_at <= ticket.as_of)
    state = _STATE_OF[ticket.state].value
    tx.execute(
        claims.update()
        .where(_c.id == claim_id, newer)
        .values(
            state=case((another_is_live(), _c.state), else_=state) if state == ClaimState.OPEN.value else state,
            **ticket_columns(ticket.ref),
            project=ticket.project or _c.project,
            ticket_status=ticket.status,
            opened_at=first_opened(now),
            closed_at=ticket.closed_at if ticket.state is not TicketState.GONE else ticket.closed_at or ticket.as_of,
            settle_at=None,
            refreshed_at=ticket.as_of,
            as_of=later(ticket.as_of),
            # The first reading tells what it was born with; what we or a person did later never overwrites that.
            priority=_c.priority if ticket.state is TicketState.GONE else func.coalesce(_c.priority, ticket.priority),
        )
    )
    found = get(tx, claim_id)
    if found is None:
        raise LookupError(f"claim {claim_id} is not in the ledger")
    return found


def newest_refs(tx: Connection, tracker: str, project: str, *, limit: int) -> list[TicketRef]:
    """The tickets opened last in that project, newest first: where a watermark starts."""
    rows = tx.execute(
        select(_c.ticket_key, _c.ticket_id, _c.ticket_url)
        .where(_c.tracker == tracker, _c.project == project, _c.ticket_key != "")
        .order_by(_c.id.desc())
        .limit(limit)
    )
    return [TicketRef(tracker=tracker, key=row.ticket_key, id=row.ticket_id, url=row.ticket_url) for row in rows]


def all_claims(tx: Connection, *, after_id: int = 0, limit: int) -> list[Claim]:
    """Claims by number, for whoever walks through all of them."""
    return [claim_of(row) for row in tx.execute(select(claims).where(_c.id > after_id).order_by(_c.id).limit(limit))]
