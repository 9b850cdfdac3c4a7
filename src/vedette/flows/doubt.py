"""Doubt: an attempt that ended without a whole answer; its ticket is found, or its absence is proven, never assumed.

UNCERTAIN ── look at 5 s, at 30 s, and at `settle` after the connection's or the lease's end
    │ found ─▶ the ticket stands
    └ still not there, and the search index is silent too ─▶ CLAIMED: it may be made again
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from vedette.errors import Uncertain
from vedette.flows.context import Context, log
from vedette.flows.standing import record
from vedette.model.jobs import Lease
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.tickets import Claim, Ticket, TicketDraft
from vedette.ports.roles import Absent, Tracker
from vedette.rules.retrying import next_look, settled
from vedette.store import journal, ledger, limits, queue
from vedette.store.database import Tx
from vedette.store.queue import LeaseLost


def became_uncertain(context: Context, lease: Lease, claim: Claim, problem: Uncertain) -> str:
    """The attempt ended without a whole answer: write that down, count it against the tracker, look later."""
    ended_at, manners = context.clock(), context.settings.queue

    def blame(tx: Tx) -> None:
        limits.failed(
            tx, lease.job.destination, after=manners.breaker_after, rest=manners.breaker_rest, now=context.clock()
        )

    _stay_uncertain(context, lease, claim, ended_at=ended_at, detail=str(problem), verdict=blame)
    return "uncertain"


def take_over(context: Context, lease: Lease, tracker: Tracker, draft: TicketDraft, claim: Claim) -> str:
    """A former worker died or froze with the attempt in hand: it may have been sent until its lease ended."""
    ended_at = lease.lapsed_at or claim.settle_at or context.clock()
    if lease.lapsed_at is None and claim.settle_at is not None:
        # The job came back without its lease running out (given back, retried by hand): count from the latest moment
        # that the attempt itself could have lasted, which the ledger kept.
        ended_at = claim.settle_at - max(context.settings.tickets.settle, context.settings.tickets.search_lag)
    ended_at = min(ended_at, context.clock())
    _mark_uncertain(context, lease, claim, ended_at=ended_at)
    uncertain = replace(claim, ended_at=ended_at, settle_at=settled(ended_at, settings=context.settings.tickets))
    return look(context, lease, tracker, draft, uncertain)


def look(context: Context, lease: Lease, tracker: Tracker, draft: TicketDraft, claim: Claim) -> str:
    """Look once for what the attempt may have left: it stands, its absence is proven, or it looks again later."""
    now = context.clock()
    ended_at, settle_at = claim.ended_at or now, claim.settle_at or settled(now, settings=context.settings.tickets)
    # Asked before the look begins, so that a commit during the look cannot pass for absence.
    over = now >= settle_at
    found = tracker.look(draft, watermark=claim.watermark, attempted_at=claim.attempted_at or claim.created_at)
    if not isinstance(found, Absent):
        return _adopt(context, lease, claim, found.tickets, witness=found.witness)
    if not over:
        detail = f"not there yet: {found.witness}"

        def praise(tx: Tx) -> None:
            limits.succeeded(tx, lease.job.destination, now=context.clock())

        _stay_uncertain(context, lease, claim, ended_at=ended_at, detail=detail, verdict=praise)
        return "uncertain"
    indexed = [ticket for ticket in tracker.search(stamp=draft.stamp, link=draft.link) if ticket.stamp == draft.stamp]
    if indexed:
        return _adopt(context, lease, claim, tuple(indexed), witness="the search index")
    return _proven_absent(context, lease, claim, witness=found.witness)


def _adopt(context: Context, lease: Lease, claim: Claim, tickets: tuple[Ticket, ...], *, witness: str) -> str:
    first, *twins = tickets
    for twin in twins:
        log.error("twin_found", issue=str(claim.issue), ticket=first.ref.key, twin=twin.ref.key)
    return record(context, lease, claim, first.ref, status=first.status, witness=witness, twins=twins)


def _stay_uncertain(
    context: Context,
    lease: Lease,
    claim: Claim,
    *,
    ended_at: datetime,
    detail: str,
    verdict: Callable[[Tx], None],
) -> None:
    settings = context.settings.tickets
    settle_at = settled(ended_at, settings=settings)

    def work(tx: Tx) -> None:
        now = context.clock()
        run_at = next_look(ended_at, settle_at=settle_at, settings=settings, now=now)
        if not queue.snooze(tx, lease, run_at=run_at, reason="uncertain", detail=detail, now=now):
            raise LeaseLost
        ledger.uncertain(tx, claim.id, ended_at=ended_at, settle_at=settle_at, now=now)
        verdict(tx)

    context.store.write(work)
    log.warning("ticket_uncertain", issue=str(claim.issue), claim=claim.id, detail=detail)


def _mark_uncertain(context: Context, lease: Lease, claim: Claim, *, ended_at: datetime) -> None:
    settle_at = settled(ended_at, settings=context.settings.tickets)

    def work(tx: Tx) -> None:
        now = context.clock()
        if not queue.holds(tx, lease, now=now):
            raise LeaseLost
        ledger.uncertain(tx, claim.id, ended_at=ended_at, settle_at=settle_at, now=now)

    context.store.write(work)


def _proven_absent(context: Context, lease: Lease, claim: Claim, *, witness: str) -> str:
    def work(tx: Tx) -> None:
        now = context.clock()
        if not queue.snooze(tx, lease, run_at=now, reason="proven_absent", detail=witness, now=now):
            raise LeaseLost
        absent(tx, claim=claim, now=now)
        sentence = f"attempt {claim.attempts} left no ticket: {witness}; it will be made again"
        entry = NewEntry(EntryKind.OUTCOME, "proven_absent", sentence, claim.issue, None, claim.id, lease.job.id)
        journal.write(tx, entry, now=now)

    context.store.write(work)
    return "proven_absent"


def absent(tx: Tx, *, claim: Claim, now: datetime) -> None:
    """Nothing stands in the tracker: the claim may be attempted (again)."""
    ledger.absent(tx, claim.id, now=now)
