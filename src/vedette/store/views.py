"""Views: frozen rows for pages, commands and metrics.

Law: one view is one snapshot; it decides nothing, and costs what the last hours hold, not what the years do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, func, select, type_coerce

from vedette.model.deliveries import DeliveryState
from vedette.model.issues import IssueKey
from vedette.model.jobs import Job
from vedette.model.journal import Entry, EntryKind
from vedette.model.recall import RecallHour
from vedette.model.tickets import Claim, ClaimState
from vedette.rules.recall import hour_of
from vedette.store import counters, deliveries, journal, ledger, limits, merges, queue, recall
from vedette.store.claimrows import claim_of
from vedette.store.deliveries import DeliverySummary, Mention
from vedette.store.finding import find_issue
from vedette.store.letters import DeadGroup
from vedette.store.limits import DestinationState
from vedette.store.listing import DepthKey
from vedette.store.schedules import aligned
from vedette.store.tables import DEAD, LIVE_CLAIM, PENDING, aliases, claims, jobs
from vedette.store.tables import deliveries as delivery_table
from vedette.store.types import moment_of

__all__ = ["IssueView", "NowView", "dead", "dead_count", "find_issue", "issue", "journal", "now"]

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NowView:
    """How things stand at `at`."""

    at: datetime
    pending: int  # deliveries that nobody has read yet
    oldest_pending: timedelta | None
    deliveries: Mapping[DeliveryState, int]  # received within a day
    per_minute: tuple[tuple[datetime, int], ...]  # deliveries received, each minute of the last hour
    decisions: tuple[Entry, ...]  # newest first
    tickets: tuple[Claim, ...]  # opened last, newest first
    claims: Mapping[ClaimState, int]  # the live ones
    recall: tuple[RecallHour, ...]  # the whole hours of the last day, as far as they are settled
    dead: int
    destinations: tuple[DestinationState, ...]
    depth: Mapping[DepthKey, int]
    oldest_ready: timedelta | None


@dataclass(frozen=True, slots=True)
class IssueView:
    """All that is remembered of one issue; `key` is the canonical one, `asked` the one asked for."""

    key: IssueKey
    asked: IssueKey
    aliases: tuple[IssueKey, ...]
    mentions: tuple[Mention, ...]  # newest first
    deliveries: tuple[DeliverySummary, ...]  # newest first
    entries: tuple[Entry, ...]  # newest first
    claims: tuple[Claim, ...]  # oldest generation first
    jobs: tuple[Job, ...]  # newest first


def now(tx: Connection, now: datetime, *, last: int = 10) -> NowView:
    """How things stand, with the `last` decisions and tickets."""
    pending, oldest = _pending(tx)
    return NowView(
        at=now,
        pending=pending,
        oldest_pending=None if oldest is None else now - oldest,
        deliveries=_by_state(tx, since=now - DAY),
        per_minute=tuple(_per_minute(tx, since=now - HOUR, until=now)),
        decisions=tuple(journal.search(tx, kind=EntryKind.DECISION, limit=last)),
        tickets=tuple(_opened_last(tx, limit=last)),
        claims=_live_claims(tx),
        recall=tuple(recall.hours(tx, since=hour_of(now) - DAY, until=hour_of(now))),
        dead=dead_count(tx),
        destinations=tuple(limits.states(tx)),
        depth=queue.depth(tx, now),
        oldest_ready=queue.oldest_ready(tx, now),
    )


def issue(tx: Connection, key: IssueKey, *, limit: int = 100) -> IssueView:
    """All that is remembered of an issue, the newest `limit` of each."""
    canonical = merges.canonical(tx, key)
    return IssueView(
        key=canonical,
        asked=key,
        aliases=tuple(_aliases_of(tx, canonical)),
        mentions=tuple(deliveries.mentions_of(tx, canonical, limit=limit)),
        deliveries=tuple(deliveries.of_issue(tx, canonical, limit=limit)),
        entries=tuple(journal.of_issue(tx, canonical, limit=limit)),
        claims=tuple(ledger.history(tx, canonical)),
        jobs=tuple(queue.listing(tx, issue=canonical, limit=limit)),
    )


def dead(tx: Connection) -> list[DeadGroup]:
    """Dead letters by cause."""
    return queue.dead_groups(tx)


def dead_count(tx: Connection) -> int:
    """How many dead letters there are."""
    return int(tx.execute(select(func.count()).select_from(jobs).where(DEAD)).scalar_one())


def _pending(tx: Connection) -> tuple[int, datetime | None]:
    d = delivery_table.c
    row = tx.execute(select(func.count().label("count"), func.min(d.received_at).label("oldest")).where(PENDING)).one()
    return int(row[0]), row.oldest


def _by_state(tx: Connection, *, since: datetime) -> Mapping[DeliveryState, int]:
    d = delivery_table.c
    counted = select(d.state, func.count().label("number")).where(d.received_at >= since).group_by(d.state)
    found = {row.state: int(row.number) for row in tx.execute(counted)}
    return {state: found.get(state.value, 0) for state in DeliveryState}


def _per_minute(tx: Connection, *, since: datetime, until: datetime) -> list[tuple[datetime, int]]:
    d = delivery_table.c
    first = aligned(since, every=counters.SLOT)
    length = counters.SLOT // timedelta(microseconds=1)
    slot = (type_coerce(d.received_at, BigInteger) // length).label("slot")
    counted = select(slot, func.count().label("number")).where(d.received_at >= first, d.received_at < until)
    minutes = range(-((first - until) // counters.SLOT))
    sums = {first + minute * counters.SLOT: 0 for minute in minutes}
    for row in tx.execute(counted.group_by(slot)):
        sums[moment_of(row.slot * length)] = int(row.number)
    return list(sums.items())


def _opened_last(tx: Connection, *, limit: int) -> list[Claim]:
    c = claims.c
    newest = select(claims).where(c.opened_at.is_not(None)).order_by(c.opened_at.desc(), c.id.desc()).limit(limit)
    return [claim_of(row) for row in tx.execute(newest)]


def _live_claims(tx: Connection) -> Mapping[ClaimState, int]:
    counted = select(claims.c.state, func.count().label("number")).where(LIVE_CLAIM).group_by(claims.c.state)
    return {ClaimState(row.state): int(row.number) for row in tx.execute(counted)}


def _aliases_of(tx: Connection, key: IssueKey) -> list[IssueKey]:
    a = aliases.c
    rows = tx.execute(select(a.instance, a.issue).where(a.target_instance == key.instance, a.target_issue == key.id))
    return sorted(IssueKey(row.instance, row.issue) for row in rows)
